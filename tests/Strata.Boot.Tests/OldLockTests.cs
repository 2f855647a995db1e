using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A lock that nobody looked at for three months, on an archive that has none of its versions any more.</summary>
public class OldLockTests
{
    /// <summary>From an empty store: everything comes from the archive.</summary>
    [SkippableFact]
    public void Build_LockOfThreeMonthsAgo_BecomesTheImageOfToday()
    {
        byte[] today = BuildToday("container-shell", "container-shell.oci.tar");
        using MadeArchive archive = new();
        string[] moved = MakeOld(archive, "container-shell");
        StrataProgram.Outcome again = archive.Run("build", "./made");
        AssertToldAndReplaced(archive, again, moved, "container-shell");
        Assert.Equal(today, File.ReadAllBytes(archive["out/container-shell/container-shell.oci.tar"]));
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "cannot use the tools of", "strata lock NAME");
    }

    /// <summary>
    /// With a kernel, whose source and compiler are of the old lock too; in the store of the tests, where the kernel of today is compiled.
    /// </summary>
    [SkippableFact]
    public void Run_LockOfThreeMonthsAgoWithAKernel_BootsTheImageOfToday()
    {
        byte[] today = BuildToday("nano", "nano.img");
        using MadeArchive archive = new();
        archive.Environment.Remove("STRATA_STORE");
        string[] moved = MakeOld(archive, "nano");
        StrataProgram.Outcome again = archive.Run("build", "./made");
        AssertToldAndReplaced(archive, again, moved, "nano");
        Assert.Equal(today, File.ReadAllBytes(archive["out/nano/nano.img"]));
        StrataProgram.Outcome started = archive.Run("test", "./made", "--only", "boots");
        Assert.True(started.ExitCode == 0, started.All);
    }

    private static byte[] BuildToday(string edition, string image)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", edition, "--locked");
        Assert.True(built.ExitCode == 0, built.All);
        return File.ReadAllBytes(folder[$"out/{edition}/{image}"]);
    }

    /// <summary>Publishes what a shipped edition's lock names, and makes <c>./made</c> of the edition, with a lock of before.</summary>
    /// <returns>What has to be told of each package, without its end.</returns>
    private static string[] MakeOld(MadeArchive archive, string edition)
    {
        string blueprint = Path.Combine(Repository.Root, "editions", edition);
        Copy(blueprint, archive["made"]);
        JsonNode editionLock = JsonNode.Parse(File.ReadAllText(Path.Combine(blueprint, "strata.lock")))!;
        JsonNode[] parts = [.. RealPackage.Parts.Select(p => editionLock[p]).OfType<JsonNode>()];
        JsonNode[] packages = [.. parts.SelectMany(p => p["packages"]!.AsArray()).Select(p => p!)];
        archive.Publish(RealPackage.OfLocks(editionLock));
        string[] moved = [.. packages.Select(p => $"moved: {p["name"]} {p["version"]}~old → {p["version"]} ").Distinct()];
        foreach (JsonNode package in packages)
        {
            string old = $"{package["version"]}~old";
            package["version"] = old;
            package["filename"] = $"pool/main/{package["name"]}_{old}.deb";
            package["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{package["name"]} {old}")));
        }
        foreach (JsonNode? release in parts.SelectMany(p => p["releases"]!.AsArray()))
        {
            release!["date"] = "2026-06-13T08:00:00Z";
        }
        File.WriteAllText(archive["made/strata.lock"], editionLock.ToJsonString());
        return moved;
    }

    private static void AssertToldAndReplaced(MadeArchive archive, StrataProgram.Outcome outcome, string[] moved, string edition)
    {
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.All(moved, m => Assert.Contains(m, outcome.Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("~old", File.ReadAllText(archive[$"out/{edition}/strata.lock"]), StringComparison.Ordinal);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
