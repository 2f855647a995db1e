using System.Text;
using Strata.Core;
using Strata.Formats.Elf;

namespace Strata.Formats.Tests.Elf;

/// <summary>Every mark that protection is told by, alone (gABI; binutils, <c>elf/common.h</c>), in files of both word sizes.</summary>
public class ElfProtectionTests
{
    private static readonly MadeSegment s_relro = new(0x6474E552, [0]);

    [Theory]
    [InlineData(0, 0, RelroKind.Partial)]
    [InlineData(24, 0, RelroKind.Full)] // DT_BIND_NOW
    [InlineData(30, 8, RelroKind.Full)] // DT_FLAGS, DF_BIND_NOW
    [InlineData(30, 9, RelroKind.Full)]
    [InlineData(30, 1, RelroKind.Partial)] // DF_ORIGIN
    [InlineData(0x6FFFFFFB, 1, RelroKind.Full)] // DT_FLAGS_1, DF_1_NOW
    [InlineData(0x6FFFFFFB, 8, RelroKind.Partial)] // DF_1_NODELETE
    public void Read_MarksOfBinding_TellFullFromPartial(long tag, long value, RelroKind expected)
    {
        foreach (bool is64 in (bool[])[true, false])
        {
            (long, long)[] numbers = tag == 0 ? [] : [(tag, value)];
            Assert.Equal(expected, Read(new MadeElf { Is64 = is64, Texts = [(1, "a")], Numbers = numbers, Segments = [s_relro] }).Relro);
            Assert.Equal(RelroKind.None, Read(new MadeElf { Is64 = is64, Texts = [(1, "a")], Numbers = numbers }).Relro);
            Assert.Equal(RelroKind.Partial, Read(new MadeElf { Is64 = is64, Texts = [(1, "a")], AfterNull = numbers,
                Segments = [s_relro] }).Relro);
        }
    }

    [Theory]
    [InlineData(2, null, null, RelroKind.Full)] // a static program with fixed addresses is linked already
    [InlineData(3, null, null, RelroKind.Partial)]
    [InlineData(2, "/ld", null, RelroKind.Partial)]
    [InlineData(2, null, "libc.so", RelroKind.Partial)]
    public void Read_StaticProgram_HasNothingToBindLater(ushort type, string? loader, string? needed, RelroKind expected)
    {
        ElfHardening elf = Read(new MadeElf { Type = type, Interpreter = loader, Texts = needed is null ? [] : [(1, needed)],
            Segments = [s_relro] });
        Assert.Equal((expected, loader is null && needed is null, type == 3), (elf.Relro, elf.IsStatic, elf.IsPositionIndependent));
    }

    [Theory]
    [InlineData(3, null, null, false, false)]
    [InlineData(3, "/ld", null, false, true)]
    [InlineData(3, "/ld", "libc.so.6", false, false)] // a library that can be started, as glibc's own
    [InlineData(3, "/ld", "x", true, true)]
    [InlineData(3, null, null, true, true)]
    [InlineData(2, null, null, false, true)]
    public void Read_Program_IsToldFromALibrary(ushort type, string? loader, string? soname, bool pie, bool expected) =>
        Assert.Equal(expected, Read(new MadeElf
    {
        Type = type,
        Interpreter = loader,
        Texts = soname is null ? [] : [(14, soname)],
        Numbers = pie ? [(0x6FFFFFFB, 0x08000000)] : [],
    }).IsProgram);

    [Theory]
    [InlineData(new uint[0], false)] // Linux makes it executable then
    [InlineData(new uint[] { 6 }, true)]
    [InlineData(new uint[] { 7 }, false)]
    [InlineData(new uint[] { 7, 6 }, false)]
    [InlineData(new uint[] { 6, 7 }, false)]
    public void Read_StackHeader_TellsWhetherItRuns(uint[] flags, bool expected)
    {
        foreach (bool is64 in (bool[])[true, false])
        {
            Assert.Equal(expected, Read(new MadeElf { Is64 = is64,
                Segments = [.. flags.Select(f => new MadeSegment(0x6474E551, [], f))] }).HasNonExecutableStack);
        }
    }

