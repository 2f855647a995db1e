using Strata.Blueprints;
using Strata.Core;
using Strata.Settings.Words;

namespace Strata.Composition.Scripts;

/// <summary>
/// Gives numbers to accounts that nobody numbered: from the name, so that they do not depend on what else is in an image. Only where two
/// names come to one number the later in ordinal order takes the next that is free; a capability that declares an account fixes its number.
/// </summary>
internal sealed class AccountNumbers
{

    private readonly Dictionary<string, UserAccount> _users;
    private readonly Dictionary<string, GroupAccount> _groups;
    private readonly HashSet<int> _taken;

    private AccountNumbers(IEnumerable<UserAccount> users, IEnumerable<GroupAccount> groups)
    {
        _users = users.ToDictionary(u => u.Name, StringComparer.Ordinal);
        _groups = groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
        _taken = [.. _users.Values.Select(u => u.Id), .. _groups.Values.Select(g => g.Id)];
    }

    /// <summary>All accounts: those that are declared as they are, and the wanted ones.</summary>
    /// <param name="users">Declared users.</param>
    /// <param name="groups">Declared groups, those of users included.</param>
    /// <param name="wanted">What else is asked for.</param>
    /// <exception cref="StrataException">A wanted number is that of somebody else, or there are too many.</exception>
    public static (IReadOnlyList<UserAccount> Users, IReadOnlyList<GroupAccount> Groups) Add(
        IEnumerable<UserAccount> users, IEnumerable<GroupAccount> groups, ScriptAccounts wanted)
    {
        AccountNumbers numbers = new(users, groups);
        numbers.AddFixed(wanted);
        numbers.AddOthers(wanted);
        foreach (IGrouping<string, (string Group, string User)> members in wanted.Members.GroupBy(m => m.Group))
        {
            if (numbers._groups.TryGetValue(members.Key, out GroupAccount? group))
            {
                numbers._groups[members.Key] = group with
                {
                    Members = [.. group.Members.Union(members.Select(m => m.User).Where(numbers._users.ContainsKey),
                        StringComparer.Ordinal)],
                };
            }
        }
        return ([.. numbers._users.Values.OrderBy(u => u.Id)], [.. numbers._groups.Values.OrderBy(g => g.Id)]);
    }

    private void AddFixed(ScriptAccounts wanted)
    {
        foreach ((string name, int? id) in wanted.Groups)
        {
            if (id is int number && !_groups.ContainsKey(name))
            {
                AddGroup(name, number);
            }
        }
        foreach (WantedUser user in wanted.Users.Values)
        {
            if (user.Id is int number && !_users.ContainsKey(user.Name))
            {
                AddUser(user, number);
            }
        }
    }

    private void AddOthers(ScriptAccounts wanted)
    {
        foreach (string name in wanted.Users.Keys.Union(wanted.Groups.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            bool needsUser = wanted.Users.TryGetValue(name, out WantedUser? user) && !_users.ContainsKey(name);
            bool needsGroup = wanted.Groups.ContainsKey(name) && !_groups.ContainsKey(name);
            if (!needsUser && !needsGroup)
            {
                continue;
            }
            // a user and its own group have one number where both are new
            int number = needsUser && !needsGroup && _groups.TryGetValue(name, out GroupAccount? own)
                && _users.Values.All(u => u.Id != own.Id) ? own.Id
                : Free(name);
            if (needsGroup)
            {
                AddGroup(name, number);
            }
            if (needsUser)
            {
                AddUser(user!, number);
            }
        }
    }

    private int Free(string name) => AccountNumber.Free(name, AccountNumber.FirstOfSystem, AccountNumber.CountOfSystem, _taken);

    private void AddUser(WantedUser user, int id)
    {
        if (_users.Values.FirstOrDefault(u => u.Id == id) is UserAccount other)
        {
            throw Taken("user", user.Name, id, other.Name);
        }
        if (user.Group is string named && !_groups.ContainsKey(named))
        {
            throw new StrataException($"cannot add user '{user.Name}': nobody asks for its group '{named}'",
                "Declare the group under 'groups' of a capability.");
        }
        _taken.Add(id);
        _users.Add(user.Name, new UserAccount(user.Name, id, user.Group, user.Home, user.Shell, user.Description));
    }

    private void AddGroup(string name, int id)
    {
        if (_groups.Values.FirstOrDefault(g => g.Id == id) is GroupAccount other)
        {
            throw Taken("group", name, id, other.Name);
        }
        _taken.Add(id);
        _groups.Add(name, new GroupAccount(name, id, []));
    }

    private static StrataException Taken(string kind, string name, int id, string other) => new(
        $"cannot add {kind} '{name}': a package wants it to be {id}, which is that of '{other}'",
        $"Declare '{name}' under '{kind}s' of a capability with another number, or give '{other}' one.");
}
