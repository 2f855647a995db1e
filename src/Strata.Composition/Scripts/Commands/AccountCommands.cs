using System.Globalization;
using Strata.Composition.Scripts.Shell;
using Strata.Core;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Commands that make accounts (adduser(8), useradd(8) and their neighbours), and those that ask for them.</summary>
internal static class AccountCommands
{
    private const string NoLogin = "/usr/sbin/nologin";
    private const string NoHome = "/nonexistent";
    private const int HomeMode = 0b111_101_101;
    private static readonly GuestPath s_skeleton = GuestPath.Parse("/etc/skel");

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["adduser"] = (_, c) => AddUser(c),
            ["addgroup"] = (_, c) => AddUser(
                c with { Arguments = [.. c.Arguments.Contains("--group") ? [] : new[] { "--group" }, .. c.Arguments] }),
            ["useradd"] = (_, c) => UserAdd(c),
            ["groupadd"] = (_, c) => GroupAdd(c),
            ["usermod"] = (_, c) => UserMod(c),
            ["gpasswd"] = (_, c) => GPasswd(c),
            ["passwd"] = (_, c) => c.Arguments is ["-l" or "--lock" or "-d", ..] or [_, "-l" or "--lock"]
                ? Nothing(c, "no account has a password")
                : throw c.NotUnderstood("'passwd' in this form is not known"),
            ["chage"] = (_, c) => Nothing(c, "no account has a password"),
            ["deluser"] = (_, c) => Delete(c, isUser: true),
            ["userdel"] = (_, c) => Delete(c, isUser: true),
            ["delgroup"] = (_, c) => Delete(c, isUser: false),
            ["groupdel"] = (_, c) => Delete(c, isUser: false),
            ["systemd-sysusers"] = (_, c) => MakeOffered(c),
            ["getent"] = (_, c) => GetEnt(c),
            ["id"] = (_, c) => Id(c),
        };

    private static int? Nothing(CommandCall call, string reason)
    {
        call.Note(null, reason);
        return 0;
    }

    private static int? AddUser(CommandCall call)
    {
        Options options = Options.Of(
            call,
            "--system --group --quiet -q --no-create-home --disabled-password --disabled-login --force-badname --allow-badname "
            + "--allow-bad-names --add_extra_groups --add-extra-groups --encrypt-home -r "
            + "--allow-badnames --allow-all-names --verbose --debug --home= -h= --shell= -s= --gecos= --comment= --uid= -u= "
            + "--gid= --ingroup= "
            + "--firstuid= --lastuid= --firstgid= --lastgid= --conf= -c= --stdoutmsglevel= --stderrmsglevel= --logmsglevel=");
        bool isSystem = options.Has("--system", "-r");
        if (options.Rest is [string member, string joined])
        {
            if (!call.State.Accounts.HasUser(member) || !call.State.Accounts.HasGroup(joined))
            {
                return 1;
            }
            call.State.Accounts.AddMember(joined, member);
            return Noted(call, $"puts {member} into group {joined}");
        }
        if (options.Rest is not [string name])
        {
            throw call.NotUnderstood($"'{call.Name}' in this form is not known");
        }
        int? uid = Number(call, options.Value("--uid", "-u"));
        int? gid = Number(call, options.Value("--gid"));
        if (call.Name == "addgroup" || (options.Has("--group") && !isSystem))
        {
            call.State.Accounts.AddGroup(name, gid);
            return Noted(call, $"adds group {name}");
        }
        if (!isSystem)
        {
            throw call.NotUnderstood("it adds a user who is no system user");
        }
        string? group = options.Value("--ingroup") is string given ? Existing(call, given)
            : gid is int number ? call.State.Accounts.Groups.FirstOrDefault(g => g.Value == number).Key
                ?? throw call.NotUnderstood($"no group has the number {number}")
            : options.Has("--group") ? null : "nogroup";
        WantedUser user = new(
            name, uid, group, options.Value("--home", "-h") ?? NoHome, options.Value("--shell", "-s") ?? NoLogin,
            options.Value("--gecos", "--comment", "-c") ?? "");
        return Add(call, user, makesHome: !options.Has("--no-create-home") && user.Home != NoHome);
    }

    private static int? UserAdd(CommandCall call)
    {
        Options options = Options.Of(
            call,
            "-r --system -M --no-create-home -m --create-home -U --user-group -N --no-user-group -o --non-unique -l "
            + "-d= --home= --home-dir= -s= --shell= "
            + "-c= --comment= -g= --gid= -G= --groups= -u= --uid= -K= --key= -b= -F -p= --password= --badname --badnames");
        if (options.Rest is not [string name])
        {
            throw call.NotUnderstood("'useradd' in this form is not known");
        }
        if (call.State.Accounts.HasUser(name))
        {
            return 9;
        }
        string? group = options.Value("-g", "--gid") is string given ? Existing(call, given) : options.Has("-N", "--no-user-group")
            ? "users" : null;
        string home = options.Value("-d", "--home", "--home-dir") ?? "/home/" + name;
        WantedUser user = new(
            name, Number(call, options.Value("-u", "--uid")), group, home, options.Value("-s", "--shell")
                ?? "/bin/sh", options.Value("-c", "--comment") ?? "");
        int? status = Add(call, user, options.Has("-m", "--create-home"), likeSkeleton: true);
        Join(call, name, options.Value("-G", "--groups"));
        return status;
    }

    private static int? GroupAdd(CommandCall call)
    {
        Options options = Options.Of(call, "-r --system -f --force -o -g= --gid= -K= --key=");
        if (options.Rest is not [string name])
        {
            throw call.NotUnderstood("'groupadd' in this form is not known");
        }
        if (call.State.Accounts.HasGroup(name))
        {
            return options.Has("-f", "--force") ? 0 : 9;
        }
        call.State.Accounts.AddGroup(name, Number(call, options.Value("-g", "--gid")));
        return Noted(call, $"adds group {name}");
    }

    private static int? UserMod(CommandCall call)
    {
        Options options = Options.Of(call,
            "-a --append -G= --groups= -L --lock -U -d= --home= -s= --shell= -c= --comment= -g= --gid= -e= --expiredate= -p= --password=");
        if (options.Rest is not [string name] || !call.State.Accounts.HasUser(name))
        {
            return 6;
        }
        WantedUser user = call.State.Accounts.Users[name];
        call.State.Accounts.Change(user with
        {
            Home = options.Value("-d", "--home") ?? user.Home,
            Shell = options.Value("-s", "--shell") ?? user.Shell,
            Description = options.Value("-c", "--comment") ?? user.Description,
            Group = options.Value("-g", "--gid") is string group ? Existing(call, group) : user.Group,
        });
        if (options.Has("-G", "--groups") && !options.Has("-a", "--append"))
        {
            call.State.Accounts.Leave(name);
        }
        Join(call, name, options.Value("-G", "--groups"));
        return Noted(call, $"changes user {name}");
    }

    private static int? GPasswd(CommandCall call)
    {
        Options options = Options.Of(call, "-a= --add=");
        if (options.Value("-a", "--add") is not string user || options.Rest is not [string group])
        {
            throw call.NotUnderstood("'gpasswd' in this form is not known");
        }
        if (!call.State.Accounts.HasUser(user) || !call.State.Accounts.HasGroup(group))
        {
            return 3;
        }
        call.State.Accounts.AddMember(group, user);
        return Noted(call, $"puts {user} into group {group}");
    }

    private static int? Delete(CommandCall call, bool isUser)
    {
        Options options = Options.Of(call, "--quiet --system --group --only-if-empty -f -r --remove-home --force");
        bool isThere = options.Rest is [string name]
            && (isUser ? call.State.Accounts.Users.ContainsKey(name) : call.State.Accounts.Groups.ContainsKey(name));
        return isThere || options.Rest.Count != 1 ? throw call.NotUnderstood($"'{call.Name}' takes away an account") : 0;
    }

    private static int? Add(CommandCall call, WantedUser user, bool makesHome, bool likeSkeleton = false)
    {
        bool isNew = !call.State.Accounts.HasUser(user.Name);
        call.State.Accounts.Add(user);
        if (isNew && makesHome)
        {
            string group = user.Group ?? user.Name;
            bool isNewHome = FileCommands.At(call, user.Home, follows: true) is (_, null);
            _ = FileCommands.MakeFolder(call, user.Home, likeSkeleton ? Modes.SecretFolder : HomeMode, withParents: true, user.Name,
                group == "root" ? null : group);
            if (likeSkeleton && isNewHome)
            {
                CopySkeleton(call, user.Home, user.Name, group);
            }
        }
        return Noted(call, $"adds user {user.Name}");
    }

    // useradd gives a new home what lies in /etc/skel, and HOME_MODE of Debian's login.defs(5); adduser does neither for a system user
    private static void CopySkeleton(CommandCall call, string home, string user, string group)
    {
        foreach (GuestPath file in call.State.Files.Below(s_skeleton).Where(p => p.Parent == s_skeleton))
        {
            _ = CopyCommands.CopyOne(call, file.ToString(), $"{home}/{file.Name}", null, user, group);
        }
    }

    private static void Join(CommandCall call, string user, string? groups)
    {
        foreach (string group in groups?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            call.State.Accounts.AddMember(Existing(call, group), user);
        }
    }

    private static string Existing(CommandCall call, string group)
    {
        if (!call.State.Accounts.HasGroup(group))
        {
            call.State.Accounts.TakeOfferedFor(group);
        }
        return call.State.Accounts.HasGroup(group) ? group : throw call.NotUnderstood($"group '{group}' is not there");
    }

    private static int? MakeOffered(CommandCall call)
    {
        List<string?> files = [.. call.Texts.Where(t => !t.StartsWith('-')).Select(t => t[(t.LastIndexOf('/') + 1)..])];
        if (files.Count == 0)
        {
            files.Add(null); // all of them
        }
        foreach (string? file in files)
        {
            call.State.Accounts.TakeOffered(file);
        }
        return Noted(call, "adds what sysusers.d says");
    }

    private static int? Number(CommandCall call, string? text) =>
        text is null ? null : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 65534
            ? number
            : throw call.NotUnderstood($"'{text}' is no number of an account");

    private static int? Noted(CommandCall call, string reason)
    {
        call.Note(ScriptEffects.Accounts, reason);
        return 0;
    }

    private static int? GetEnt(CommandCall call)
    {
        if (call.Arguments is ["passwd" or "group"])
        {
            bool areUsers = call.Arguments[0] == "passwd";
            foreach (string known in areUsers ? call.State.Accounts.Users.Keys : call.State.Accounts.Groups.Keys)
            {
                call.Write(Line(call, known, areUsers));
            }
            return 0;
        }
        if (call.Arguments is not ["passwd" or "group" or "shadow" or "gshadow", string name])
        {
            call.Write(null);
            return null;
        }
        bool isUser = call.Arguments[0] is "passwd" or "shadow";
        bool isThere = isUser ? call.State.Accounts.HasUser(name) : call.State.Accounts.HasGroup(name);
        if (isThere)
        {
            call.Write(Line(call, name, isUser));
        }
        return isThere ? 0 : 2;
    }

    // numbers that are not given yet are a character that no pattern of digits matches
    private static string Line(CommandCall call, string name, bool isUser)
    {
        if (isUser)
        {
            WantedUser user = call.State.Accounts.Users[name];
            int? group = call.State.Accounts.Groups.GetValueOrDefault(user.Group ?? name);
            return $"{name}:x:{Shown(user.Id)}:{Shown(group)}:{user.Description}:{user.Home}:{user.Shell}\n";
        }
        IEnumerable<string> members = call.State.Accounts.Members.Where(m => m.Group == name).Select(m => m.User)
            .Order(StringComparer.Ordinal);
        return $"{name}:x:{Shown(call.State.Accounts.Groups[name])}:{string.Join(',', members)}\n";

        static string Shown(int? id) => id?.ToString(CultureInfo.InvariantCulture) ?? ShellMachine.UnknownNumber;
    }

    private static int? Id(CommandCall call)
    {
        string[] names = [.. call.Texts.Where(t => !t.StartsWith('-'))];
        if (names.Length == 0)
        {
            call.Write(call.Arguments is ["-u" or "-g"] ? "0\n" : call.Arguments is ["-un" or "-gn"] ? "root\n" : null);
            return 0;
        }
        bool isThere = call.State.Accounts.HasUser(names[0]);
        call.Write(isThere ? null : "");
        return isThere ? 0 : 1;
    }
}
