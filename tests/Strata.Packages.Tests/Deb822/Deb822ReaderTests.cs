using System.Text;
using Strata.Core;
using Strata.Packages.Deb822;

namespace Strata.Packages.Tests.Deb822;

public class Deb822ReaderTests
{
    [Fact]
    public void Read_TwoStanzas_GivesFieldsAndLines() => Assert.Equal(
        [
            "2: Package=a|Description=one\n two\n .\n\tthree",
            "9: Package=b|Empty=|Last=no line feed",
        ],
        Dump("\nPackage: a  \nDescription: one\n two\n .\n\tthree\n\n\npackage: b\nEmpty:\nLast:no line feed".Replace("package", "Package", StringComparison.Ordinal)));

    [Theory]
    [InlineData("Depends: a,  \n b", "a,  \n b")] // blanks end a value only where it ends
    [InlineData("Depends: a,\t\n b \n c", "a,\t\n b \n c")]
    [InlineData("Depends:  \n b", "\n b")]
    public void Text_BlanksBeforeAContinuation_CutNothingOff(string text, string value)
    {
        Deb822Reader reader = Open(text + "\nNext: x\n");
        Assert.True(reader.Read());
        Assert.Equal(value, reader.Text("Depends"u8));
        Assert.Equal("x", reader.Text("Next"u8));
    }

    [Fact]
    public void TryGet_OtherCase_FindsTheField()
    {
        Deb822Reader reader = Open("PACKAGE: a\n");
        Assert.True(reader.Read());
        Assert.Equal("a", reader.Text("Package"u8));
        Assert.Null(reader.Text("Version"u8));
        Assert.False(reader.Read());
    }

    [Fact]
    public void Read_SmallPieces_GivesTheSame()
    {
        string text = string.Concat(Enumerable.Range(0, 4000).Select(i => $"Package: p{i}\nDepends: {new string('x', i % 300)}\n more\n\n"));
        Deb822Reader whole = Open(text);
        using TrickleStream trickle = new(Encoding.UTF8.GetBytes(text), 977);
        Deb822Reader pieces = new(trickle, "test");
        int count = 0;
        while (whole.Read())
        {
            Assert.True(pieces.Read());
            Assert.Equal(whole.Line, pieces.Line);
            Assert.Equal(whole.Text("Package"u8), pieces.Text("Package"u8));
            Assert.Equal(whole.Text("Depends"u8), pieces.Text("Depends"u8));
            count++;
        }
        Assert.False(pieces.Read());
        Assert.Equal(4000, count);
    }

    [Theory]
    [InlineData("A: 1\nnonsense\n", "line 2: expected 'Field: value'")]
    [InlineData(" x\n", "line 1: a continuation line")]
    [InlineData("A: 1\n\n b\n", "line 3: a continuation line")]
    [InlineData("A: 1\na: 2\n", "line 2: the field 'a' occurs twice")]
    [InlineData("A: 1\n-B: 2\n", "line 2: the field name")]
    [InlineData("A b: 1\n", "line 1: the field name")]
    [InlineData("# comment\n", "line 1: expected")]
    [InlineData("A: \0\n", "line 1: the line contains a NUL")]
    public void Read_BrokenText_NamesTheLine(string text, string problem)
    {
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => Dump(text, Deb822Limits.Release));
        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BrokenStanzasWhereTheyArePassedOver_KeepTheirFaultAndEndWithTheStanza()
    {
        Deb822Reader reader = Open("nonsense\nPackage: a\nalso nonsense\n\nPackage: b\n\n more\nPackage: c\nPackage: d\n",
            Deb822Limits.Archive);
        List<string> stanzas = [];
        while (reader.Read())
        {
            stanzas.Add($"{reader.Text("Package"u8)}: {reader.StanzaFault?.Problem}");
        }
        Assert.Equal(
            [
                "a: line 1: expected 'Field: value'",
                "b: ",
                "c: line 7: a continuation line without a field before it",
            ],
            stanzas);
    }

