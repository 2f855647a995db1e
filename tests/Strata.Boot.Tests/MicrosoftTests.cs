using Strata.Testing;
using static Strata.Boot.Tests.SecureBootBench;

namespace Strata.Boot.Tests;

/// <summary>What Microsoft signed starts where the owner asked for that, and nowhere else: Debian's shim is what it signed.</summary>
[Collection("guests with layers")]
public class MicrosoftTests
{
    private const string Program = "::/EFI/BOOT/BOOTX64.EFI";

    [SkippableFact]
    [Trait("Category", "Slow")] // four starts of a machine
    public async Task Machine_StartsWhatMicrosoftSigned_WhereItsOwnerSaidSo()
    {
        string? tools = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_TRUST");
        Skip.If(tools is null, "STRATA_TOOLBOX_TRUST is not set; './test' sets it");
        string shim = Path.Combine(tools!, "usr/lib/shim/shimx64.efi.signed");
        using TemporaryFolder folder = new();
        string own = BuildSigned(folder);
        Succeed(StrataProgram.Run(folder.Path, "keys", "enrol", "keys", "--microsoft", "hardware"));
        string both = Build(folder, "both", "--keys", "keys");

        await StartAsync(folder, own, "true", variables: "own-variables");
        await StartAsync(folder, both, "true", variables: "both-variables");
        Overwrite(own, shim, Program);
        Overwrite(both, shim, Program);
        await RefuseAsync(folder, own, "own-variables");
        // it runs, and looks for what it starts next
        string said = await SaysAsync(folder, both, "grubx64|Access Denied|Security Violation|Owned 1 is ready", "both-variables");
        Assert.Contains("grubx64", said, StringComparison.Ordinal);
    }
}
