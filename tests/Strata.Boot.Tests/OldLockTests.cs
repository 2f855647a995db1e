using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A lock that nobody looked at for three months, on an archive that has none of its versions any more.</summary>
public class OldLockTests
{
    [SkippableFact]
    public void Build_LockOfThreeMonthsAgo_BecomesTheImageOfToday()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "container-shell", "--locked");
        Assert.True(built.ExitCode == 0, built.All);
        byte[] today = File.ReadAllBytes(folder["out/container-shell/container-shell.oci.tar"]);

        using MadeArchive archive = new();
        string blueprint = Path.Combine(Repository.Root, "editions/container-shell");
        File.Copy(Path.Combine(blueprint, "edition.yaml"), archive["made/edition.yaml"], overwrite: true);
        JsonNode editionLock = JsonNode.Parse(File.ReadAllText(Path.Combine(blueprint, "strata.lock")))!;
        JsonNode[] packages = [.. new[] { "guest", "tools" }.SelectMany(p => editionLock[p]!["packages"]!.AsArray()).Select(p => p!)];
        archive.Publish([.. packages.DistinctBy(p => (string?)p["sha256"]).Select(ReadPackage)]);
        string[] versions = [.. packages.Select(p => $"{p["name"]} {p["version"]}~old → {p["version"]} ").Distinct()];
        foreach (JsonNode package in packages)
        {
            string old = $"{package["version"]}~old";
            package["version"] = old;
            package["filename"] = $"pool/main/{package["name"]}_{old}.deb";
            package["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{package["name"]} {old}")));
        }
        foreach (JsonNode? release in new[] { "guest", "tools" }.SelectMany(p => editionLock[p]!["releases"]!.AsArray()))
        {
            release!["date"] = "2026-06-13T08:00:00Z";
        }
        File.WriteAllText(archive["made/strata.lock"], editionLock.ToJsonString());

        StrataProgram.Outcome again = archive.Run("build", "./made");
        Assert.True(again.ExitCode == 0, again.All);
        foreach (string version in versions)
        {
            Assert.Contains($"moved: {version}", again.Errors, StringComparison.Ordinal);
        }
        Assert.Equal(today, File.ReadAllBytes(archive["out/container-shell/container-shell.oci.tar"]));
        Assert.DoesNotContain("~old", File.ReadAllText(archive["out/container-shell/strata.lock"]), StringComparison.Ordinal);
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "cannot use the tools of", "strata lock NAME");
    }

    private static RealPackage ReadPackage(JsonNode package)
    {
        string digest = (string)package["sha256"]!;
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(Environment.GetEnvironmentVariable("HOME")!, ".cache");
        string store = Environment.GetEnvironmentVariable("STRATA_STORE") is { Length: > 0 } own ? own : Path.Combine(home, "strata");
        string file = Path.Combine(store, "cas", digest[..2], digest);
        (int exitCode, string control) = Oracle.Run("dpkg-deb", "-f", file);
        Assert.True(exitCode == 0, control);
        byte[] content = File.ReadAllBytes(file);
        Assert.Equal(long.Parse(package["size"]!.ToString(), CultureInfo.InvariantCulture), content.Length);
        return new RealPackage((string)package["suite"]!, (string)package["filename"]!, control, content);
    }
}
