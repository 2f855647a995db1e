using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Elf;
using Strata.Formats.Tests.Streams;
using Strata.Testing;

namespace Strata.Formats.Tests.Elf;

public class ElfFileTests
{
    [Fact]
    public void Read_Program_GivesWhatItNeeds()
    {
        ElfFile elf = ElfFile.Read(ElfBytes.Program());
        Assert.Equal((ElfClass.Elf64, ElfMachine.X8664, ElfType.Shared, true), (elf.Class, elf.Machine, elf.Type, elf.IsPie));
        Assert.Equal("/lib64/ld-linux-x86-64.so.2", elf.Interpreter);
        Assert.Equal(["libm.so.6", "libc.so.6"], elf.Needed);
        Assert.Equal((null, null, "$ORIGIN/../lib"), (elf.Soname, elf.Rpath, elf.Runpath));
        DlopenNote note = Assert.Single(elf.DlopenNotes);
        Assert.Equal(("seccomp", "filters", DlopenPriority.Suggested), (note.Feature, note.Description, note.Priority));
        Assert.Equal(["libseccomp.so.2"], note.Sonames);
        Assert.Empty(elf.ModuleInfo);
    }

    [Fact]
    public void Read_Library_GivesItsName()
    {
        ElfFile elf = ElfFile.Read(ElfBytes.Dynamic64(null, [(14, "libx.so.1"), (15, "/old")], [], []));
        Assert.Equal((null, "libx.so.1", "/old", false), (elf.Interpreter, elf.Soname, elf.Rpath, elf.IsPie));
        Assert.Empty(elf.Needed);
    }

    [Fact]
    public void Read_KernelModule_GivesItsStrings()
    {
        ElfFile elf = ElfFile.Read(ElfBytes.Module64("license=GPL\0depends=crc32c\0\0\0alias=pci:v1\0"));
        Assert.Equal(ElfType.Relocatable, elf.Type);
        Assert.Equal(["license=GPL", "depends=crc32c", "alias=pci:v1"], elf.ModuleInfo);
    }

    [Theory]
    [InlineData("""{"soname":"liba.so.1"}""", "||Recommended|liba.so.1")] // the first version of the specification: one object
    [InlineData("""[{"soname":["liba.so.2","liba.so.1"],"priority":"required","new":1}]""", "||Required|liba.so.2,liba.so.1")]
    public void Read_DlopenNote_IsTaken(string json, string expected)
    {
        DlopenNote note = Assert.Single(ElfFile.Read(ElfBytes.Dynamic64(null, [], [], ElfBytes.Note(json))).DlopenNotes);
        Assert.Equal(expected, $"{note.Feature}|{note.Description}|{note.Priority}|{string.Join(',', note.Sonames)}");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[1]")]
    [InlineData("[{}]")]
    [InlineData("""[{"soname":[]}]""")]
    [InlineData("""[{"soname":[1]}]""")]
    [InlineData("""[{"soname":""}]""")]
    [InlineData("""[{"soname":"a","soname":"b"}]""")]
    [InlineData("""[{"soname":"a","priority":"low"}]""")]
    [InlineData("""[{"soname":"a","feature":"\ud800"}]""")]
    public void Read_BadDlopenNote_IsRefused(string json) =>
        Assert.Throws<ImageFormatException>(() => ElfFile.Read(ElfBytes.Dynamic64(null, [], [], ElfBytes.Note(json))));

    public static TheoryData<string, byte[]> Hostile { get; } = new()
    {
        { "no ELF file", [] },
        { "no ELF file", "\u007fELF"u8.ToArray() },
        { "class is 3", Changed(4, 3) },
        { "little-endian", Changed(5, 2) },
        { "its type is 4", Changed(16, 4) },
        { "cut off in its header", ElfBytes.Program()[..60] },
        { "program headers", Changed(54, 55) },
        { "program headers", Changed(56, 0xFF, 0xFF) },
        { "outside the file", Changed(32, 0xFF, 0xFF, 0xFF) },
        { "outside the file", Changed(64 + 56 + 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF) },
        { "outside the file", ElfBytes.Program()[..^8] },
        { "two PT_INTERP", Changed(64, 3) },
        { "no PT_LOAD", Changed(64, 0) },
        { "no DT_NULL", Changed(64 + (2 * 56) + 32, 16) },
        { "points to byte 1000", ElfBytes.Dynamic64(null, [], [(1, 1000)], []) },
        { "no NUL", ElfBytes.Dynamic64(null, [(1, new string('a', 5000))], [], []) },
        { "more than 4096 libraries", ElfBytes.Dynamic64(null, [.. Enumerable.Repeat((1L, "a"), 4097)], [], []) },
        { "does not fit its segment", ElfBytes.Dynamic64(null, [], [], [4, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]) },
        { "too long", ElfBytes.Dynamic64(null, [], [], ElfBytes.Note(new string(' ', 70_000))) },
        { "strings", ElfBytes.Module64(string.Concat(Enumerable.Repeat("a=b\0", 5000))) },
        { "allowed 1048576", ElfBytes.Module64(new string('a', 1_100_000)) },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Read_HostileFile_IsRefused(string problem, byte[] file) =>
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => ElfFile.Read(file)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_BrokenInputs_OnlyFormatExceptionsLeave()
    {
        SeededMutations.OnlyFormatExceptionsLeave(ElfBytes.Program(), 20_000, 5, bytes => ElfFile.Read(bytes));
        SeededMutations.OnlyFormatExceptionsLeave(ElfBytes.Module64("license=GPL\0"), 5_000, 6, bytes => ElfFile.Read(bytes));
        byte[] narrow = ElfBytes.Program();
        narrow[4] = 1; // the same bytes looked at as ELF32
        foreach (byte[] bytes in Mutator.Of(narrow, 5000, 8))
        {
            try
            {
                ElfFile.Read(bytes);
            }
            catch (ImageFormatException e)
            {
                Assert.StartsWith("ELF", e.Format, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Read_EveryFieldAtItsExtremes_OnlyFormatExceptionsLeave()
    {
        byte[] valid = ElfBytes.Program();
        foreach (ulong value in (ulong[])[0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, long.MaxValue, 1UL << 63, ulong.MaxValue])
        {
            for (int at = 4; at + 8 <= valid.Length; at++)
            {
                byte[] file = [.. valid];
                BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
                try
                {
                    Assert.NotNull(ElfFile.Read(file).Needed);
                }
                catch (ImageFormatException e)
                {
                    Assert.StartsWith("ELF", e.Format, StringComparison.Ordinal);
                }
            }
        }
    }

    private static byte[] Changed(int offset, params byte[] bytes)
    {
        byte[] file = ElfBytes.Program();
        bytes.CopyTo(file, offset);
        return file;
    }
}
