using System.Globalization;
using System.Text;
using Strata.Agent.Machines;
using Strata.Core;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Agent.Applying;

/// <summary>The accounts of a machine: passwd(5), group(5), shadow(5). Lines that nobody speaks of stay as they are.</summary>
internal sealed class AccountFiles
{
    private const string UsualShell = "/bin/sh";

    private readonly Table _users;
    private readonly Table _groups;
    private readonly Table _passwords;
    private readonly HashSet<int> _taken = [];

    private AccountFiles(MachineFolder machine)
    {
        _users = new Table(machine, "/etc/passwd", 7, Modes.File);
        _groups = new Table(machine, "/etc/group", 4, Modes.File);
        _passwords = new Table(machine, "/etc/shadow", 9, Modes.SecretFile);
        foreach (Table table in (ReadOnlySpan<Table>)[_users, _groups])
        {
            foreach (string[] line in table.Lines)
            {
                _taken.Add(NumberOf(line[2]));
            }
        }
    }

    /// <summary>Reads them.</summary>
    public static AccountFiles Read(MachineFolder machine) => new(machine);

    /// <summary>Brings users and who may log in into the tables; what cannot be is noted where it stands.</summary>
    /// <param name="words">All words.</param>
    /// <param name="hashOf">The hash of a user's password, when one is said.</param>
    /// <param name="faults">Where faults go.</param>
    public void Apply(MachineWords words, Func<UserWords, string?> hashOf, FaultList faults)
    {
        List<UserWords> inOrder = [.. words.Users];
        // numbers that are said come before those that are found, as when an image is built
        inOrder.Sort((a, b) => (a.Id is null).CompareTo(b.Id is null) is not 0 and int order ? order
            : string.CompareOrdinal(a.Name.Text, b.Name.Text));
        foreach (UserWords user in inOrder)
        {
            AddOrChange(user, faults);
            if (hashOf(user) is string hash)
            {
                _passwords.Find(user.Name.Text)![1] = hash;
            }
        }
        foreach (UserWords user in words.Users)
        {
            foreach (YamlScalar group in user.Groups)
            {
                if (_groups.Find(group.Text) is string[] line)
                {
                    Join(line, user.Name.Text);
                }
                else
                {
                    faults.Add(group, $"there is no group '{group.Text}'{NearMiss.Suggestion(group.Text, _groups.Names)}");
                }
            }
        }
        if (words.Ssh?.Users is not IReadOnlyList<YamlScalar> allowed)
        {
            return;
        }
        string[] ssh = _groups.Find(AccessFiles.SshGroup) ?? AddGroup(
            AccessFiles.SshGroup, Free(AccessFiles.SshGroup, AccountNumber.FirstOfSystem, AccountNumber.CountOfSystem));
        ssh[3] = "";
        foreach (YamlScalar user in allowed)
        {
            if (_users.Find(user.Text) is null)
            {
                faults.Add(user, $"'ssh' lets '{user.Text}' in, and there is no such user{NearMiss.Suggestion(user.Text, _users.Names)}");
            }
            else
            {
                Join(ssh, user.Text);
            }
        }
    }

