using System.Text;
using Strata.Core;
using Strata.Formats.Cpio;
using Strata.Formats.Tests.Streams;
using Strata.Testing;

namespace Strata.Formats.Tests.Cpio;

public class CpioReaderTests
{
    private static readonly byte[] s_valid = CpioBytes.Write(CpioBytes.AllKinds(), 0);

    [Fact]
    public void Next_CutOffAnywhere_IsRefused()
    {
        for (int length = 0; length < s_valid.Length; length++)
        {
            Assert.Throws<ImageFormatException>(() => CpioBytes.Dump(s_valid[..length]));
        }
    }

    [Theory]
    [InlineData(0, "070702", "070701")]
    [InlineData(6, "0000000g", "hexadecimal")]
    [InlineData(6, "+0000001", "hexadecimal")]
    [InlineData(94, "00000001", "name has 1 bytes")]
    [InlineData(94, "00001001", "name has 4097 bytes")]
    [InlineData(94, "00000003", "only NUL")]
    [InlineData(102, "00000001", "checksum")]
    [InlineData(110, "\0\0", "only NUL")]
    public void Next_BrokenField_IsRefused(int offset, string text, string problem)
    {
        byte[] bytes = [.. s_valid];
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(offset));
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => CpioBytes.Dump(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_BrokenInputs_OnlyFormatExceptionsLeave() =>
        SeededMutations.OnlyFormatExceptionsLeave(s_valid, 5000, 11, bytes => CpioBytes.Dump(bytes));

    [SkippableFact]
    public void Next_ArchiveOfBsdTar_GivesItsEntries()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(Path.Combine(folder["in"], "one"), "content");
        (int exitCode, string output) = Oracle.Run("bsdtar", "--format=newc", "-cf", folder["a.cpio"], "-C", folder["in"], "one");
        Assert.True(exitCode == 0, output);
        CpioReader reader = new(File.OpenRead(folder["a.cpio"]));
        CpioEntry entry = reader.Next()!.Value;
        Assert.Equal(("one", 7u, 1u), (entry.Name, entry.Size, entry.Links));
        Assert.Equal("content", new StreamReader(reader.Content).ReadToEnd());
        Assert.Null(reader.Next());
    }
}
