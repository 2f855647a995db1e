using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>Reads <c>users</c> and <c>ssh</c>.</summary>
internal static class UserReader
{
    private const int MostId = 65534;

    // OpenSSH's sshd(8); Dropbear knows them too
    private static readonly string[] s_keyTypes =
    [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    /// <summary>Reads <c>users</c>.</summary>
    public static IReadOnlyList<UserWords> ReadAll(MappingReader reader)
    {
        List<UserWords> users = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(reader, "users"))
        {
            if (MappingReader.Of(value, $"user '{key.Text}'", reader.Faults) is MappingReader user && IsAccount(key, reader.Faults))
            {
                users.Add(ReadUser(key, user));
                user.Done();
            }
        }
        return users;
    }

    /// <summary>Reads <c>ssh</c>.</summary>
    public static SshWords? ReadSsh(MappingReader reader)
    {
        if (reader.Mapping("ssh") is not MappingReader ssh)
        {
            return null;
        }
        IReadOnlyList<YamlScalar>? users = ssh.Value("users") is null ? null
            : [.. Texts.OneOrMore(ssh, "users").Where(u => IsAccount(u, reader.Faults))];
        SshWords words = new(
            (int?)ssh.Number("port", 1, 65535), users, ssh.Choice("passwords", [("never", false), ("allowed", true)]));
        ssh.Done();
        return words;
    }

    /// <summary>True for a name of an account; otherwise a fault.</summary>
    public static bool IsAccount(YamlScalar name, FaultList faults)
    {
        if (TextForm.IsAccount(name.Text))
        {
            return true;
        }
        faults.Add(name, $"'{name.Text}' is no account name; expected lower-case letters, digits, '_' and '-', at most 31");
        return false;
    }

    private static UserWords ReadUser(YamlScalar key, MappingReader user)
    {
        List<string> keys = [];
        foreach (YamlScalar text in Texts.OneOrMore(user, "ssh-keys"))
        {
            if (!Secrets.Refuse(text, "'ssh-keys'", user.Faults) && IsPublicKey(text, user.Faults))
            {
                keys.Add(text.Text.Trim());
            }
        }
        YamlScalar? description = user.Scalar("description");
        if (description is not null && (description.Text.Contains(':', StringComparison.Ordinal) || !Texts.IsLine(description.Text)))
        {
            user.Faults.Add(description, "a description cannot contain ':' or a line feed (passwd(5))");
            description = null;
        }
        return new UserWords
        {
            Name = key,
            Id = (int?)user.Number("id", 0, MostId),
            Description = description?.Text,
            Groups = [.. Texts.OneOrMore(user, "groups").Where(g => IsAccount(g, user.Faults))],
            SshKeys = keys,
            PasswordHash = user.Value("password") is YamlScalar ? Secrets.PasswordHash(user) : null,
            PasswordCredential = Secrets.CredentialOf(user, "password"),
            Shell = ReadPath(user, "shell"),
            Home = ReadPath(user, "home")?.Text,
            IsAdmin = user.Flag("admin", otherwise: false),
        };
    }

    private static YamlScalar? ReadPath(MappingReader user, string key)
    {
        if (user.Scalar(key) is not YamlScalar text || user.ToPath(text) is not GuestPath)
        {
            return null;
        }
        if (text.Text.Contains(':', StringComparison.Ordinal) || !Texts.IsLine(text.Text))
        {
            user.Faults.Add(text, $"'{key}' cannot contain ':' or a line feed (passwd(5))");
            return null;
        }
        return text;
    }

    private static bool IsPublicKey(YamlScalar text, FaultList faults)
    {
        string[] words = text.Text.Trim().Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length >= 2 && text.Text.Length <= 16_384 && Texts.IsLine(text.Text.Trim())
            && s_keyTypes.Contains(words[0]) && HoldsType(words[1], words[0]))
        {
            return true;
        }
        string first = words.Length > 0 && words[0].Length <= 40 && Texts.IsLine(words[0]) ? $" (it begins with '{words[0]}')" : "";
        faults.Add(
            text, $"an entry of 'ssh-keys' is no public key{first}; expected a line of a .pub file, such as "
            + $"'ssh-ed25519 AAAA… comment', of kind {string.Join(", ", s_keyTypes.Take(5))} or one of security keys");
        return false;
    }

    // RFC 4253 §6.6: the key begins with its kind, after its length
    private static bool HoldsType(string base64, string type)
    {
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) && length > 4 + type.Length
            && BinaryPrimitives.ReadUInt32BigEndian(bytes) == (uint)type.Length
            && Encoding.ASCII.GetString(bytes, 4, type.Length) == type;
    }
}