    /// <summary>Takes users away whom nobody speaks of any more; their homes stay.</summary>
    public void Remove(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            _users.Remove(name);
            _passwords.Remove(name);
            _groups.Remove(name);
            foreach (string[] group in _groups.Lines)
            {
                group[3] = string.Join(',', group[3].Split(',').Where(m => m != name));
            }
        }
    }

    /// <summary>True when there is a user of that name.</summary>
    public bool Has(string user) => _users.Find(user) is not null;

    /// <summary>Where a user is at home; null when there is no such user.</summary>
    public string? HomeOf(string user) => _users.Find(user)?[5];

    /// <summary>Numbers of a user and a group by name; root's where none is named, null when there is none.</summary>
    public (uint User, uint Group)? NumbersOf(string? user, string? group)
    {
        string[]? account = user is null ? null : _users.Find(user);
        string[]? team = group is null ? null : _groups.Find(group);
        if ((user is not null && account is null) || (group is not null && team is null))
        {
            return null;
        }
        return ((uint)NumberOf(account?[2]), (uint)NumberOf(team?[2] ?? account?[3]));
    }

    /// <summary>Writes the tables that have changed: groups first, so that no user's is missing.</summary>
    public void Write()
    {
        _groups.Write();
        _users.Write();
        _passwords.Write();
    }

    private void AddOrChange(UserWords user, FaultList faults)
    {
        string name = user.Name.Text;
        if (_users.Find(name) is string[] there)
        {
            there[4] = user.Description ?? there[4];
            there[5] = user.Home ?? there[5];
            there[6] = user.Shell?.Text ?? there[6];
            if (user.Id is int said && said != NumberOf(there[2]))
            {
                faults.Add(user.Name, $"'{name}' has id {there[2]} already; leave 'id' out, or give another name");
            }
        }
        else
        {
            string[]? own = _groups.Find(name);
            // a start that was cut may have left the group alone
            int id = user.Id ?? (own is not null && !_users.Lines.Any(l => l[2] == own[2]) ? NumberOf(own[2])
                : Free(name, AccountNumber.FirstOfPeople, AccountNumber.CountOfPeople));
            if (user.Id is not null && _taken.Contains(id) && NumberOf(own?[2]) != id)
            {
                faults.Add(user.Name, $"id {id} of '{name}' is that of another account; it has another one now");
                id = Free(name, AccountNumber.FirstOfPeople, AccountNumber.CountOfPeople);
            }
            own ??= AddGroup(name, id);
            _taken.Add(id);
            _users.Add([name, "x", Text(id), own[2], user.Description ?? "", user.Home ?? $"/home/{name}", user.Shell?.Text ?? UsualShell]);
        }
        if (_passwords.Find(name) is null)
        {
            _passwords.Add([name, "*", "1", "0", "99999", "7", "", "", ""]); // shadow(5): no password lets anybody in; a fixed day
        }
    }

    private string[] AddGroup(string name, int id)
    {
        string[] line = [name, "x", Text(id), ""];
        _groups.Add(line);
        _taken.Add(id);
        return line;
    }

    private int Free(string name, int first, int count) => AccountNumber.Free(name, first, count, _taken);

    private static void Join(string[] group, string user)
    {
        string[] members = group[3].Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (!members.Contains(user))
        {
            group[3] = string.Join(',', [.. members, user]);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int NumberOf(string? field) =>
        int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private sealed class Table
    {
        private readonly MachineFolder _machine;
        private readonly string _path;
        private readonly int _mode;
        private readonly (uint, uint) _owner;
        private readonly List<string[]> _lines = [];

        public Table(MachineFolder machine, string path, int fields, int mode)
        {
            Device.Posix.Files.Facts? facts = machine.TryGet(path); // a group may read it, where a package wants that
            (_machine, _path, _mode) = (machine, path, facts?.Permissions ?? mode);
            _owner = facts is { } there ? (there.User, there.Group) : default;
            foreach (string line in machine.ReadText(path).Split('\n'))
            {
                string[] parts = line.Split(':');
                if (line.Length > 0)
                {
                    Array.Resize(ref parts, Math.Max(parts.Length, fields));
                    _lines.Add([.. parts.Select(p => p ?? "")]);
                }
            }
        }

        public IReadOnlyList<string[]> Lines => _lines;

        public IEnumerable<string> Names => _lines.Select(l => l[0]);

        public string[]? Find(string name) => _lines.Find(l => l[0] == name);

        public void Add(string[] line) => _lines.Add(line);

        public void Remove(string name) => _lines.RemoveAll(l => l[0] == name);

        public void Write() =>
            _machine.Write(_path, Encoding.UTF8.GetBytes(string.Concat(_lines.Select(l => string.Join(':', l) + "\n"))), _mode, _owner);
    }
}
