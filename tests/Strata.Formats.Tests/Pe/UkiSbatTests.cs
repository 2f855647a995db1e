using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

/// <summary>
/// Which SBAT lines a UKI has: those of its stub, of its kernel and its own, each once, shim's own first (SBAT.md of shim).
/// </summary>
public class UkiSbatTests
{
    private const string First = "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n";

    /// <summary>A program whose last section is .sbat with such a text; at most the 512 bytes that it has.</summary>
    private static byte[] With(string text, params string[] before)
    {
        byte[] program = TinyPe.Program(1024, 0, [.. before, ".text", ".sbat"]);
        int sections = before.Length + 2;
        Span<byte> section = program.AsSpan(1024 + (512 * (sections - 1)));
        section.Clear();
        Encoding.Latin1.GetBytes(text, section);
        BinaryPrimitives.WriteInt32LittleEndian(program.AsSpan(0x40 + 24 + 240 + (40 * (sections - 1)) + 8), text.Length);
        return program;
    }

    private static async Task<string> LinesAsync(byte[] stub, UkiContent kernel, params string[] own) => PePrograms.Text(
        await PePrograms.WriteAsync(PePrograms.Uki(stub) with { Linux = kernel, Sbat = own }), ".sbat").TrimEnd('\0');

    [Fact]
    public async Task Lines_OfAllParts_StandOnceInTheirOrder()
    {
        byte[] stub = With("sbat,1,x,x,1,u\nstub,1,S,s,1,u\nboth,1,B,b,1,u\n");
        UkiContent kernel = UkiContent.Of(KernelWith("sbat,1,x,x,1,u\nboth,1,B,b,1,u\nlinux,2,L,l,1,u\n"));
        Assert.Equal(
            First + "stub,1,S,s,1,u\nboth,1,B,b,1,u\nlinux,2,L,l,1,u\nown,1,O,o,1,u\n",
            await LinesAsync(stub, kernel, "own,1,O,o,1,u", "both,1,B,b,1,u"));
        Assert.Equal(First + "linux,2,L,l,1,u\n", await LinesAsync(TinyPe.Program(),
            UkiContent.Of(KernelWith("sbat,1,x,x,1,u\nlinux,2,L,l,1,u\n"))));
        Assert.Equal("sbat,1,x,x,1,u\nstub,1,S,s,1,u\n", await LinesAsync(With("sbat,1,x,x,1,u\nstub,1,S,s,1,u\n"),
            UkiContent.Of(TinyPe.Kernel())));
    }

    [Fact]
    public async Task Lines_OfAKernelThatOnlyStreams_AreFoundToo()
    {
        byte[] kernel = KernelWith("sbat,1,x,x,1,u\nlinux,2,L,l,1,u\n");
        UkiContent streamed = new(kernel.Length, () => new OneWay(kernel));
        Assert.Equal(First + "linux,2,L,l,1,u\n", await LinesAsync(TinyPe.Program(), streamed));
    }

    [Theory]
    [InlineData("sbat,\x7F\n")]
    [InlineData("sbat,\t\n")]
    [InlineData("sbat;1\n")]
    [InlineData("xsbat,1\n")]
    public void Lines_ThatAreNone_AreRefused(string text)
    {
        UkiConfig config = PePrograms.Uki(With(text)) with { Sbat = ["own,1,O,o,1,u"] };
        Assert.StartsWith(
            "cannot make a UKI: the stub's SBAT lines cannot be read: ", Assert.Throws<StrataException>(() =>
                UkiPlan.Create(config)).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<StrataException>(() => UkiPlan.Create(PePrograms.Uki() with { Linux = UkiContent.Of(KernelWith(text)) }));
    }

    /// <summary>The stub's section has 512 bytes in the file.</summary>
    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public async Task Lines_ThatFillTheStubsSection_FitExactly(int length, bool fits)
    {
        string own = "own,1,O,o,1," + new string('u', length - First.Length - "own,1,O,o,1,\n".Length);
        byte[] stub = With("sbat,1,x,x,1,u\n");
        if (fits)
        {
            Assert.Equal(First + own + "\n", await LinesAsync(stub, UkiContent.Of(TinyPe.Kernel()), own));
            return;
        }
        StrataException e = Assert.Throws<StrataException>(() => UkiPlan.Create(PePrograms.Uki(stub) with { Sbat = [own] }));
        Assert.Equal("cannot make a UKI: 513 bytes of SBAT lines do not fit the stub's section of 512 bytes", e.Message);
    }

    private static byte[] KernelWith(string text)
    {
        byte[] kernel = With(text);
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(0x206), 0x20F);
        return kernel;
    }

    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
