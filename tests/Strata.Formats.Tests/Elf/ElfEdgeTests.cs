using System.Text;
using Strata.Core;
using Strata.Formats.Elf;

namespace Strata.Formats.Tests.Elf;

/// <summary>Last allowed and first refused values, for both word sizes.</summary>
public class ElfEdgeTests
{
    private const string Loader = "/lib/ld.so";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_EveryFieldOfBothWordSizes_IsTaken(bool is64)
    {
        MadeElf made = new()
        {
            Is64 = is64,
            Interpreter = Loader,
            Texts = [(1, "libm.so.6"), (14, "me.so.1"), (15, "/rpath"), (29, "/runpath"), (1, "libc.so.6")],
            Numbers = [(0x6FFFFFFB, 0x08000000)],
            Segments = [new(4, ElfBytes.Note("""{"soname":"libz.so.1"}"""))],
        };
        ElfFile elf = ElfFile.Read(made.ToBytes());
        Assert.Equal((is64 ? ElfClass.Elf64 : ElfClass.Elf32, ElfMachine.X8664, ElfType.Shared, true), (elf.Class, elf.Machine, elf.Type,
            elf.IsPie));
        Assert.Equal((Loader, "me.so.1", "/rpath", "/runpath"), (elf.Interpreter, elf.Soname, elf.Rpath, elf.Runpath));
        Assert.Equal(["libm.so.6", "libc.so.6"], elf.Needed);
        Assert.Equal(["libz.so.1"], Assert.Single(elf.DlopenNotes).Sonames);
    }

    [Theory]
    [InlineData(1, "libx.so", "libx.so|||")]
    [InlineData(14, "libx.so", "|libx.so||")]
    [InlineData(15, "/x", "||/x|")]
    [InlineData(29, "/x", "|||/x")]
    [InlineData(13, "x", "|||")] // DT_FINI
    public void Read_OneDynamicTextAlone_IsTaken(long tag, string text, string expected)
    {
        ElfFile elf = ElfFile.Read(new MadeElf { Texts = [(tag, text)] }.ToBytes());
        Assert.Equal(expected, $"{string.Join(',', elf.Needed)}|{elf.Soname}|{elf.Rpath}|{elf.Runpath}");
    }

