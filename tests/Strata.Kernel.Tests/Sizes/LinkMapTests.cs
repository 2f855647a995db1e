using System.Globalization;
using Strata.Core;
using Strata.Kernel.Sizes;
using Strata.Testing;

namespace Strata.Kernel.Tests.Sizes;

/// <summary>The map of GNU ld: its lines as ld 2.44 writes them, and maps that ld wrote here.</summary>
public class LinkMapTests
{
    private const string Map = """
        Archive member included to satisfy reference by file (symbol)

        lib/lib.a(one.o)              (--whole-archive)

        Discarded input sections

         .text          0x0000000000000000       0x99 discarded.o

        Linker script and memory map

                        0xffffffff81c069c0                jiffies = jiffies_64

        .text           0xffffffff81000000      0x100 load address 0x0000000001000000
                        0xffffffff81000000                _text = .
         *(.head.text)
         .head.text     0xffffffff81000000       0x56 arch/x86/kernel/head_64.o
                        0xffffffff81000000                startup_64
         *fill*         0xffffffff81000056        0xa cccccccc
         .text          0xffffffff81000060        0x0 init/version.o
         .text.a_name_that_is_long
                        0xffffffff81000060       0x20 fs/ext4/inode.o
         .text          0xffffffff81000080       0x10 lib/lib.a(one.o)

        .rodata         0xffffffff81001000      0x200
         .rodata.str1.1
                        0xffffffff81001000      0x100 init/main.o
                                         0x33 (size before relaxing)
         .rodata.str1.1
                        0xffffffff81001100       0x42 init/version.o
         .rodata.str1.1
                        0xffffffff81001100       0x12 fs/ext4/inode.o
         .rodata        0xffffffff81001100        0x8 fs/ext4/super.o

        .init.text      0xffffffff81002000       0x10
         .init.text     0xffffffff81002000       0x10 fs/ext4/super.o

        .bss            0xffffffff81003000       0x30
         COMMON         0xffffffff81003000       0x30 fs/ext4/super.o

        /DISCARD/
         .discard.addressable
                        0x0000000000000000       0x50 fs/ext4/super.o

        .comment        0x0000000000000000       0x1f
         .comment       0x0000000000000000       0x1f init/main.o
        LOAD vmlinux.a
        OUTPUT(vmlinux elf64-x86-64)
        """;

    [Fact]
    public void Read_Map_HasEveryPieceThatReachesMemory()
    {
        Assert.Equal(
            [
                "arch/x86/kernel/head_64.o Text 86",
                "(padding) Text 10",
                "fs/ext4/inode.o Text 32",
                "lib/one.o Text 16",
                "(strings) ReadOnly 256",
                "fs/ext4/super.o ReadOnly 8",
                "fs/ext4/super.o Init 16",
                "fs/ext4/super.o Bss 48",
            ],
            LinkMapReader.Read(new StringReader(Map)).Sections.Select(s => $"{s.File} {s.Kind} {s.Size}"));
    }

    [Fact]
    public void BySubsystem_Map_AddsUpFolders()
    {
        IReadOnlyList<PartSize> parts = SizeAccount.BySubsystem(LinkMapReader.Read(new StringReader(Map)));
        Assert.Equal(["(strings) 256", "fs/ext4 104", "arch/x86 86", "lib 16", "(padding) 10"], parts.Select(p => $"{p.Name} {p.Total}"));
        PartSize ext4 = parts.Single(p => p.Name == "fs/ext4");
        Assert.Equal((32, 8, 0, 16, 48, 56), (ext4.Text, ext4.ReadOnly, ext4.Data, ext4.Init, ext4.Bss, ext4.Stored));
    }

    [Fact]
    public void PackedShare_AllParts_AddUpToTheImageAndPaddingGetsNothing()
    {
        IReadOnlyList<PartSize> parts = SizeAccount.BySubsystem(LinkMapReader.Read(new StringReader(Map)));
        long[] shares = [.. parts.Select(p => SizeAccount.PackedShare(p, parts, 100_000))];
        Assert.InRange(shares.Sum(), 100_000 - parts.Count, 100_000);
        Assert.Equal(0, shares[^1]);
    }

