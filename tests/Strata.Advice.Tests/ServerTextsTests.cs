using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Strata.Advice.Servers;

namespace Strata.Advice.Tests;

/// <summary>What is read out of the files of a server, at both sides of each edge.</summary>
public class ServerTextsTests
{
    // proc_net_tcp(5): state 0A listens; of UDP 07 takes from anybody
    [Theory]
    [InlineData("tcp", "0: 00000000:0016 00000000:0000 0A 0", "22")]
    [InlineData("tcp", "0: 0100007F:0016 00000000:0000 0A 0", "22 local")]
    [InlineData("tcp", "0: 0100007f:FFFF 00000000:0000 0A 0", "65535 local")]
    [InlineData("tcp", "0: 7F000001:0016 00000000:0000 0A 0", "22")] // the other order of bytes
    [InlineData("tcp", "0: 00000000:0016 00000000:0000 07 0", "")]
    [InlineData("udp", "0: 00000000:0016 00000000:0000 07 0", "22")]
    [InlineData("udp", "0: 00000000:0016 00000000:0000 0A 0", "")]
    [InlineData("udp", "0: 00000000:0016 00000000:0000 01 0", "")]
    [InlineData("tcp", "0: 00000000000000000000000000000000:0050 x 0A 0", "80")]
    [InlineData("tcp", "0: 00000000000000000000000001000000:0050 x 0A 0", "80 local")]
    [InlineData("tcp", "0: 0000000000000000FFFF00000100007F:0050 x 0A 0", "80 local")]
    [InlineData("tcp", "0: 0000000000000000ffff00000100007f:0050 x 0A 0", "80 local")]
    [InlineData("tcp", "0: 0000000000000000FFFF00000100000A:0050 x 0A 0", "80")]
    [InlineData("tcp", "0: 000080FE00000000000000000100007F:0050 x 0A 0", "80")]
    [InlineData("tcp", "0: 00000000:0000 x 0A 0", "")]
    [InlineData("tcp", "0: 00000000:10000 x 0A 0", "")]
    [InlineData("tcp", "0: 0000000:0050 x 0A 0", "")]
    [InlineData("tcp", "0: 00000000 x 0A 0", "")]
    [InlineData("tcp", "sl local rem st\n0: 00000000:0050 x 0A 0\n1: 00000000:0051 x 0A\n", "80|81")]
    public void Parse_Sockets_AreThoseThatListen(string protocol, string text, string found) => Assert.Equal(
        found, string.Join('|', ListeningSocket.Parse(protocol, text).Select(s =>
            s.Port.ToString(CultureInfo.InvariantCulture) + (s.IsLocal ? " local" : ""))));

    [Theory]
    [InlineData("a:x:1000:1::/h:/bin/sh", "a /h")]
    [InlineData("a:x:999:1::/h:/bin/sh", "")]
    [InlineData("a:x:65533:1::/h:/bin/sh", "a /h")]
    [InlineData("a:x:65534:1::/h:/bin/sh", "")]
    [InlineData("a:x:+1000:1::/h:/bin/sh", "")]
    [InlineData("a:x:1000:1::h:/bin/sh", "")]
    [InlineData("a:x:1000:1::/h:", "")]
    [InlineData("a:x:1000:1::/h:/usr/sbin/nologin", "")]
    [InlineData("a:x:1000:1::/h:/bin/false", "")]
    [InlineData("a:x:1000:1::/h:nologin", "a /h")]
    [InlineData("A:x:1000:1::/h:/bin/sh", "")]
    [InlineData("a:x:1000:1::/h", "")]
    [InlineData("b:x:1001:1::/b:/bin/sh\na:x:1000:1::/a:/bin/sh\nb:x:1002:1::/c:/bin/sh", "a /a|b /b")]
    public void ParsePeople_Lines_AreWhoCanLogIn(string passwd, string people) =>
        Assert.Equal(people, string.Join('|', ServerAccounts.ParsePeople(passwd).Select(p => $"{p.Name} {p.Home}")));

    [Theory]
    [InlineData(31, 1)]
    [InlineData(32, 0)]
    public void ParsePeople_LongName_IsNone(int length, int count) =>
        Assert.Equal(count, ServerAccounts.ParsePeople($"{new string('a', length)}:x:1000:1::/h:/bin/sh").Count);

    [Fact]
    public void ParsePeople_Many_HaveALimit() => Assert.Equal(1000, ServerAccounts.ParsePeople(
        string.Concat(Enumerable.Range(0, 1001).Select(i => $"u{i}:x:{1000 + i}:1::/h:/bin/sh\n"))).Count);

    // RFC 4253 §6.6: the kind of a key stands in it once more, behind its length
    [Theory]
    [InlineData("ssh-ed25519", "ssh-ed25519", "", true)]
    [InlineData("ssh-ed25519", "ssh-ed25519", " anna@host", true)]
    [InlineData("ssh-rsa", "ssh-rsa", "", true)]
    [InlineData("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "", true)]
    [InlineData("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "", true)]
    [InlineData("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "", true)]
    [InlineData("ssh-dss", "ssh-dss", "", false)]
    [InlineData("ssh-ed25519", "ssh-ed25518", "", false)]
    [InlineData("ssh-ed25519", "ssh-rsa", "", false)]
    [InlineData("ssh-ed25519", "ssh-ed25519", " ä", false)]
    [InlineData("ssh-ed25519", "ssh-ed25519", "\tx", false)]
    public void ParseKeys_Line_IsAKey(string kind, string within, string rest, bool isKey)
    {
        byte[] bytes = new byte[4 + within.Length + 30];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)within.Length);
        Encoding.ASCII.GetBytes(within).CopyTo(bytes, 4);
        string line = $"{kind} {Convert.ToBase64String(bytes)}{rest}";
        Assert.Equal((isKey ? 1 : 0, isKey ? 0 : 1), Counts(line));
        Assert.Equal((isKey ? 1 : 0, isKey ? 0 : 1), Counts($"# {line}\n\n  {line}  \n{line}\n")); // twice is once
    }

    [Theory]
    [InlineData(4000, 1)]
    [InlineData(4001, 0)]
    public void ParseKeys_LongLine_IsNone(int length, int count) => Assert.Equal(
        (count, 1 - count), Counts((string.Join(' ', MadeServer.Key.Split(' ')[..2]) + " ").PadRight(length, 'x')));

    [Fact]
    public void ParseKeys_Many_HaveALimit() => Assert.Equal(
        (100, 1), Counts(string.Concat(Enumerable.Range(0, 101).Select(i => $"{string.Join(' ', MadeServer.Key.Split(' ')[..2])} {i}\n"))));

    private static (int Keys, int Skipped) Counts(string text)
    {
        (IReadOnlyList<string> keys, int skipped) = ServerAccounts.ParseKeys(text);
        return (keys.Count, skipped);
    }
}