    // Policy lets a parser take such a line for the end of a stanza; apt does not.
    [Fact]
    public void Read_LineOfBlanks_ContinuesTheFieldAsInApt() => Assert.Equal(
        ["1: A=1|B=2\n \n 3|C=4", "9: D=5"], Dump("A: 1\n  \nB: 2\n \n 3\nC: 4\n\n \nD: 5\n\t\n"));

    [Fact]
    public void Read_FileFromWindows_GivesTheSame() => Assert.Equal(
        ["1: A=1|B=2", "5: C=3"], Dump("\uFEFFA: 1\r\nB: 2\r\n\r\n\r\nC: 3\r\n", Deb822Limits.Configuration));

    [Fact]
    public void Read_BeyondTheLimits_IsRefused()
    {
        Deb822Limits limits = new() { MaxLineBytes = 1000, MaxFields = 3, MaxStanzaBytes = 64 * 1024 };
        Assert.Contains("the line has", Fault("A: " + new string('x', 1000) + "\n"), StringComparison.Ordinal);
        Assert.Contains("more than 3 fields", Fault("A: 1\nB: 1\nC: 1\nD: 1\n"), StringComparison.Ordinal);
        Assert.Contains("the stanza has more", Fault("A: 1\n" + string.Concat(Enumerable.Repeat(" " + new string('x', 900) + "\n", 200))), StringComparison.Ordinal);

        string Fault(string text) => Assert.Throws<ImageFormatException>(() => Dump(text, limits)).Problem;
    }

    [Fact]
    public void Read_Comments_AreLeftOutWhereTheyAreAllowed() => Assert.Equal(
        ["2: Types=deb|URIs=\n a\n b|Suites=x"],
        Dump("# head\nTypes: deb\n# inside\nURIs:\n a\n#between\n b\nSuites: x\n# end", Deb822Limits.Configuration));

    [Fact]
    public void Text_NotUtf8_IsRefused()
    {
        using MemoryStream stream = new([.. "A: "u8, 0xC3, 0x28, (byte)'\n']);
        Deb822Reader reader = new(stream, "test");
        Assert.True(reader.Read());
        Assert.Throws<ImageFormatException>(() => reader.Text("A"u8));
    }

    [Fact]
    public void Read_MutatedText_ThrowsNothingElse()
    {
        Random random = new(11);
        byte[] seed = Encoding.UTF8.GetBytes("Package: a\nVersion: 1\nDepends: b,\n c\n\nPackage: d\nSize: 5\n\n");
        byte[] alphabet = [0, 9, 10, 13, 32, 35, 45, 58, 65, 97, 0xC3, 0xFF];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = alphabet[random.Next(alphabet.Length)];
            }
            using MemoryStream stream = new(bytes);
            Deb822Reader reader = new(stream, "fuzz", i % 2 == 0 ? Deb822Limits.Archive : Deb822Limits.Configuration);
            try
            {
                while (reader.Read())
                {
                    for (int field = 0; field < reader.FieldCount; field++)
                    {
                        Assert.True(reader.TryGet(reader.NameOf(field), out ReadOnlySpan<byte> value));
                        Assert.True(value.SequenceEqual(reader.ValueOf(field)));
                    }
                }
            }
            catch (ImageFormatException e)
            {
                Assert.StartsWith("line ", e.Problem, StringComparison.Ordinal);
            }
        }
    }

    private static Deb822Reader Open(string text, Deb822Limits? limits = null) => new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "test", limits);

    private static List<string> Dump(string text, Deb822Limits? limits = null)
    {
        Deb822Reader reader = Open(text, limits);
        List<string> stanzas = [];
        while (reader.Read())
        {
            IEnumerable<string> fields = Enumerable.Range(0, reader.FieldCount)
                .Select(i => $"{Encoding.UTF8.GetString(reader.NameOf(i))}={Encoding.UTF8.GetString(reader.ValueOf(i))}");
            stanzas.Add($"{reader.Line}: {string.Join('|', fields)}");
        }
        return stanzas;
    }

    private sealed class TrickleStream(byte[] content, int piece) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }
}
