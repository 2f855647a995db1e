using Strata.Core;
using Strata.Kernel.Hardware;
using Strata.Kernel.Sizes;

namespace Strata.Kernel.Tests.Sizes;

/// <summary>
/// Names of sections (include/asm-generic/vmlinux.lds.h), aliases (fnmatch(3)) and symbols (nm(1)), each kind and each edge
/// apart.
/// </summary>
public class SizeEdgeTests
{
    [Theory]
    [InlineData(".text", SectionKind.Text)]
    [InlineData(".head.text", SectionKind.Text)]
    [InlineData(".sched.text", SectionKind.Text)]
    [InlineData(".init.text", SectionKind.Init)]
    [InlineData(".init.data", SectionKind.Init)]
    [InlineData(".exit.text", SectionKind.Init)]
    [InlineData(".altinstructions", SectionKind.Init)]
    [InlineData(".altinstr_replacement", SectionKind.Init)]
    [InlineData(".smp_locks", SectionKind.Init)]
    [InlineData(".x86_cpu_dev.init", SectionKind.Init)]
    [InlineData(".parainstructions", SectionKind.Init)]
    [InlineData(".retpoline_sites", SectionKind.Init)]
    [InlineData(".return_sites", SectionKind.Init)]
    [InlineData(".call_sites", SectionKind.Init)]
    [InlineData(".ibt_endbr_seal", SectionKind.Init)]
    [InlineData(".apicdrivers", SectionKind.Init)]
    [InlineData(".iommu_table", SectionKind.Init)]
    [InlineData(".data", SectionKind.Data)]
    [InlineData(".data..percpu", SectionKind.Data)]
    [InlineData(".vvar", SectionKind.Data)]
    [InlineData(".ref.data", SectionKind.Data)]
    [InlineData(".bss", SectionKind.Bss)]
    [InlineData(".brk", SectionKind.Bss)]
    [InlineData("COMMON", SectionKind.Bss)]
    [InlineData(".rodata", SectionKind.ReadOnly)]
    [InlineData("__ksymtab", SectionKind.ReadOnly)]
    [InlineData(".orc_unwind", SectionKind.ReadOnly)]
    [InlineData(".notes", SectionKind.ReadOnly)]
    public void KindOf_Section_IsWhereItLies(string section, SectionKind expected) => Assert.Equal(expected, LinkMap.KindOf(section));

    [Theory]
    [InlineData(".comment")]
    [InlineData(".debug_info")]
    [InlineData(".stab")]
    [InlineData(".symtab")]
    [InlineData(".strtab")]
    [InlineData(".shstrtab")]
    [InlineData(".rela.text")]
    [InlineData(".discard.addressable")]
    [InlineData(".modinfo")]
    [InlineData(".export_symbol")]
    [InlineData(".gnu.hash")]
    [InlineData(".note.gnu.property")]
    [InlineData(".got.plt")]
    [InlineData(".plt")]
    [InlineData(".line")]
    [InlineData(".llvm_addrsig")]
    [InlineData("/DISCARD/")]
    public void KindOf_SectionThatReachesNoMemory_IsNone(string section) => Assert.Null(LinkMap.KindOf(section));

