using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Strata.Advice.Servers;

/// <summary>Reads who may log in to a system, and with which keys.</summary>
internal static partial class ServerAccounts
{
    private const int MostLines = 100_000;
    private const int FirstPerson = 1000; // login.defs(5), UID_MIN
    private const int Nobody = 65534;
    private const int MostUsers = 1000;
    private const int MostKeys = 100;
    private const int LongestKey = 4000;

    /// <summary>People with a shell, and their homes, by name.</summary>
    /// <param name="passwd">Text of <c>/etc/passwd</c>; lines of another form are passed over.</param>
    public static IReadOnlyList<(string Name, string Home)> ParsePeople(string passwd)
    {
        List<(string Name, string Home)> people = [];
        foreach (string line in passwd.Split('\n', MostLines + 1).Take(MostLines))
        {
            if (line.Split(':') is [string name, _, string id, _, _, ['/', ..] home, string shell] && Account().IsMatch(name)
                && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number is >= FirstPerson and < Nobody && IsShell(shell) && people.Count < MostUsers)
            {
                people.Add((name, home));
            }
        }
        return [.. people.DistinctBy(p => p.Name).OrderBy(p => p.Name, StringComparer.Ordinal)];
    }

    /// <summary>Keys that let in whoever has them, without further conditions; and how many others there are.</summary>
    /// <param name="authorized">Text of <c>authorized_keys</c> (sshd(8)).</param>
    public static (IReadOnlyList<string> Keys, int Skipped) ParseKeys(string authorized)
    {
        string[] lines =
        [
            .. authorized.Split('\n', MostLines + 1).Take(MostLines).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'),
        ];
        string[] keys = [.. lines.Where(IsKey).Distinct(StringComparer.Ordinal).Take(MostKeys)];
        return (keys, lines.Distinct(StringComparer.Ordinal).Count() - keys.Length);
    }

    // RFC 4253 §6.6: a key begins with its kind, after its length
    private static bool IsKey(string line)
    {
        if (line.Length > LongestKey || !Key().IsMatch(line))
        {
            return false;
        }
        string[] words = line.Split(' ', 3);
        byte[] bytes = new byte[words[1].Length];
        return Convert.TryFromBase64String(words[1], bytes, out int length) && length > 4 + words[0].Length
            && BinaryPrimitives.ReadUInt32BigEndian(bytes) == (uint)words[0].Length
            && Encoding.ASCII.GetString(bytes, 4, words[0].Length) == words[0];
    }

    private static bool IsShell(string shell) =>
        shell.Length > 0 && !shell.EndsWith("/nologin", StringComparison.Ordinal) && !shell.EndsWith("/false", StringComparison.Ordinal);

    [GeneratedRegex(@"\A[a-z_][a-z0-9_-]{0,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Account();

    // printable ASCII alone: it is written into a blueprint
    [GeneratedRegex(@"\A(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}( [ -~]*)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
