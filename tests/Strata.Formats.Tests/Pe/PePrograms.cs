using System.Text;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

/// <summary>Unified kernel images of made programs, and the real stub where it is installed.</summary>
internal static class PePrograms
{
    /// <summary>systemd's stub: that of <c>STRATA_TEST_STUB</c>, or the installed one.</summary>
    public static string StubPath { get; } = Environment.GetEnvironmentVariable("STRATA_TEST_STUB") is { Length: > 0 } given
        ? given
        : "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";

    public static UkiConfig Uki(byte[]? stub = null) => new()
    {
        Stub = stub ?? TinyPe.Program(),
        Linux = UkiContent.Of(TinyPe.Kernel()),
        Initrd = UkiContent.Of(Enumerable.Range(0, 5000).Select(i => (byte)(i & 0xFF)).ToArray()),
        CommandLine = "console=ttyS0 quiet",
        OsRelease = "ID=strata\n",
        Uname = "6.12.0-strata",
    };

    public static async Task<byte[]> WriteAsync(UkiConfig config)
    {
        UkiPlan plan = UkiPlan.Create(config);
        using MemoryStream output = new();
        await UkiWriter.WriteAsync(plan, output);
        Assert.Equal(plan.Size, output.Length);
        return output.ToArray();
    }

    public static PeImage Read(byte[] file) => PeImage.Read(new MemoryStream(file));

    public static string Text(byte[] file, string section) =>
        Encoding.UTF8.GetString(PeImage.ReadSection(new MemoryStream(file), Read(file).Sections.Single(s => s.Name == section), 1 << 20));
}
