using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Settings.Merging;
using Strata.Settings.Rendering;
using Strata.Settings.Words;

namespace Strata.Composition.Effects;

/// <summary>Writes the files that a machine's words become, and the words themselves for whoever reads them on the machine.</summary>
/// <remarks>Accounts are <see cref="AccountsEffect"/>'s, the host name is <see cref="IdentityEffect"/>'s.</remarks>
internal sealed class MachineEffect : IEffect
{
    private const string Folder = "/usr/lib/strata/machine/";

    /// <inheritdoc/>
    public string Name => "machine";

    /// <inheritdoc/>
    public string Description => "names, keys, network, firewall and file systems of the machine";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Edition edition = context.Blueprint.Edition;
        MachineWords words = context.Blueprint.Machine;
        if (words.Source.Items.Count == 0 && edition.Owner is null)
        {
            return;
        }
        MachineNeeds.Check(context, words);
        (IReadOnlyList<UserAccount> users, IReadOnlyList<GroupAccount> groups) = AccountsEffect.AccountsOf(context);
        Accounts accounts = new(users, groups);
        foreach (SettingFile file in FilesFor(context, words, users))
        {
            Put(context, file, accounts);
        }
        if (words.Network is not null && MachineNeeds.InitOf(context.Blueprint) == InitSystemKind.Systemd)
        {
            SymlinkNode nothing = new() { Permissions = Modes.Link, Target = "/dev/null" };
            context.Put(this, GuestPath.Parse(NetworkdFiles.HiddenDefault), nothing);
        }
        if (words.Hostname is not null)
        {
            NameInHosts(context, words.Hostname.Text);
        }
        if (words.TimeZone is not null)
        {
            SymlinkNode zone = new() { Permissions = Modes.Link, Target = "/usr/share/zoneinfo/" + words.TimeZone.Text };
            context.Tree.Replace(GuestPath.Parse("/etc/localtime"), zone, EffectContext.OriginOf(this));
        }
        foreach (MountWords mount in words.Mounts.Where(m => !context.Tree.TryResolve(m.Path, out _)))
        {
            context.Tree.Add(mount.Path, new DirectoryNode { Permissions = Modes.Folder }, EffectContext.OriginOf(this));
        }
    }

    private void NameInHosts(EffectContext context, string name)
    {
        GuestPath path = GuestPath.Parse(HostsFile.Path);
        string text = context.Tree.TryGet(path, out TreeEntry there) && there.Node is FileNode file ? context.ReadText(file.Content) : "";
        if (HostsFile.With(text, name) is string changed && changed != text)
        {
            FileNode node = new() { Permissions = Modes.File, Content = InlineContent.FromText(changed) };
            context.Tree.Replace(path, node, EffectContext.OriginOf(this));
        }
    }

    private static List<SettingFile> FilesFor(EffectContext context, MachineWords words, IReadOnlyList<UserAccount> users)
    {
        return
        [
            new SettingFile(GuestPath.Parse(Folder + "words.yaml"), WordsText.Of(words.Source)),
            new SettingFile(GuestPath.Parse(Folder + "owner.yaml"),
                $"owner: [{string.Join(", ", context.Blueprint.Edition.Owner ?? MachineWords.Names)}]\n"),
            .. MachineFiles.Of(words, MachineNeeds.FactsOf(context), u => GuestPath.Parse(users.First(a => a.Name == u.Name.Text).Home)),
        ];
    }

    private void Put(EffectContext context, SettingFile file, Accounts accounts)
    {
        (uint user, uint group) = accounts.NumbersOf(file);
        FileNode node = new() { Permissions = file.Mode, Uid = user, Gid = group, Content = InlineContent.FromText(file.Text) };
        if (file.User is not null && file.Path.Parent is { Name: ".ssh" } folder && !context.Tree.Contains(folder))
        {
            // sshd(8): whoever else could write there could come in
            DirectoryNode own = new() { Permissions = Modes.SecretFolder, Uid = user, Gid = group };
            context.Tree.Add(folder, own, EffectContext.OriginOf(this));
        }
        context.Put(this, file.Path, node);
    }

    private sealed class Accounts(IReadOnlyList<UserAccount> users, IReadOnlyList<GroupAccount> groups)
    {
        public (uint User, uint Group) NumbersOf(SettingFile file)
        {
            UserAccount? user = file.User is null ? null : users.FirstOrDefault(u => u.Name == file.User)
                ?? throw Unknown(file, "user", file.User, users.Select(u => u.Name));
            string? name = file.Group ?? (user is null ? null : user.Group ?? user.Name);
            GroupAccount? group = name is null ? null : groups.FirstOrDefault(g => g.Name == name)
                ?? throw Unknown(file, "group", name, groups.Select(g => g.Name));
            return ((uint)(user?.Id ?? 0), (uint)(group?.Id ?? 0));
        }

        private static StrataException Unknown(SettingFile file, string kind, string name, IEnumerable<string> known) => new(
            $"cannot give {file.Path} to {kind} '{name}': nobody declares it{NearMiss.Suggestion(name, known)}",
            "Name an account of 'users' of the machine, or one that a capability declares.");
    }
}
