using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>The examples as somebody finds them: copied, then tested by what they declare.</summary>
public class ExampleTests
{
    [SkippableTheory]
    [InlineData("web", "./web")]
    [InlineData("mqtt", "./mqtt")]
    [InlineData("kiosk", "./kiosk")]
    [InlineData("router", "./router")]
    [InlineData("python-app", "app-machine")]
    [InlineData("sites", "./sites/berlin")]
    public void Test_Example_DoesWhatItsTestsDeclare(string example, string edition)
    {
        using TemporaryFolder folder = new();
        string work = Example.CopyTo(folder, example);
        StrataProgram.Outcome tested = StrataProgram.Run(
            edition.StartsWith('.') ? Path.GetDirectoryName(work)! : work, "test", edition);
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Matches(@"(\d+) of \1 tests passed", tested.All);
    }

    // BusyBox and systemd start other examples
    [SkippableFact]
    public void Test_SmallSystemUnderOpenRc_HasEverythingStarted()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome tested = StrataProgram.Run(
            folder.Path, "test", Path.Combine(Repository.Root, "benchmarks", "inits", "openrc"));
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("1 of 1 tests passed", tested.All, StringComparison.Ordinal);
    }

    // Its packages, the vendor's archive and the key are made here by the script that lies beside it, and by dpkg and gpg. As the key is
    // new each time, it has no lock: the archive of Debian is one with packages of shipped locks.
    [SkippableFact]
    public void Test_OwnDeb_TakesPackagesOfAFolderAndOfASignedArchive()
    {
        using TemporaryFolder folder = new();
        using MadeArchive vendor = new(); // its server; what it has besides is asked for by nobody
        using MadeArchive debian = DebianOf("web", folder);
        string work = Example.CopyTo(folder, "own-deb");
        (int exitCode, string output) = Oracle.Run("sh", Path.Combine(work, "make-packages.sh"));
        Assert.True(exitCode == 0, output);
        string site = Path.Combine(work, "site");
        foreach (string file in Directory.EnumerateFiles(site, "*", SearchOption.AllDirectories))
        {
            vendor.Files["/" + Path.GetRelativePath(site, file)] = File.ReadAllBytes(file);
        }
        string blueprint = Path.Combine(work, "edition.yaml");
        string text = File.ReadAllText(blueprint);
        Assert.InRange(text.TrimEnd().Split('\n').Length, 1, 40);
        File.WriteAllText(blueprint, text.Replace("http://127.0.0.1:8099", vendor.Address, StringComparison.Ordinal));
        StrataProgram.Outcome tested = StrataProgram.Run(folder.Path, debian.Environment, "test", "./own-deb");
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("1 of 1 tests passed", tested.All, StringComparison.Ordinal);
        Assert.Contains(vendor.Asked, a => a.Path == "/pool/vendor-clock_3.1_amd64.deb");

        StrataProgram.Outcome listed = StrataProgram.Run(folder.Path, debian.Environment, "lock", "./own-deb", "--dry-run");
        Assert.Matches(@"vendor/stable\s+\d{4}-", listed.Output);
        Assert.Matches(@"mine: folder debs\s+-\s+-\s+nobody", listed.Output);

        // somebody else's key
        using SigningKey other = new();
        File.WriteAllBytes(Path.Combine(work, "vendor.asc"), other.Export("--armor"));
        StrataProgram.Outcome refused = StrataProgram.Run(folder.Path, debian.Environment, "lock", "./own-deb");
        Failure.Says(refused, 1, "InRelease of vendor/stable", "key");
    }

    /// <summary>An archive with the packages that an example and NanoLinux lock.</summary>
    private static MadeArchive DebianOf(string example, TemporaryFolder folder)
    {
        string[] blueprints = [Example.CopyTo(folder, example), Path.Combine(Repository.Root, "editions", "nano")];
        foreach (string blueprint in blueprints)
        {
            StrataProgram.Outcome read = StrataProgram.Run(folder.Path, "ledger", blueprint); // which fetches them
            Assert.True(read.ExitCode == 0, read.All);
        }
        MadeArchive archive = new();
        archive.Environment.Remove("STRATA_STORE"); // kernel and tools are unpacked in that of the tests
        archive.Publish(RealPackage.OfLocks(blueprints.Select(b => JsonNode.Parse(File.ReadAllText(Path.Combine(b, "strata.lock")))!)));
        return archive;
    }
}

/// <summary>A folder below <c>examples</c>.</summary>
internal static class Example
{
    /// <summary>Copies it, so that results do not lie among the sources.</summary>
    /// <returns>The copy.</returns>
    public static string CopyTo(TemporaryFolder folder, string example)
    {
        string source = Path.Combine(Repository.Root, "examples", example);
        string target = folder[example];
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return target;
    }
}