    [Theory]
    [InlineData("x[a-c]", "xa", true)]
    [InlineData("x[a-c]", "xb", true)]
    [InlineData("x[a-c]", "xc", true)]
    [InlineData("x[a-c]", "xd", false)]
    [InlineData("x[a-c]", "x`", false)]
    [InlineData("x[a-c]", "x-", false)]
    [InlineData("x[a-]", "x-", true)] // at the end of a set it is itself
    [InlineData("x[a-]", "xb", false)]
    [InlineData("x[!a-c]", "xd", true)]
    [InlineData("x[!a-c]", "xb", false)]
    [InlineData("x[^a]", "xa", false)]
    [InlineData("x[^a]", "xb", true)]
    [InlineData("x[!]]", "x]", false)]
    [InlineData("x[!]]", "xa", true)]
    [InlineData("x[ab]", "x", false)]
    [InlineData("x[a][b]c", "xabc", true)]
    [InlineData("a_b", "a-b", true)]
    [InlineData("a-b", "a_b", true)]
    [InlineData("a-b", "a+b", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("*a", "aaa", true)]
    [InlineData("*ab", "aab", true)] // the star gives back what it took
    [InlineData("a**", "a", true)]
    [InlineData("a*?", "a", false)]
    public void Matches_SetsAndStars_AtTheirEdges(string pattern, string alias, bool expected) => Assert.Equal(expected,
        AliasPattern.Matches(pattern, alias));

    [Fact]
    public void Matches_Longest_IsStillCompared()
    {
        string text = new('a', 4096);
        Assert.True(AliasPattern.Matches(text, text));
        Assert.True(AliasPattern.Matches("*", text));
        Assert.False(AliasPattern.Matches(text + "*", text));
        Assert.False(AliasPattern.Matches("*", text + "a"));
    }

    [Fact]
    public void Find_PatternForAnyBus_IsLookedAtToo()
    {
        ModuleAliases aliases = new();
        aliases.ReadText(new StringReader(
            "alias acpi*:PNP0C0A:* battery\nalias pci:v1* one-two\nalias pci:v1* one_two\nalias pci:v* zed\nalias a b c:d spaced\n"));
        Assert.Equal(["battery"], aliases.Find("acpi:PNP0C0A:"));
        Assert.Equal(["one_two", "zed"], aliases.Find("pci:v1"));
        Assert.Equal(["spaced"], aliases.Find("b c:d".Insert(0, "a ")));
        Assert.Empty(aliases.Find("usb:v1"));
        Assert.Equal(5, aliases.Count);
    }

    private static readonly LinkMap s_map = new([
        new LinkedSection("a.o", SectionKind.Text, 0x1000, 0x10),
        new LinkedSection(LinkMap.Padding, SectionKind.Text, 0x1010, 0x10),
        new LinkedSection("b.o", SectionKind.Text, 0x1020, 0x10),
    ]);

    [Theory]
    [InlineData("0000000000001000 t a", "a 16 a.o")]
    [InlineData("000000000000100f t a", "a 1 a.o")] // the last byte of its section
    [InlineData("0000000000001010 t a", "")] // padding is nobody's
    [InlineData("0000000000000fff t a", "")]
    [InlineData("000000000000102f t a", "a 1 b.o")]
    [InlineData("0000000000001030 t a", "")]
    [InlineData("0000000000001000 t _a\n0000000000001000 t a", "a 16 a.o")] // a mark of the linker script comes last
    [InlineData("0000000000001000 t a\n0000000000001000 T b", "b 16 a.o")] // what others see first
    [InlineData("0000000000001000 T b\n0000000000001000 t a", "b 16 a.o")]
    [InlineData("0000000000001008 t b\n0000000000001000 t a", "a 8 a.o,b 8 a.o")]
    [InlineData("0000000000001000 A a", "")]
    [InlineData("0000000000001000 a a", "")]
    [InlineData("0000000000001000 U a", "")]
    [InlineData("0000000000001000 u a", "")]
    [InlineData("0000000000001000 w a", "")]
    [InlineData("0000000000001000 v a", "")]
    [InlineData("0000000000001000 W a", "a 16 a.o")]
    public void Read_Symbol_EndsWithItsSection(string text, string expected) => Assert.Equal(
        expected, string.Join(',', SymbolSizes.Read(new StringReader(text + "\n"), s_map).Select(s => $"{s.Name} {s.Size} {s.File}")));

    [Theory]
    [InlineData(16384, true)]
    [InlineData(16385, false)]
    public void Read_MapWithLongLine_LastAllowedAndFirstRefused(int length, bool allowed)
    {
        string text = "Linker script and memory map\n.text 0x0 0x10\n" + " .text 0x0 0x4 a.o".PadRight(length) + "\n";
        if (allowed)
        {
            Assert.Single(LinkMapReader.Read(new StringReader(text)).Sections);
        }
        else
        {
            Assert.Throws<StrataException>(() => LinkMapReader.Read(new StringReader(text)));
        }
    }

    [Theory]
    [InlineData(" .text 0x100 0x10 a.o", "a.o 16")]
    [InlineData(" .text 0x10f 0x10 a.o", "a.o 16")] // begins before the end
    [InlineData(" .text 0x110 0x10 a.o", "")] // and behind it stand texts merged into another object's
    [InlineData(" .text 0x100 0x8 a.o\n .text 0x104 0x8 b.o", "b.o 8")] // two at one place: the first is not there
    [InlineData(" .text 0x100 0x8 a.o\n .text 0x108 0x8 b.o", "a.o 8,b.o 8")]
    [InlineData(" .text 0x100 0x8 dir/lib.a(sub/x.o)", "sub/x.o 8")]
    [InlineData(" .text 0x100 0x8 dir/lib.a(x.o)", "dir/x.o 8")]
    [InlineData(" .text 0x100 0x8 lib.a(x.o)", "x.o 8")]
    [InlineData(" .text 0x100 0x8 my file.o", "my file.o 8")]
    [InlineData("LOAD x\n .text 0x100 0x8 a.o", "")]
    [InlineData("OUTPUT(x)\n .text 0x100 0x8 a.o", "")]
    public void Read_Pieces_AtTheEdgesOfTheirSection(string lines, string expected) => Assert.Equal(expected, string.Join(',',
        LinkMapReader.Read(new StringReader($"Linker script and memory map\n.text 0x100 0x10\n{lines}\n")).Sections.Select(s =>
            $"{s.File} {s.Size}")));
}