    [Theory]
    [InlineData("__stack_chk_fail", 0, Presence.Yes, Presence.NotNeeded)]
    [InlineData("__stack_chk_guard", 1, Presence.Yes, Presence.NotNeeded)]
    [InlineData("__stack_chk_fail@GLIBC_2.4", 0, Presence.Yes, Presence.NotNeeded)]
    [InlineData("__stack_chk_failed", 0, Presence.No, Presence.NotNeeded)]
    [InlineData("__memcpy_chk", 0, Presence.No, Presence.Yes)]
    [InlineData("__memcpy_chk", 1, Presence.No, Presence.NotNeeded)] // its own, not that of glibc
    [InlineData("_memcpy_chk", 0, Presence.No, Presence.NotNeeded)]
    [InlineData("__memcpy_chk2", 0, Presence.No, Presence.NotNeeded)]
    [InlineData("memcpy", 0, Presence.No, Presence.No)]
    [InlineData("memcpy@GLIBC_2.14", 0, Presence.No, Presence.No)]
    [InlineData("memcpy", 1, Presence.No, Presence.NotNeeded)]
    [InlineData("puts", 0, Presence.No, Presence.NotNeeded)]
    public void Read_Symbol_TellsProtectionAndChecks(string name, ushort section, Presence protector, Presence fortify)
    {
        foreach (bool is64 in (bool[])[true, false])
        {
            foreach (uint table in (uint[])[2, 11]) // SHT_SYMTAB, SHT_DYNSYM
            {
                ElfHardening elf = Read(WithSymbols(is64, table, section, name));
                Assert.Equal((protector, fortify), (elf.StackProtector, elf.Fortify));
            }
            Assert.Equal(Presence.Unknown, Read(WithSymbols(is64, 1, section, name)).StackProtector);
        }
    }

    [Fact]
    public void Read_CheckedAndUnchecked_CountsAsChecked() =>
        Assert.Equal(Presence.Yes, Read(WithSymbols(true, 11, 0, "memcpy", "__read_chk", "puts")).Fortify);

    [Fact]
    public void Read_FirstSymbol_IsNone() => Assert.Equal(Presence.Unknown, Read(WithSymbols(true, 11, 0)).Fortify);

    [Theory]
    [InlineData(2, null)]
    [InlineData(3, "section 3")] // there are sections 0 to 2
    public void Read_SectionOfSymbolNames_IsOneOfThem(uint link, string? problem)
    {
        MadeElf elf = new() { Sections = [new(11, "", [.. new byte[24], .. new MadeElf().Symbol(1, 0)], link), new(3, "",
            "\0puts\0"u8.ToArray())] };
        Check(elf, problem);
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(6, "at 6 of a table of 6")]
    public void Read_NameOfASymbol_LiesInTheTable(int at, string? problem)
    {
        MadeElf elf = new() { Sections = [new(11, "", [.. new byte[24], .. new MadeElf().Symbol(at, 0)], 2), new(3, "",
            "\0puts\0"u8.ToArray())] };
        Check(elf, problem);
    }

    private static void Check(MadeElf elf, string? problem)
    {
        if (problem is null)
        {
            Assert.Equal(Presence.No, Read(elf).StackProtector);
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => ElfHardening.Read(elf.ToBytes())).Message,
            StringComparison.Ordinal);
    }

    private static MadeElf WithSymbols(bool is64, uint table, ushort section, params string[] names)
    {
        MadeElf of = new() { Is64 = is64 };
        List<byte> strings = [0];
        List<byte> symbols = [.. new byte[is64 ? 24 : 16]];
        foreach (string name in names)
        {
            symbols.AddRange(of.Symbol(strings.Count, section));
            strings.AddRange([.. Encoding.ASCII.GetBytes(name), 0]);
        }
        return new MadeElf { Is64 = is64, Sections = [new(table, "", [.. symbols], 2), new(3, "", [.. strings])] };
    }

    private static ElfHardening Read(MadeElf elf) => ElfHardening.Read(elf.ToBytes())!;
}
