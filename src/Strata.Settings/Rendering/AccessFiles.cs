using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Settings.Words;

namespace Strata.Settings.Rendering;

/// <summary>A way to become root that an image may have.</summary>
public enum AdminTool
{
    /// <summary>sudo(8).</summary>
    Sudo,

    /// <summary>doas(1).</summary>
    Doas,
}

/// <summary>Files that say who comes in and what they may do.</summary>
public static class AccessFiles
{
    /// <summary>A group of those who may come in over SSH, for a server that asks for one.</summary>
    public const string SshGroup = "ssh-users";

    /// <summary>Keys of a user, in the home (sshd(8), AUTHORIZED_KEYS FILE FORMAT); null when there are none.</summary>
    /// <param name="user">The user.</param>
    /// <param name="home">Where the user is at home.</param>
    public static SettingFile? AuthorizedKeys(UserWords user, GuestPath home)
    {
        ArgumentNullException.ThrowIfNull(user);
        return user.SshKeys.Count == 0 ? null : new SettingFile(
            home.Join(".ssh/authorized_keys"), string.Concat(user.SshKeys.Select(k => k + "\n")), Modes.SecretFile, user.Name.Text);
    }

    /// <summary>Lets administrators become root; who has no password is not asked for one. Null when there are none.</summary>
    public static SettingFile? Admins(IEnumerable<UserWords> users, AdminTool tool)
    {
        ArgumentNullException.ThrowIfNull(users);
        UserWords[] admins = [.. users.Where(u => u.IsAdmin)];
        if (admins.Length == 0)
        {
            return null;
        }
        // sudoers(5), doas.conf(5)
        IEnumerable<string> lines = admins.Select(a => tool == AdminTool.Sudo
            ? $"{a.Name.Text} ALL=(ALL:ALL) {(a.HasPassword ? "" : "NOPASSWD: ")}ALL\n"
            : $"permit {(a.HasPassword ? "persist" : "nopass")} {a.Name.Text}\n");
        return tool == AdminTool.Sudo
            ? SettingFile.At("/etc/sudoers.d/strata", string.Concat(lines), Modes.SecretFile)
            : SettingFile.At("/etc/doas.conf", string.Concat(lines), Modes.SecretFile);
    }

    /// <summary>What Dropbear is started with (dropbear(8)), in the file that Debian has for it.</summary>
    /// <remarks>It knows no list of users, so who may come in is a group, and root is let in by leaving out an option.</remarks>
    public static SettingFile Dropbear(SshWords ssh)
    {
        ArgumentNullException.ThrowIfNull(ssh);
        List<string> options = [];
        if (!ssh.AllowsPasswords)
        {
            options.Add("-s");
        }
        if (ssh.Users is not null)
        {
            if (ssh.Users.All(u => u.Text != "root"))
            {
                options.Add("-w");
            }
            options.Add($"-G {SshGroup}");
        }
        return SettingFile.At("/etc/default/dropbear", string.Create(
            CultureInfo.InvariantCulture,
                $"DROPBEAR_PORT={ssh.Port ?? SshWords.UsualPort}\nDROPBEAR_EXTRA_ARGS=\"{string.Join(' ', options)}\"\n"));
    }

    /// <summary>The same for OpenSSH (sshd_config(5)).</summary>
    public static SettingFile OpenSsh(SshWords ssh)
    {
        ArgumentNullException.ThrowIfNull(ssh);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"Port {ssh.Port ?? SshWords.UsualPort}\n");
        string passwords = ssh.AllowsPasswords ? "yes" : "no";
        text.Append(CultureInfo.InvariantCulture, $"PasswordAuthentication {passwords}\nKbdInteractiveAuthentication {passwords}\n");
        if (ssh.Users is not null)
        {
            text.Append("AllowUsers");
            foreach (Yaml.YamlScalar user in ssh.Users)
            {
                text.Append(' ').Append(user.Text);
            }
            text.Append(ssh.Users.Count == 0 ? " !*\n" : "\n");
        }
        return SettingFile.At("/etc/ssh/sshd_config.d/10-strata.conf", text.ToString());
    }
}
