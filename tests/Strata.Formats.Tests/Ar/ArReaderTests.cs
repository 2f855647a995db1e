using System.Text;
using Strata.Core;
using Strata.Formats.Ar;
using Strata.Formats.Tests.Streams;
using Strata.Testing;

namespace Strata.Formats.Tests.Ar;

public class ArReaderTests
{
    private static readonly byte[] s_valid = ArBytes.Archive(("one", "abc"u8.ToArray()), ("two/", "abcd"u8.ToArray()), ("empty", []));

    [Fact]
    public void Next_ThreeMembers_GivesNamesPlacesAndContents() => Assert.Equal("""
        one 3 @8 abc
        two 4 @72 abcd
        empty 0 @136 

        """, Dump(s_valid));

    [Fact]
    public void Next_ContentsLeftUnread_FindsTheSameMembers()
    {
        ArReader reader = new(new TricklingStream(s_valid, 7));
        Assert.Equal(["one", "two", "empty"], [reader.Next()!.Value.Name, reader.Next()!.Value.Name, reader.Next()!.Value.Name]);
        Assert.Null(reader.Next());
    }

    [SkippableFact]
    public void Next_ArchiveOfBinutils_GivesItsMembers()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["first.txt"], "odd");
        File.WriteAllText(folder["b"], "even");
        (int exitCode, string output) = Oracle.Run("ar", "rcS", folder["a.ar"], folder["first.txt"], folder["b"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal("first.txt 3 @8 odd\nb 4 @72 even\n", Dump(File.ReadAllBytes(folder["a.ar"])));
    }

    [Fact]
    public void Next_CutOffAnywhere_IsRefusedUnlessBetweenMembers()
    {
        for (int length = 0; length < s_valid.Length; length++)
        {
            if (length is not (8 or 71 or 72 or 136)) // 71: the archive ends with an odd member, whose padding may be missing
            {
                Assert.Throws<ImageFormatException>(() => Dump(s_valid[..length]));
            }
        }
    }

    [Theory]
    [InlineData(0, "!<arcx>\n", "!<arch>")]
    [InlineData(8 + 58, "\n`", "does not end in")]
    [InlineData(8 + 48, "-3        ", "no decimal number")]
    [InlineData(8 + 48, "0x3       ", "no decimal number")]
    [InlineData(8 + 48, "          ", "no decimal number")]
    [InlineData(8 + 48, "9999999999", "cut off")]
    [InlineData(8, "                ", "name")]
    [InlineData(8, "//              ", "name")]
    [InlineData(8, "a/b             ", "name")]
    [InlineData(8 + 60 + 3, "x", "padding")]
    public void Next_BrokenField_IsRefused(int offset, string text, string problem)
    {
        byte[] bytes = [.. s_valid];
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(offset));
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => Dump(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_MoreMembersThanAllowed_IsRefused()
    {
        ArReader reader = new(new MemoryStream(s_valid), maxMembers: 2);
        reader.Next();
        reader.Next();
        Assert.Throws<ImageFormatException>(() => reader.Next());
    }

    [Fact]
    public void Next_BrokenInputs_OnlyFormatExceptionsLeave() =>
        SeededMutations.OnlyFormatExceptionsLeave(s_valid, 5000, 7, bytes => Dump(bytes));

    private static string Dump(byte[] archive)
    {
        StringBuilder text = new();
        ArReader reader = new(new MemoryStream(archive));
        while (reader.Next() is ArMember member)
        {
            using StreamReader content = new(reader.Content, Encoding.Latin1);
            text.Append(member.Name).Append(' ').Append(member.Size).Append(" @").Append(member.HeaderOffset).Append(' ').Append(content.ReadToEnd()).Append('\n');
        }
        return text.ToString();
    }
}
