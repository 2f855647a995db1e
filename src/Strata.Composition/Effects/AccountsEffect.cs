using System.Globalization;
using System.Text;
using Strata.Blueprints;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Settings.Words;

namespace Strata.Composition.Effects;

/// <summary>
/// Writes <c>/etc/passwd</c>, <c>/etc/group</c> and <c>/etc/shadow</c> from the accounts that capabilities declare, packages ask for and
/// the machine's words name, makes homes below <c>/home</c>, and gives files and directories of capabilities their owners.
/// </summary>
/// <remarks>
/// Formats: passwd(5), group(5), shadow(5). No account has a password unless the machine's words give a hash of one. Those that packages
/// ask for, in <c>sysusers.d</c> files or in their scripts, come by themselves, with numbers that follow from their names: chosen at boot or
/// by order they would make images differ.
/// </remarks>
internal sealed class AccountsEffect : IEffect
{
    private static readonly GuestPath s_homes = GuestPath.Parse("/home");

    /// <inheritdoc/>
    public string Name => "accounts";

    /// <inheritdoc/>
    public string Description => "users and groups with fixed numbers";

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
        (IReadOnlyList<UserAccount> users, IReadOnlyList<GroupAccount> groups) = AccountsOf(context);
        MachineWords words = context.Blueprint.Machine;
        Dictionary<string, int> groupIds = groups.ToDictionary(g => g.Name, g => g.Id, StringComparer.Ordinal);
        StringBuilder passwd = new();
        StringBuilder shadow = new();
        foreach (UserAccount user in users)
        {
            if (!groupIds.TryGetValue(user.Group ?? user.Name, out int gid))
            {
                throw new StrataException($"cannot add user '{user.Name}': its group '{user.Group}' is declared by no capability{NearMiss.Suggestion(user.Group ?? "", groupIds.Keys)}");
            }
            passwd.Append(CultureInfo.InvariantCulture, $"{user.Name}:x:{user.Id}:{gid}:{user.Description}:{user.Home}:{user.Shell}\n");
            string hash = words.Users.FirstOrDefault(u => u.Name.Text == user.Name)?.PasswordHash ?? "*";
            // 1: a fixed day of "last change", 0 would ask for a new password
            shadow.Append(CultureInfo.InvariantCulture, $"{user.Name}:{hash}:1:0:99999:7:::\n");
        }
        StringBuilder group_ = new();
        foreach (GroupAccount group in groups)
        {
            group_.Append(CultureInfo.InvariantCulture, $"{group.Name}:x:{group.Id}:{string.Join(',', group.Members)}\n");
        }
        CheckMembers(groups, [.. users.Select(u => u.Name)]);
        Put("/etc/passwd", Modes.File, passwd);
        Put("/etc/group", Modes.File, group_);
        Put("/etc/shadow", Modes.SecretFile, shadow);
        new OwnersOfFiles(context.Tree, users, groupIds).Apply(context.Blueprint.Capabilities, context.Blueprint.Edition.State);
        MakeHomes(context, users, groupIds);

        void Put(string path, int mode, StringBuilder text)
        {
            FileNode node = new() { Permissions = mode, Content = InlineContent.FromText(text.ToString()) };
            context.Put(this, GuestPath.Parse(path), node);
        }
    }

    /// <summary>All accounts: what capabilities declare, and what packages ask for beside it.</summary>
    internal static (IReadOnlyList<UserAccount> Users, IReadOnlyList<GroupAccount> Groups) AccountsOf(EffectContext context)
    {
        SortedDictionary<int, GroupAccount> groups = [];
        SortedDictionary<int, UserAccount> users = [];
        Dictionary<string, string> places = new(StringComparer.Ordinal); // where a group was first declared, by name
        foreach (Capability capability in context.Blueprint.Capabilities)
        {
            foreach (GroupAccount group in capability.Groups)
            {
                AddGroup(groups, group, places, $"'groups: {group.Name}' of {capability.File}");
            }
            foreach (UserAccount user in capability.Users)
            {
                if (users.TryGetValue(user.Id, out UserAccount? other) ? other != user : users.Values.Any(u => u.Name == user.Name))
                {
                    throw new StrataException(
                        $"cannot add user '{user.Name}' with id {user.Id} of capability '{capability.Name}': name or id is taken by '{other?.Name ?? user.Name}'");
                }
                users[user.Id] = user;
                if (user.Group is null)
                {
                    AddGroup(
                        groups, new GroupAccount(user.Name, user.Id, []), places,
                        $"'users: {user.Name}' of {capability.File}, which without a 'group' brings one of its own");
                }
            }
        }
        (IReadOnlyList<UserAccount> Users, IReadOnlyList<GroupAccount> Groups) declared =
            context.Scripts.Accounts is ScriptAccounts wanted ? AccountNumbers.Add(users.Values, groups.Values, wanted)
            : ([.. users.Values], [.. groups.Values]);
        return MachineAccounts.Add(declared.Users, declared.Groups, context.Blueprint.Machine);
    }

    private static void CheckMembers(IEnumerable<GroupAccount> groups, HashSet<string> users)
    {
        foreach (GroupAccount group in groups)
        {
            if (group.Members.FirstOrDefault(m => !users.Contains(m)) is string stranger)
            {
                string near = NearMiss.Suggestion(stranger, users);
                throw new StrataException($"cannot add '{stranger}' to group '{group.Name}': no capability declares that user{near}");
            }
        }
    }

    private static void AddGroup(
        SortedDictionary<int, GroupAccount> groups, GroupAccount group, Dictionary<string, string> places, string place)
    {
        if (groups.TryGetValue(group.Id, out GroupAccount? other))
        {
            if (other.Name != group.Name)
            {
                throw new StrataException(
                    $"cannot add group '{group.Name}' ({place}): id {group.Id} is that of '{other.Name}' ({places[other.Name]})");
            }
            group = group with { Members = [.. other.Members.Union(group.Members, StringComparer.Ordinal)] };
        }
        else if (groups.Values.FirstOrDefault(g => g.Name == group.Name) is GroupAccount same)
        {
            throw new StrataException(
                $"cannot add group '{group.Name}' with id {group.Id} ({place}): it has id {same.Id} already ({places[group.Name]})",
                $"'group: {group.Name}' of a user takes the group that is declared, with the id it has.");
        }
        groups[group.Id] = group;
        places.TryAdd(group.Name, place);
    }

    // as useradd --create-home does, but for no home outside of /home: those of services are named and need not be there
    private static void MakeHomes(EffectContext context, IReadOnlyList<UserAccount> users, Dictionary<string, int> groupIds)
    {
        IEnumerable<(UserAccount User, string? Capability)> all =
        [
            .. context.Blueprint.Capabilities.SelectMany(c => c.Users.Select(u => (u, (string?)c.Name))),
            .. context.Blueprint.Machine.Users.Select(w => (users.First(u => u.Name == w.Name.Text), (string?)null)),
        ];
        foreach ((UserAccount user, string? capability) in all)
        {
            GuestPath home = GuestPath.Parse(user.Home);
            if (home.Parent == s_homes && !context.Tree.Contains(home))
            {
                int group = groupIds[user.Group ?? user.Name];
                DirectoryNode node = new() { Permissions = Modes.SecretFolder, Uid = (uint)user.Id, Gid = (uint)group };
                context.Tree.Add(home, node, new Origin(capability, null, $"home of user {user.Name}"));
            }
        }
    }
}
