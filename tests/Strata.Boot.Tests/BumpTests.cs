using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary><c>strata bump</c> on an archive of its own, whose one package gets newer.</summary>
public sealed class BumpTests : IDisposable
{
    private readonly MadeArchive _archive = new();

    public void Dispose() => _archive.Dispose();

    [SkippableFact]
    public void Bump_PackageThatIsNewer_IsKeptOnlyWhenAllIsWell()
    {
        WriteEdition(budget: "1 MiB");
        Publish("1.0", "old");
        Failure.Says(_archive.Run("bump", "./made"), 1, "cannot bump made: it has no lock that could move", "strata lock made");
        Assert.Equal(0, _archive.Run("build", "./made").ExitCode); // and so the packages of before are in the store
        StrataProgram.Outcome nothing = _archive.Run("bump", "./made");
        Assert.True(nothing.ExitCode == 0, nothing.All);
        Assert.Equal("no package changed\n", nothing.Output);
        Assert.False(File.Exists(_archive["out/made/CHANGES.md"]));

        Publish("2.0", "new");
        StrataProgram.Outcome moved = _archive.Run("bump", "./made", "--json");
        Assert.True(moved.ExitCode == 0, moved.All);
        JsonNode told = JsonNode.Parse(moved.Output)!;
        Assert.Equal("moved", (string)told["outcome"]!);
        Assert.Equal(("thing", "1.0", "2.0"), OnlyChange(told));
        string notes = File.ReadAllText(_archive["out/made/CHANGES.md"]);
        Assert.Contains("thing", notes, StringComparison.Ordinal);
        Assert.Contains("2.0", notes, StringComparison.Ordinal);
        Assert.True(File.Exists(_archive["out/made/made.cdx.json"]));
        string kept = File.ReadAllText(_archive["made/strata.lock"]);
        Assert.Contains("thing_2.0.deb", kept, StringComparison.Ordinal);

        WriteEdition(budget: "2 KiB");
        Publish("3.0", string.Concat(Enumerable.Range(0, 4000).Select(n => $"{n * 7919L % 10007:x} ")));
        StrataProgram.Outcome refused = _archive.Run("bump", "./made");
        Failure.Says(refused, 1, "its budget is 2.00 KiB");
        Assert.Contains("strata.lock is as it was", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllText(_archive["made/strata.lock"]));
    }

    /// <summary>With an edition that boots: what moved is kept when its tests pass in a guest, and not when one fails.</summary>
    [SkippableFact]
    [Trait("Category", "Slow")] // starts some twenty guests: the search for the least memory
    public void Bump_EditionThatBoots_IsTestedAndMeasuredInGuests()
    {
        File.WriteAllText(
            _archive["made/edition.yaml"],
            "edition: made\ntitle: Made\nversion: \"1\"\ndescription: For a test\nkernel: debian-cloud\ninit: busybox\n"
            + "capabilities: [console, tool]\ncommand-line: console=ttyS0,115200 quiet panic=10\n");
        File.WriteAllText(_archive["made/capabilities/tool.yaml"], "capability: tool\ndescription: For a test\npackages:\n  thing: {}\n");
        File.WriteAllText(
            _archive["made/tests.yaml"],
            "format: 1\ntests:\n  - name: boots\n    ready: Made 1 is ready.\n    within: 240\n    steps:\n"
            + "      - run: cat /usr/share/thing\n        expect: {contains: good}\n");
        const string Lock = "examples/mqtt/strata.lock"; // has the kernel and what 'console' takes
        _archive.Environment.Remove("STRATA_STORE"); // QEMU is in that of the tests, and not in the archive
        using TemporaryFolder folder = new();
        StrataProgram.Outcome fetched = StrataProgram.Run(Example.CopyTo(folder, "mqtt"), "build", "."); // into the store
        Assert.True(fetched.ExitCode == 0, fetched.All);
        Publish("1.0", "good", Lock);
        StrataProgram.Outcome built = _archive.Run("build", "./made");
        Assert.True(built.ExitCode == 0, built.All);

        Publish("2.0", "good too", Lock);
        StrataProgram.Outcome moved = _archive.Run("bump", "./made", "--json");
        Assert.True(moved.ExitCode == 0, moved.All);
        JsonNode told = JsonNode.Parse(moved.Output)!;
        Assert.Equal(("moved", 1, 1), ((string)told["outcome"]!, (int)told["tests-passed"]!, (int)told["tests"]!));
        Assert.Equal(("thing", "1.0", "2.0"), OnlyChange(told));
        Assert.Contains("2.0", File.ReadAllText(_archive["out/made/CHANGES.md"]), StringComparison.Ordinal);
        string history = Directory.GetFiles(_archive["made"], "*.jsonl").Single();
        Assert.Contains("\"least\"", File.ReadAllText(history), StringComparison.OrdinalIgnoreCase);
        string kept = File.ReadAllText(_archive["made/strata.lock"]);
        string measured = File.ReadAllText(history);

        Publish("3.0", "bad", Lock);
        Failure.Says(_archive.Run("bump", "./made"), 1, "cannot keep the moved lock: a test failed", "strata test");
        Assert.Equal((kept, measured), (File.ReadAllText(_archive["made/strata.lock"]), File.ReadAllText(history)));
    }

