using Strata.Core.Trees;

namespace Strata.Composition.Scripts;

/// <summary>A user that a script or a sysusers.d file asks for.</summary>
/// <param name="Name">Login name.</param>
/// <param name="Id">The number it has everywhere; null for one of the system's choice.</param>
/// <param name="Group">Primary group; null for one of its own name.</param>
/// <param name="Home">Home directory.</param>
/// <param name="Shell">Login shell.</param>
/// <param name="Description">The GECOS field.</param>
internal sealed record WantedUser(string Name, int? Id, string? Group, string Home, string Shell, string Description);

/// <summary>The accounts of an image while scripts add theirs.</summary>
internal sealed class ScriptAccounts
{
    private SortedDictionary<string, WantedUser> _users = new(StringComparer.Ordinal);
    private SortedDictionary<string, int?> _groups = new(StringComparer.Ordinal);
    private SortedSet<(string Group, string User)> _members = [];

    /// <summary>Those that every Debian system has, added when somebody names one; null for none.</summary>
    public ScriptAccounts? Standard { get; init; }

    /// <summary>What <c>sysusers.d</c> files of the image ask for: made when systemd-sysusers is told so, or when no script did
    /// it.</summary>
    public IReadOnlyList<SysusersLine> Offered { get; init; } = [];

    /// <summary>Users by name.</summary>
    public IReadOnlyDictionary<string, WantedUser> Users => _users;

    /// <summary>Numbers of groups by name; null for one of the system's choice.</summary>
    public IReadOnlyDictionary<string, int?> Groups => _groups;

    /// <summary>Who is in which group beside their own.</summary>
    public IReadOnlySet<(string Group, string User)> Members => _members;

    /// <summary>A copy that can go another way.</summary>
    public ScriptAccounts Clone() => new()
    {
        Standard = Standard,
        Offered = Offered,
        _users = new(_users, StringComparer.Ordinal),
        _groups = new(_groups, StringComparer.Ordinal),
        _members = [.. _members],
    };

    /// <summary>These and others, which count first.</summary>
    public ScriptAccounts With(ScriptAccounts others)
    {
        ScriptAccounts all = others.Clone();
        foreach ((string name, int? id) in _groups)
        {
            all._groups.TryAdd(name, id);
        }
        foreach (WantedUser user in _users.Values)
        {
            all._users.TryAdd(user.Name, user);
        }
        return all;
    }

    /// <summary>True when both have the same.</summary>
    public bool IsLike(ScriptAccounts other) =>
        _users.SequenceEqual(other._users) && _groups.SequenceEqual(other._groups) && _members.SequenceEqual(other._members);

    /// <summary>True when the user is there; a standard one comes when it is asked for.</summary>
    public bool HasUser(string name)
    {
        if (!_users.ContainsKey(name) && Standard?._users.TryGetValue(name, out WantedUser? standard) == true)
        {
            Add(standard);
        }
        return _users.ContainsKey(name);
    }

    /// <summary>True when the group is there; a standard one comes when it is asked for.</summary>
    public bool HasGroup(string name)
    {
        if (!_groups.ContainsKey(name) && Standard?._groups.TryGetValue(name, out int? standard) == true)
        {
            _groups.Add(name, standard);
        }
        return _groups.ContainsKey(name);
    }

    /// <summary>Adds the standard accounts whose numbers own something: a package that gives files to 33 means <c>www-data</c>.</summary>
    /// <param name="nodes">What is owned.</param>
    public void AddOwners(IEnumerable<TreeNode> nodes)
    {
        if (Standard is null)
        {
            return;
        }
        ILookup<uint, string> users = Standard._users.Values.Where(u => u.Id is not null).ToLookup(u => (uint)u.Id!, u => u.Name);
        ILookup<uint, string> groups = Standard._groups.Where(g => g.Value is not null).ToLookup(g => (uint)g.Value!, g => g.Key);
        HashSet<uint> taken = [0, .. _users.Values.Where(u => u.Id is not null).Select(u => (uint)u.Id!)];
        HashSet<uint> takenByGroups = [0, .. _groups.Values.OfType<int>().Select(g => (uint)g)];
        foreach (TreeNode node in nodes.DistinctBy(n => (n.Uid, n.Gid)))
        {
            foreach (string user in taken.Add(node.Uid) ? users[node.Uid] : [])
            {
                _ = HasUser(user);
            }
            foreach (string group in takenByGroups.Add(node.Gid) ? groups[node.Gid] : [])
            {
                _ = HasGroup(group);
            }
        }
    }

    /// <summary>Makes what <c>sysusers.d</c> files ask for.</summary>
    /// <param name="file">Name of the file; null for all.</param>
    public void TakeOffered(string? file) => SysusersFiles.Add(this, [.. Offered.Where(l => file is null || l.Entry.Path.Name == file)]);

    /// <summary>Makes an account that only a <c>sysusers.d</c> file asks for, and what else that file does.</summary>
    public void TakeOfferedFor(string name)
    {
        foreach (string file in Offered.Where(l => l.Fields.Contains(name)).Select(l => l.Entry.Path.Name).Distinct())
        {
            TakeOffered(file);
        }
    }

    /// <summary>Adds a user, with a group of its own when it names none; one that is there stays as it is.</summary>
    public void Add(WantedUser user)
    {
        if (user.Group is null)
        {
            AddGroup(user.Name, user.Id);
        }
        else
        {
            _ = HasGroup(user.Group);
        }
        _users.TryAdd(user.Name, user);
    }

    /// <summary>Changes a user that is there.</summary>
    public void Change(WantedUser user) => _users[user.Name] = user;

    /// <summary>Adds a group; one that is there stays as it is.</summary>
    public void AddGroup(string name, int? id)
    {
        if (!HasGroup(name))
        {
            _groups.Add(name, id);
        }
    }

    /// <summary>Takes a user out of all groups but its own.</summary>
    public void Leave(string user) => _members.RemoveWhere(m => m.User == user);

    /// <summary>Adds a user to a group.</summary>
    public void AddMember(string group, string user) => _members.Add((group, user));
}
