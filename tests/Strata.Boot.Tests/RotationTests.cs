using Strata.Testing;
using static Strata.Boot.Tests.SecureBootBench;

namespace Strata.Boot.Tests;

/// <summary>A machine in the field learns a new key from its running system, starts what it signed, and forgets the old one.</summary>
[Collection("guests with layers")]
public class RotationTests
{
    // as docs/secure-boot.md tells owners
    private const string Capability = """
        requires: [console]
        packages:
          e2fsprogs: {programs: [chattr]}
        kernel:
          modules: [virtio_blk, vfat, nls_ascii, nls_cp437, nls_utf8, efivarfs]

        """;

    private const string Database = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";

    private const string Look = "modprobe virtio_blk; mkdir -p /boot; mount -t vfat /dev/vda1 /boot; "
        + "mount -t efivarfs efivarfs /sys/firmware/efi/efivars; cd /sys/firmware/efi/efivars; ";

    private const string Believed = "echo believes $(strings db-* | grep -o 'Anna db\\(-[0-9]\\)\\?' | sort -u)";

    [SkippableFact]
    [Trait("Category", "Slow")] // seven starts of a machine
    public async Task Machine_ThatLearnsANewKey_StartsWhatItSignsAndForgetsTheOldOne()
    {
        using TemporaryFolder folder = new();
        string old = BuildSigned(folder, Capability);
        Succeed(StrataProgram.Run(folder.Path, "keys", "rotate", "keys", "db"));
        Copy(old, folder["keys/enrol/db.auth"], "::/db.auth");
        Succeed(StrataProgram.Run(folder.Path, "keys", "rotate", "keys", "db", "--switch"));
        string renewed = Build(folder, "renewed", "--keys", "keys");
        Succeed(StrataProgram.Run(folder.Path, "keys", "rotate", "keys", "db", "--retire"));
        Copy(renewed, folder["keys/enrol/db.auth"], "::/db.auth");
        Copy(renewed, folder["keys/enrol/dbx.auth"], "::/dbx.auth");

        // it learns the old key at its first start; what the new one signs does not start yet
        (string text, int resets) = await StartAsync(folder, old, Look + Believed);
        Assert.Equal(1, resets);
        Assert.EndsWith("believes Anna db", text.TrimEnd(), StringComparison.Ordinal);
        await RefuseAsync(folder, renewed);

        // it is told of the new key, and starts what either signed
        (text, _) = await StartAsync(folder, old, Look + Told("db") + Believed);
        Assert.Contains("ended with 0", text, StringComparison.Ordinal);
        Assert.EndsWith("believes Anna db Anna db-2", text.TrimEnd(), StringComparison.Ordinal);
        await StartAsync(folder, old, "true");

        // it is told that the old key is retired
        (text, _) = await StartAsync(folder, renewed, Look + Told("db") + Believed);
        Assert.Contains("ended with 0", text, StringComparison.Ordinal);
        Assert.EndsWith("believes Anna db-2", text.TrimEnd(), StringComparison.Ordinal);
        await RefuseAsync(folder, old);
        await StartAsync(folder, renewed, "true");
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Machine_WhoseDbKeepsTheOldKey_ForgetsItByDbx()
    {
        using TemporaryFolder folder = new();
        string old = BuildSigned(folder, Capability);
        Succeed(StrataProgram.Run(folder.Path, "keys", "rotate", "keys", "db"));
        Succeed(StrataProgram.Run(folder.Path, "keys", "rotate", "keys", "db", "--switch"));
        string renewed = Build(folder, "renewed", "--keys", "keys"); // enrols both
        Succeed(StrataProgram.Run(folder.Path, "keys", "rotate", "keys", "db", "--retire"));
        Copy(renewed, folder["keys/enrol/dbx.auth"], "::/dbx.auth");
        await StartAsync(folder, renewed, "true");
        await StartAsync(folder, old, "true");
        (string text, _) = await StartAsync(folder, renewed, Look + Told("dbx"));
        Assert.Contains("ended with 0", text, StringComparison.Ordinal);
        await RefuseAsync(folder, old);
        await StartAsync(folder, renewed, "true");
    }

    private static string Told(string variable) =>
        $"printf '\\047\\000\\000\\000' | cat - /boot/{variable}.auth >/run/told; chattr -i {variable}-{Database}; "
        + $"dd if=/run/told of={variable}-{Database} bs=64k; echo ended with $?; ";
}