    /// <summary>A container edition is tested as what it is.</summary>
    [SkippableFact]
    public void Bump_ContainerEdition_IsTestedAsAContainer()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome fetched = StrataProgram.Run(folder.Path, "test", "container-shell"); // and so all of it is in the store
        Assert.True(fetched.ExitCode == 0, fetched.All);
        _archive.Environment.Remove("STRATA_STORE");
        const string Lock = "editions/container-shell/strata.lock";
        File.WriteAllText(
            _archive["made/edition.yaml"],
            "edition: made\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [shell, tool]\n");
        File.WriteAllText(_archive["made/capabilities/tool.yaml"], "capability: tool\ndescription: For a test\npackages:\n  thing: {}\n");
        File.WriteAllText(
            _archive["made/tests.yaml"],
            "format: 1\ntests:\n  - name: says-so\n    container: {command: [/bin/cat, /usr/share/thing]}\n"
            + "    steps: [{ends: 0, expect: {contains: good}}]\n");
        Publish("1.0", "good", Lock);
        StrataProgram.Outcome built = _archive.Run("build", "./made");
        Assert.True(built.ExitCode == 0, built.All);

        Publish("2.0", "good too", Lock);
        StrataProgram.Outcome moved = _archive.Run("bump", "./made", "--json");
        Assert.True(moved.ExitCode == 0, moved.All);
        JsonNode told = JsonNode.Parse(moved.Output)!;
        Assert.Equal(("moved", 1, 1), ((string)told["outcome"]!, (int)told["tests-passed"]!, (int)told["tests"]!));
        string kept = File.ReadAllText(_archive["made/strata.lock"]);

        Publish("3.0", "bad", Lock);
        Failure.Says(_archive.Run("bump", "./made"), 1, "cannot keep the moved lock: a test failed", "strata test");
        Assert.Equal(kept, File.ReadAllText(_archive["made/strata.lock"]));
    }

    private static (string, string, string) OnlyChange(JsonNode told)
    {
        JsonNode change = Assert.Single(told["changes"]!.AsArray())!;
        return ((string)change["package"]!, (string)change["before"]!, (string)change["after"]!);
    }

    private void WriteEdition(string budget)
    {
        File.WriteAllText(
            _archive["made/edition.yaml"],
            "edition: made\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [tool]\n"
            + $"budget: {{image: {budget}}}\n");
        File.WriteAllText(_archive["made/capabilities/tool.yaml"], "capability: tool\ndescription: For a test\npackages:\n  thing: {}\n");
    }

    // the tools that shape every image, and the one package of the edition
    private void Publish(string version, string content, string? more = null)
    {
        JsonNode tools = JsonNode.Parse(Repository.Read(more ?? "editions/container-static/strata.lock"))!;
        byte[] package = new DebBuilder("thing", version).File("/usr/share/thing", content).Build();
        _archive.Publish(
        [
            .. RealPackage.OfLocks(more is null ? new JsonObject { ["tools"] = tools["tools"]!.DeepClone() } : tools),
            new RealPackage(
                "trixie", $"pool/main/thing_{version}.deb",
                $"Package: thing\nVersion: {version}\nArchitecture: amd64\nDescription: made", package),
        ]);
    }
}
