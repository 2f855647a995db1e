using Strata.Blueprints;
using Strata.Core;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Composition.Effects;

/// <summary>Adds the users of a machine's words to the accounts that capabilities and packages bring.</summary>
internal static class MachineAccounts
{
    private const string UsualShell = "/bin/sh";

    /// <summary>All accounts. One that is there already gets what the words say of it, and keeps the rest.</summary>
    /// <exception cref="StrataException">A number or group is not what it could be; all such faults are named.</exception>
    public static (IReadOnlyList<UserAccount> Users, IReadOnlyList<GroupAccount> Groups) Add(
        IReadOnlyList<UserAccount> users, IReadOnlyList<GroupAccount> groups, MachineWords words)
    {
        if (words.Users.Count == 0 && words.Ssh?.Users is null)
        {
            return (users, groups);
        }
        Dictionary<string, UserAccount> people = users.ToDictionary(u => u.Name, StringComparer.Ordinal);
        Dictionary<string, GroupAccount> teams = groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
        HashSet<int> taken = [.. users.Select(u => u.Id), .. groups.Select(g => g.Id)];
        List<string> problems = [];
        // numbers that are said come before those that are found
        foreach (UserWords user in words.Users.OrderBy(u => u.Id is null).ThenBy(u => u.Name.Text, StringComparer.Ordinal))
        {
            people[user.Name.Text] = people.TryGetValue(user.Name.Text, out UserAccount? there) ? Change(there, user, problems)
                : New(user, teams, taken, problems);
        }
        foreach (UserWords user in words.Users)
        {
            foreach (YamlScalar group in user.Groups)
            {
                Join(teams, group.Text, user.Name.Text, $"{Place(group)}: no capability declares group '{group.Text}'", problems);
            }
        }
        if (words.Ssh?.Users is IReadOnlyList<YamlScalar> allowed)
        {
            teams.TryAdd(AccessFiles.SshGroup, new GroupAccount(
                AccessFiles.SshGroup, AccountNumber.Free(
                    AccessFiles.SshGroup, AccountNumber.FirstOfSystem, AccountNumber.CountOfSystem, taken), []));
            foreach (YamlScalar user in allowed)
            {
                if (people.ContainsKey(user.Text))
                {
                    Join(teams, AccessFiles.SshGroup, user.Text, "", problems);
                }
                else
                {
                    string near = NearMiss.Suggestion(user.Text, people.Keys);
                    problems.Add($"{Place(user)}: 'ssh' lets '{user.Text}' in, and nobody declares that user{near}");
                }
            }
        }
        return problems.Count == 0
            ? ([.. people.Values.OrderBy(u => u.Id)], [.. teams.Values.OrderBy(g => g.Id)])
            : throw new StrataException($"cannot add the users of the machine:\n  {string.Join("\n  ", problems)}");
    }

    /// <summary>Where words stand.</summary>
    public static string Place(YamlValue value) => $"{value.File}:{value.Line}:{value.Column}";

    private static UserAccount Change(UserAccount there, UserWords user, List<string> problems)
    {
        if (user.Id is int id && id != there.Id)
        {
            problems.Add($"{Place(user.Name)}: '{there.Name}' has id {there.Id} already; leave 'id' out, or give another name");
        }
        return there with
        {
            Home = user.Home ?? there.Home,
            Shell = user.Shell?.Text ?? there.Shell,
            Description = user.Description ?? there.Description,
        };
    }

    private static UserAccount New(UserWords user, Dictionary<string, GroupAccount> teams, HashSet<int> taken, List<string> problems)
    {
        string name = user.Name.Text;
        int id = user.Id ?? AccountNumber.Free(name, AccountNumber.FirstOfPeople, AccountNumber.CountOfPeople, taken);
        bool hasGroup = teams.TryGetValue(name, out GroupAccount? group);
        if (user.Id is not null && taken.Contains(id) && !(hasGroup && group!.Id == id))
        {
            problems.Add($"{Place(user.Name)}: id {id} of '{name}' is that of another account");
        }
        taken.Add(id);
        if (!hasGroup)
        {
            teams.Add(name, new GroupAccount(name, id, []));
        }
        return new UserAccount(name, id, null, user.Home ?? $"/home/{name}", user.Shell?.Text ?? UsualShell, user.Description ?? "");
    }

    private static void Join(Dictionary<string, GroupAccount> teams, string group, string user, string problem, List<string> problems)
    {
        if (teams.TryGetValue(group, out GroupAccount? there))
        {
            teams[group] = there with { Members = [.. there.Members.Union([user], StringComparer.Ordinal)] };
        }
        else
        {
            problems.Add(problem + NearMiss.Suggestion(group, teams.Keys));
        }
    }
}
