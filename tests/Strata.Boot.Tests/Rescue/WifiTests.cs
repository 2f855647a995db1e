using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Boot.Tests.Rescue;

/// <summary>NanoLinux with Wi-Fi: what it does without a radio, and the networks that it joins with one that is simulated.</summary>
[Trait("Category", "Slow")]
public sealed class WifiTests(WifiTests.Image image) : IClassFixture<WifiTests.Image>
{
    private static readonly string s_edition = Path.Combine(Repository.Root, "editions/nano-wifi");

    private static IReadOnlyList<EditionTest> Declared => EditionTestFile.Read(Path.Combine(s_edition, "networks.yaml"));

    /// <summary>Names of the tests with an access point.</summary>
    public static TheoryData<string> Names => [.. Declared.Select(t => t.Name)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Menu_WithARadio_DoesWhatItsTestsDeclare(string name) =>
        await RescueImage.PassesAsync(image.Medium, Declared.Single(t => t.Name == name));

    [SkippableFact]
    public void Test_NanoWifi_BootsAndDoesWhatItsTestsDeclare()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "nano-wifi", "--all");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Matches(@"\b(\d+) of \1 tests passed", outcome.Output);
    }

    [Fact]
    public void Edition_HasWhatNanoHas()
    {
        string[] nano = Capabilities(Path.Combine(Repository.Root, "editions/nano/edition.yaml"));
        Assert.Equal([.. nano, "rescue-wifi"], Capabilities(Path.Combine(s_edition, "edition.yaml")));
    }

    private static string[] Capabilities(string path) =>
        [.. File.ReadAllLines(path).Where(l => l.StartsWith("  - ", StringComparison.Ordinal)).Select(l => l[4..])];

    /// <summary>The edition with an access point in it, packed quickly; built once.</summary>
    public sealed class Image() : RescueImage("nano-wifi", WithAccessPoint)
    {
        private const string AccessPoint = """
            capability: access-point
            description: The other end of the air
            packages:
              hostapd:
                programs: [hostapd]
                dependencies: ignore
              libnl-route-3-200:
                files: [/usr/lib/*/libnl-route-3.so.200]
                dependencies: ignore
            """;

        private static string WithAccessPoint(TemporaryFolder folder)
        {
            string blueprint = File.ReadAllText(Path.Combine(s_edition, "edition.yaml"))
                .Replace("initramfs: xz-smallest", "initramfs: xz\nunhandled-scripts: warn", StringComparison.Ordinal) // hostapd's starts it
                .Replace("  image: 32 MiB", "  image: 128 MiB", StringComparison.Ordinal)
                .Replace("  - rescue-wifi\n", "  - rescue-wifi\n  - access-point\n", StringComparison.Ordinal);
            Assert.Contains("  - access-point\n", blueprint, StringComparison.Ordinal);
            Directory.CreateDirectory(folder["nano-wifi/capabilities"]);
            File.WriteAllText(folder["nano-wifi/edition.yaml"], blueprint);
            File.WriteAllText(folder["nano-wifi/capabilities/access-point.yaml"], AccessPoint);
            return "./nano-wifi";
        }
    }
}