    [Fact]
    public void Read_DynamicEntriesBehindTheNull_DoNotCount()
    {
        ElfFile elf = ElfFile.Read(new MadeElf { AfterNull = [(1, 0), (0x6FFFFFFB, 0x08000000)] }.ToBytes());
        Assert.Empty(elf.Needed);
        Assert.False(elf.IsPie);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    public void Read_StringTable_MayEndWithItsSegmentAndNotLater(bool is64, int more)
    {
        MadeElf made = new() { Is64 = is64, Texts = [(1, "a")], LoadSize = 3, StringsSize = 3 + more }; // NUL, a, NUL
        if (more == 0)
        {
            Assert.Equal(["a"], ElfFile.Read(made.ToBytes()).Needed);
        }
        else
        {
            Assert.Contains("no PT_LOAD", Refused(made.ToBytes()), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(4095, true)]
    [InlineData(4096, false)]
    public void Read_LongName_LastAllowedAndFirstRefused(int length, bool taken) => Taken(taken,
        new MadeElf { Texts = [(1, new string('a', length))] });

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Read_ManyLibraries_LastAllowedAndFirstRefused(int count, bool taken) =>
        Taken(taken, new MadeElf { Texts = [.. Enumerable.Repeat((1L, "a"), count)] });

    [Theory]
    [InlineData(2, true)] // 0 'a' NUL: the offset of the last byte of the table
    [InlineData(3, false)]
    public void Read_NameAtTheEndOfTheTable_IsTheEmptyOne(int at, bool taken) => Taken(taken,
        new MadeElf { Texts = [(14, "a")], Numbers = [(1, at)], StringsSize = 3 });

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void Read_Types_OneToThree(ushort type, bool taken) => Taken(taken, new MadeElf { Type = type });

    [Theory]
    [InlineData(5, 0)]
    [InlineData(5, 2)]
    [InlineData(6, 0)]
    [InlineData(6, 2)]
    public void Read_OtherByteOrderOrVersion_IsRefused(int at, byte value)
    {
        byte[] file = new MadeElf().ToBytes();
        file[at] = value;
        Assert.Contains("little-endian ELF of version 1", Refused(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 64)]
    [InlineData(false, 52)]
    public void Read_HeaderAlone_IsAFileWithoutSegments(bool is64, int size)
    {
        byte[] header = new MadeElf { Is64 = is64 }.ToBytes()[..size];
        header.AsSpan(is64 ? 56 : 44, 2).Clear(); // e_phnum
        Assert.Empty(ElfFile.Read(header).Needed);
        Assert.Contains("cut off in its header", Refused(header[..^1]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Read_NotesOfEitherAlignment_AreWalked(uint alignment)
    {
        // 12 + 4 + 6 = 22 bytes: the next note is at 24 either way; 12 + 8 ("GNUXYZ") + 2 = 22 or, with contents aligned to 8, 24 + 2
        byte[] first = Note("GNUXYZ", 3, [1, 2], alignment);
        byte[] second = Note("FDO", 0x407C0C0A, "{\"soname\":\"a\"}"u8.ToArray(), alignment);
        byte[] third = Note("FDO", 0x407C0C0A, "{\"soname\":\"b\"}\0"u8.ToArray(), alignment);
        ElfFile elf = ElfFile.Read(new MadeElf { Segments = [new(4, [.. first, .. second, .. third], Align: alignment)] }.ToBytes());
        Assert.Equal(["a", "b"], elf.DlopenNotes.SelectMany(n => n.Sonames));
    }

    [Theory]
    [InlineData("FDO", 0x407C0C0A, 1)]
    [InlineData("FDX", 0x407C0C0A, 0)]
    [InlineData("FDO", 0x407C0C0B, 0)]
    [InlineData("FDOO", 0x407C0C0A, 0)]
    public void Read_NoteOfAnotherOwnerOrType_IsPassedOver(string owner, uint type, int expected) =>
        Assert.Equal(expected, ElfFile.Read(new MadeElf { Segments = [new(4, Note(owner, type, "{\"soname\":\"a\"}"u8.ToArray(),
            4))] }.ToBytes()).DlopenNotes.Count);

    [Theory]
    [InlineData(0, true)] // its last byte is the last of the segment
    [InlineData(1, false)]
    public void Read_NoteAtTheEndOfItsSegment_FitsExactly(int cut, bool taken)
    {
        byte[] note = Note("FDO", 0x407C0C0A, "{\"soname\":\"ab\"} "u8.ToArray(), 4);
        Taken(taken, new MadeElf { Segments = [new(4, note[..^cut])] });
    }

    [Theory]
    [InlineData(65536, true)]
    [InlineData(65537, false)]
    public void Read_LongDlopenNote_LastAllowedAndFirstRefused(int length, bool taken) =>
        Taken(taken, new MadeElf { Segments = [new(4, Note("FDO", 0x407C0C0A,
            Encoding.ASCII.GetBytes("{\"soname\":\"a\"}".PadRight(length)), 4))] });

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Read_ManySonames_LastAllowedAndFirstRefused(int count, bool taken)
    {
        string json = $$"""{"soname":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}]}""";
        Taken(taken, new MadeElf { Segments = [new(4, Note("FDO", 0x407C0C0A, Encoding.ASCII.GetBytes(json), 4))] });
    }

    [Theory]
    [InlineData("required", DlopenPriority.Required)]
    [InlineData("recommended", DlopenPriority.Recommended)]
    [InlineData("suggested", DlopenPriority.Suggested)]
    public void Read_EveryPriority_IsTaken(string word, DlopenPriority expected)
    {
        byte[] note = Note("FDO", 0x407C0C0A, Encoding.ASCII.GetBytes($$"""{"soname":"a","priority":"{{word}}"}"""), 4);
        Assert.Equal(expected, Assert.Single(ElfFile.Read(new MadeElf { Segments = [new(4, note)] }.ToBytes()).DlopenNotes).Priority);
    }

    [Theory]
    [InlineData(1 << 20, true)]
    [InlineData((1 << 20) + 1, false)]
    public void Read_LongModuleInfo_LastAllowedAndFirstRefused(int length, bool taken) => Taken(taken, Module(new string('a', length)));

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Read_ManyModuleStrings_LastAllowedAndFirstRefused(int count, bool taken) => Taken(taken,
        Module(string.Concat(Enumerable.Repeat("a\0", count))));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_ModuleOfEitherWordSize_IsFoundByTheNameOfItsSection(bool is64)
    {
        MadeElf made = new()
        {
            Is64 = is64,
            Type = 1,
            NamesSection = 3,
            Sections = [new(1, ".modinfoX", "no=1\0"u8.ToArray()), new(1, ".modinfo", "name=x\0"u8.ToArray()), new(3, "",
                "\0.modinfoX\0.modinfo\0"u8.ToArray())],
        };
        Assert.Equal(["name=x"], ElfFile.Read(made.ToBytes()).ModuleInfo);
    }

    [Theory]
    [InlineData(0, 0)] // no names: nothing to be found
    [InlineData(2, 1)]
    [InlineData(3, -1)] // there are sections 0 to 2
    public void Read_SectionOfNames_IsOneOfThem(ushort index, int strings)
    {
        MadeElf made = new()
        {
            Type = 1,
            NamesSection = index,
            Sections = [new(1, ".modinfo", "name=x\0"u8.ToArray()), new(3, "", "\0.modinfo\0"u8.ToArray())],
        };
        if (strings < 0)
        {
            Assert.Contains("no such section", Refused(made.ToBytes()), StringComparison.Ordinal);
            return;
        }
        Assert.Equal(strings, ElfFile.Read(made.ToBytes()).ModuleInfo.Count);
    }

    private static MadeElf Module(string info) => new()
    {
        Type = 1,
        NamesSection = 2,
        Sections = [new(1, ".modinfo", Encoding.ASCII.GetBytes(info)), new(3, "", "\0.modinfo\0"u8.ToArray())],
    };

    private static byte[] Note(string owner, uint type, byte[] content, uint alignment)
    {
        byte[] name = Encoding.ASCII.GetBytes(owner + "\0");
        List<byte> note = [.. BitConverter.GetBytes(name.Length), .. BitConverter.GetBytes(content.Length),
            .. BitConverter.GetBytes(type), .. name];
        Fill(note);
        note.AddRange(content);
        Fill(note);
        return [.. note];

        void Fill(List<byte> bytes)
        {
            while (bytes.Count % alignment != 0)
            {
                bytes.Add(0);
            }
        }
    }

    private static void Taken(bool taken, MadeElf made)
    {
        if (taken)
        {
            Assert.NotNull(ElfFile.Read(made.ToBytes()));
        }
        else
        {
            Refused(made.ToBytes());
        }
    }

    private static string Refused(byte[] file) => Assert.Throws<ImageFormatException>(() => ElfFile.Read(file)).Message;
}
