using Strata.Core;
using Strata.Kernel.Sizes;

namespace Strata.Kernel.Tests.Sizes;

public class SymbolSizesTests
{
    private static readonly LinkMap s_map = new([
        new LinkedSection("a.o", SectionKind.Text, 0x1000, 0x40),
        new LinkedSection("b.o", SectionKind.Text, 0x1050, 0x10),
        new LinkedSection("c.o", SectionKind.Bss, 0x2000, 0x100),
    ]);

    [Fact]
    public void Read_Symbols_EndAtTheNextOneOrAtTheirSection()
    {
        const string Text = "0000000000001000 T _text\n0000000000001000 t alias\n0000000000001010 t second\n0000000000001050 T third\n0000000000001060 T _etext\n0000000000002000 b zeros\n";
        Assert.Equal(
            ["zeros b 256 c.o", "second t 48 a.o", "alias t 16 a.o", "third T 16 b.o"],
            SymbolSizes.Read(new StringReader(Text), s_map).Select(s => $"{s.Name} {s.Kind} {s.Size} {s.File}"));
    }

    [Fact]
    public void Read_AbsoluteSymbols_TakeNoRoom() =>
        Assert.Empty(SymbolSizes.Read(new StringReader("0000000000001000 A absolute\n"), s_map));

    [Theory]
    [InlineData("no symbol")]
    [InlineData("0000000000001000 tt name")]
    [InlineData("0000000000001000 t ")]
    [InlineData("zz t name")]
    [InlineData("")]
    public void Read_OtherLine_IsToldWithItsNumber(string line)
    {
        StrataException e = Assert.Throws<StrataException>(() => SymbolSizes.Read(new StringReader("0000000000001000 T ok\n" + line + "\n"), s_map));
        Assert.Contains("line 2", e.Message, StringComparison.Ordinal);
    }
}
