using System.Text.Json;
using Strata.Agent.Updating;
using Strata.Core;
using Strata.Testing.Storage;
using Strata.Testing.Updates;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;
using Xunit.Abstractions;

namespace Strata.Agent.Tests.Updating;

/// <summary>
/// Every state that a power cut can leave of an update with its metadata: what was believed never goes back to an earlier version, and the
/// next update comes to the same end.
/// </summary>
public sealed class MetadataReplayTests(ITestOutputHelper output) : IDisposable
{
    private const int Seeds = 3;
    private static readonly string[] s_roles = ["root", "snapshot", "targets", "timestamp"];

    private static readonly EnumerationOptions s_deep = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    private readonly PublishedSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Update_EachState_BelievesNothingOlder()
    {
        PublishedRelease old = await _site.PublishAsync(1, ("base", "abcd"));
        SampleMachine start = SampleMachine.Built(_site.Objects, old);
        Update(start);
        SampleMachine before = start.Copy();
        PublishedRelease next = await _site.PublishAsync(2, ("base", "abXd"));
        SampleMachine whole = before.Copy();
        Update(whole);
        Dictionary<string, long> least = VersionsOf(before);
        Dictionary<string, long> most = VersionsOf(whole);
        Assert.All(s_roles[1..], r => Assert.True(least[r] < most[r], $"{r} stays at {least[r]}"));
        int states = 0;
        for (int point = 0; point <= whole.Log.Count; point++)
        {
            foreach (CrashStates.Fate fate in Enum.GetValues<CrashStates.Fate>())
            {
                for (int seed = 0; seed < (fate == CrashStates.Fate.Torn ? Seeds : 1); seed++)
                {
                    SampleMachine cut = before.After(whole, point, fate, new Random((point * 100) + seed));
                    Dictionary<string, long> found = VersionsOf(cut);
                    Assert.All(s_roles, r => Assert.True(
                        found[r] >= least[r] && found[r] <= most[r], $"after {point} operations, {fate} {seed}: {r} is {found[r]}"));
                    Update(cut);
                    Assert.True(
                        whole.TextOfWhatCounts == cut.TextOfWhatCounts, $"after {point} operations, {fate} {seed}: it ends otherwise");
                    states++;
                }
            }
        }
        output.WriteLine($"{whole.Log.Count} operations, {states} states");
        Assert.Contains(whole.Boot.List(), i => i.Digest == next.Uki.Digest);
    }

    /// <summary>An older state of what is published, which somebody kept, is refused after any update; nothing is changed by it.</summary>
    [Fact]
    public async Task Update_StateOfYesterday_IsRefused()
    {
        PublishedRelease old = await _site.PublishAsync(1, ("base", "abcd"));
        SampleMachine machine = SampleMachine.Built(_site.Objects, old);
        MemoryStorage yesterday = MemoryStorage.Of(FilesOf(_site.FolderPath), [], []);
        await _site.PublishAsync(2, ("base", "abXd"));
        Update(machine);
        string before = machine.Text;
        StrataException refusal = Assert.Throws<StrataException>(() => Update(machine, new FolderSource(yesterday, "yesterday")));
        Assert.Contains("timestamp goes back from version", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, machine.Text);
    }

    /// <summary>A plan writes nothing, not even what it believes.</summary>
    [Fact]
    public async Task Plan_WritesNothing()
    {
        PublishedRelease old = await _site.PublishAsync(1, ("base", "abcd"));
        SampleMachine machine = SampleMachine.Built(_site.Objects, old);
        await _site.PublishAsync(2, ("base", "abXd"));
        string before = machine.Text;
        UpdateRun run = RunOf(machine, Folder());
        PublishedRelease target = run.Find(_site.Root, old.Release, null, isKept: false);
        Assert.False(run.IsHere(target));
        long bytes = run.Plan(target).Bytes;
        Assert.Equal(before, machine.Text);
        Assert.Empty(machine.Log);
        run = RunOf(machine, Folder());
        run.Apply(run.Find(_site.Root, old.Release, null, isKept: true), again: false);
        Assert.Equal(bytes, run.Fetched); // to the byte
    }

    private static Dictionary<string, long> VersionsOf(SampleMachine machine)
    {
        Dictionary<string, long> versions = new(StringComparer.Ordinal);
        foreach (string role in s_roles)
        {
            byte[]? text = machine.Volume.TryRead($"{DeviceStore.Metadata}/{role}.json", 1 << 20);
            Assert.True(text is not null, $"nothing is believed of {role} any more");
            using JsonDocument document = JsonDocument.Parse(text);
            versions[role] = document.RootElement.GetProperty("signed").GetProperty("version").GetInt64();
        }
        return versions;
    }

    private void Update(SampleMachine machine, IUpdateSource? source = null)
    {
        UpdateRun run = RunOf(machine, source ?? Folder());
        run.Apply(run.Find(_site.Root, machine.Running.Release, null, isKept: true), again: false);
    }

    private UpdateRun RunOf(SampleMachine machine, IUpdateSource source) =>
        new(machine.Store, machine.Boot, source, _site.Clock, SampleMachine.Quiet());

    private FolderSource Folder() => new(MemoryStorage.Of(FilesOf(_site.FolderPath), [], []), "the folder");

    private static IEnumerable<(string, byte[])> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", s_deep).Order(StringComparer.Ordinal)
            .Select(f => (Path.GetRelativePath(folder, f), File.ReadAllBytes(f)));
}
