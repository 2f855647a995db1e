using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Yaml;

namespace Strata.Composition.Effects;

/// <summary>
/// Gives files and directories that capabilities bring to the accounts that they name: numbers are known only when all accounts are.
/// </summary>
/// <param name="tree">Has them, as root's.</param>
/// <param name="users">Every user of the edition.</param>
/// <param name="groupIds">Every group by name.</param>
internal sealed class OwnersOfFiles(FileTree tree, IReadOnlyList<UserAccount> users, IReadOnlyDictionary<string, int> groupIds)
{
    private readonly List<string> _problems = [];

    /// <summary>Gives all of them, and makes the folders that outlive a restart.</summary>
    /// <param name="capabilities">Those that bring files.</param>
    /// <param name="state">What outlives a restart; null for nothing.</param>
    /// <exception cref="StrataException">
    /// An account is not there, or two capabilities give one path to different ones; all are named.
    /// </exception>
    public void Apply(IEnumerable<Capability> capabilities, EditionState? state)
    {
        foreach (Capability capability in capabilities)
        {
            foreach (OwnDirectory directory in capability.Directories.Where(d => d.Owner is not null))
            {
                Give(capability, directory.Path, directory.Owner,
                    (u, g) => new DirectoryNode { Permissions = directory.Mode, Uid = u, Gid = g });
            }
            foreach (OwnFile file in capability.Files)
            {
                Give(capability, file.Path, file.Owner,
                    (u, g) => new FileNode { Permissions = file.Mode, Uid = u, Gid = g, Content = new InlineContent(file.Bytes) });
            }
        }
        foreach (KeptPath kept in state?.Kept ?? [])
        {
            MakeKept(kept);
        }
        if (_problems.Count > 0)
        {
            throw new StrataException($"cannot give files to their owners:\n  {string.Join("\n  ", _problems.Distinct())}",
                "Declare the account under 'users' or 'groups' of a capability, or write a number.");
        }
    }

    // there from the start: what is kept is mounted upon it, and the system may be one that cannot be changed
    private void MakeKept(KeptPath kept)
    {
        DirectoryNode? there = null;
        if (tree.TryGet(kept.Path, out TreeEntry entry))
        {
            there = entry.Node as DirectoryNode;
            if (there is null)
            {
                _problems.Add($"{PlaceOf(kept.Place)}: {kept.Path} cannot be kept: it is no folder in the image; keep the folder that it is in");
                return;
            }
        }
        if ((there is not null && kept is { Owner: null, Mode: null })
            || (kept.Owner is null ? (there?.Uid ?? 0, there?.Gid ?? 0) : Resolve(kept.Path, kept.Owner)) is not (uint user, uint group))
        {
            return;
        }
        Origin origin = new(null, null, "folder that outlives a restart");
        tree.Replace(
            kept.Path, new DirectoryNode { Permissions = kept.Mode ?? there?.Permissions ?? Modes.Folder, Uid = user, Gid = group }, origin);
    }

    private void Give(Capability capability, GuestPath path, OwnerNames? owner, Func<uint, uint, TreeNode> make)
    {
        if (Resolve(path, owner) is not (uint user, uint group) || !tree.TryGet(path, out TreeEntry there))
        {
            return;
        }
        TreeNode wanted = make(user, group);
        if (wanted is DirectoryNode)
        {
            tree.Replace(path, wanted, new Origin(capability.Name, null, "directory of the capability"));
        }
        else if (there.Origin.Capability == capability.Name && !there.Node.IsLike(wanted))
        {
            tree.Replace(path, wanted, there.Origin);
        }
        else if (!there.Node.IsLike(wanted) && there.Node.IsLike(make(there.Node.Uid, there.Node.Gid)))
        {
            string place = owner is null ? capability.File : PlaceOf(owner.User ?? owner.Group!);
            _problems.Add(
                $"{place}: {path} shall be {user}:{group} for capability '{capability.Name}', and is {there.Node.Uid}:{there.Node.Gid} "
                + $"for '{there.Origin.Capability}'");
        }
    }

    private (uint User, uint Group)? Resolve(GuestPath path, OwnerNames? owner)
    {
        UserAccount? account = owner?.User is YamlScalar name
            ? users.FirstOrDefault(u => u.Name == name.Text || u.Id == OwnerNames.TryNumber(name.Text)) : null;
        int? user = owner?.User is null ? 0 : account?.Id ?? OwnerNames.TryNumber(owner.User.Text);
        int? group = owner?.Group is YamlScalar named
            ? OwnerNames.TryNumber(named.Text) ?? (groupIds.TryGetValue(named.Text, out int id) ? id : null)
            : account is null ? 0 : groupIds[account.Group ?? account.Name];
        if (user is null)
        {
            Unknown(owner!.User!, "user", users.Select(u => u.Name));
        }
        if (group is null)
        {
            Unknown(owner!.Group!, "group", groupIds.Keys);
        }
        return user is int u && group is int g ? ((uint)u, (uint)g) : null;

        void Unknown(YamlScalar account, string kind, IEnumerable<string> known) => _problems.Add(
            $"{PlaceOf(account)}: {path} is for {kind} '{account.Text}', whom no capability declares"
            + NearMiss.Suggestion(account.Text, known));
    }

    private static string PlaceOf(YamlValue value) => $"{value.File}:{value.Line}:{value.Column}";
}