    [Theory]
    [InlineData("fs/ext4/inode.o", "fs/ext4")]
    [InlineData("drivers/net/ethernet/intel/e1000e/netdev.o", "drivers/net")]
    [InlineData("kernel/fork.o", "kernel")]
    [InlineData("vmlinux.o", "(top)")]
    [InlineData("(strings)", "(strings)")]
    public void SubsystemOf_Object_IsItsFolder(string file, string subsystem) => Assert.Equal(subsystem, SizeAccount.SubsystemOf(file));

    [Theory]
    [InlineData("")]
    [InlineData("just a text\nof two lines")]
    [InlineData("Linker script and memory map\n.text 0x0 0x10\n .text 0xzz 0x10 a.o")]
    [InlineData("Linker script and memory map\n.text 0x0 0x10\n .text 0x0 0xffffffffffffffff a.o")]
    [InlineData("Linker script and memory map\n.text 0x0 0x10\n .text 0x0 16 a.o")]
    public void Read_NoMap_IsToldSo(string text)
    {
        StrataException e = Assert.Throws<StrataException>(() => LinkMapReader.Read(new StringReader(text)));
        Assert.StartsWith("cannot read a link map:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LineWithoutEnd_IsRefused()
    {
        string text = "Linker script and memory map\n.text\n .text " + new string('x', 20_000);
        Assert.Contains("longer than", Assert.Throws<StrataException>(() => LinkMapReader.Read(new StringReader(text))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OddLines_ArePassedOver()
    {
        string text = "Linker script and memory map\n \n   \n .text\n\n .lonely\n.text\n *fill*\n (x)\n *(.text)\n .text 0x0\n .text 0x0 0x4\n .text 0x0 0x4 a.o";
        Assert.Equal("a.o", Assert.Single(LinkMapReader.Read(new StringReader(text)).Sections).File);
    }

    [SkippableFact]
    public void Read_MapOfLd_AgreesWithSizeAndNm()
    {
        using TemporaryFolder folder = new();
        string one = Assemble(folder, "one", ".text\n.globl _start\n_start: .skip 100\n.data\nvalue: .skip 40\n.bss\nzeros: .skip 24\n.section .rodata.str1.1,\"aMS\",@progbits,1\n.asciz \"the same text\"\n");
        string two = Assemble(folder, "two", ".text\n.globl two\ntwo: .skip 37\n.section .init.text,\"ax\"\nstart: .skip 16\n.section .rodata.str1.1,\"aMS\",@progbits,1\n.asciz \"the same text\"\n.asciz \"another\"\n");
        string map = Path.Combine(folder.Path, "map");
        string linked = Path.Combine(folder.Path, "linked");
        (int exit, string output) = Oracle.Run("ld", "-Map=" + map, "-o", linked, one, two);
        Assert.True(exit == 0, output);

        LinkMap read = LinkMapReader.Read(new StringReader(File.ReadAllText(map)));
        IReadOnlyList<PartSize> parts = SizeAccount.By(read, f => f.StartsWith('(') ? f : Path.GetFileName(f));
        PartSize first = parts.Single(p => p.Name == "one.o");
        PartSize second = parts.Single(p => p.Name == "two.o");
        Assert.Equal((100, 40, 24), (first.Text, first.Data, first.Bss));
        Assert.Equal((37, 16), (second.Text, second.Init));

        // 'size -A': name, size, address; what lies in memory
        (_, string sizes) = Oracle.Run("size", "-A", "-d", linked);
        long expected = sizes.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length == 3 && w[0].StartsWith('.') && LinkMap.KindOf(w[0]) is not null).Sum(w => long.Parse(w[1], CultureInfo.InvariantCulture));
        Assert.Equal(expected, parts.Sum(p => p.Total));

        (_, string symbols) = Oracle.Run("nm", "-n", linked);
        IReadOnlyList<SymbolSize> bySymbol = SymbolSizes.Read(new StringReader(symbols), read);
        Assert.Equal(["_start 100 one.o", "value 40 one.o", "two 37 two.o", "zeros 24 one.o", "start 16 two.o"], bySymbol.Select(s => $"{s.Name} {s.Size} {Path.GetFileName(s.File)}"));
    }

    private static string Assemble(TemporaryFolder folder, string name, string text)
    {
        string source = Path.Combine(folder.Path, name + ".s");
        string made = Path.Combine(folder.Path, name + ".o");
        File.WriteAllText(source, text);
        (int exit, string output) = Oracle.Run("as", "-o", made, source);
        Assert.True(exit == 0, output);
        return made;
    }
}
