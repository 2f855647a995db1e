using System.Text;
using Strata.Cli.Commands;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Bumping;
using Strata.Machines.Testing;
using Strata.Packages.Locks;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary>Locks and what moved in them, as a person reads it.</summary>
public class LockCommandTests
{
    private static LockedPackage Package(string name, string version, long size, string suite = "trixie") => new()
    {
        Name = name, Version = version, Architecture = "amd64", Suite = suite, Component = "main", Filename = $"pool/{name}_{version}.deb",
            Size = size,
        Sha256 = Sha256Digest.Of(Encoding.UTF8.GetBytes(name + version)), Reason = name,
    };

    private static PackageLock Lock(params LockedPackage[] packages) => new(
        "amd64",
        [.. packages.Select(p => p.Suite).Distinct().Order(StringComparer.Ordinal).Select(s => new LockedRelease(s, new DateTimeOffset(2026,
            11, 1, 0, 0, 0, TimeSpan.Zero), default))],
        new LockedRequest([.. packages.Select(p => p.Name).Order(StringComparer.Ordinal).Select(n => new LockedRoot(n, true))], [], false),
        [.. packages.OrderBy(p => p.Name, StringComparer.Ordinal)]);

    private static readonly PackageLock s_before = Lock(Package("curl", "8", 1000), Package("gone", "1", 5000), Package("same", "1", 7));

    private static readonly PackageLock s_after = Lock(
        Package("curl", "8+deb13u1", 3048, "trixie-security"), Package("new", "2", 100), Package("same", "1", 7));

    private static Desk DeskWithLocks()
    {
        Desk desk = new();
        File.WriteAllBytes(desk["a.lock"], new EditionLock(s_before, s_before).Write());
        File.WriteAllBytes(desk["b.lock"], new EditionLock(s_after, s_before).Write());
        File.WriteAllBytes(desk["a-tools.lock"], PackageLockFile.Write(s_before));
        File.WriteAllBytes(desk["b-tools.lock"], PackageLockFile.Write(s_after));
        return desk;
    }

    [Theory]
    [InlineData("diff a.lock b.lock", "lock-diff", 0)]
    [InlineData("diff b.lock a.lock --exit-code", "lock-diff-back", 1)]
    [InlineData("diff a-tools.lock b-tools.lock", "lock-diff-tools", 0)]
    [InlineData("diff a.lock b.lock --json", "lock-diff.json", 0)]
    [InlineData("diff a.lock a.lock --exit-code", "lock-diff-none", 0)]
    public async Task Diff_Locks_AreCompared(string line, string golden, int code)
    {
        using Desk desk = DeskWithLocks();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal((code, ""), (outcome.ExitCode, outcome.Errors));
        Golden.Same(golden, outcome.Output);
    }

    [Theory]
    [InlineData("diff a.lock nano", "cannot compare a.lock with nano: nano is no lock, and a lock can be compared with another one only")]
    [InlineData("diff nano a.lock", "cannot compare nano with a.lock: nano is no lock, and a lock can be compared with another one only")]
    [InlineData("diff a.lock none.lock",
        "cannot compare a.lock with none.lock: none.lock is no lock, and a lock can be compared with another one only")]
    [InlineData("diff a.lock b-tools.lock",
        "cannot compare a.lock with b-tools.lock: one is the lock of an edition, the other of a set of tools")]
    [InlineData("diff a-tools.lock b.lock",
        "cannot compare a-tools.lock with b.lock: one is the lock of an edition, the other of a set of tools")]
    [InlineData("lock", "cannot tell what to lock")]
    [InlineData("lock nano --all", "cannot tell what to lock")]
    public async Task Locks_OfTwoKinds_AreRefused(string line, string problem)
    {
        using Desk desk = DeskWithLocks();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal((2, "error: " + problem), (outcome.ExitCode, outcome.Said[0]));
    }

    [Fact]
    public void Print_OnePackage_IsOne()
    {
        LockChangeRow row = new("guest", "curl", "1", "2", false, 500, 400);
        Assert.Equal("1 package changed; -100 B to fetch", Desk.Caught(() => LockCommand.Print([row])).Lines[^1]);
        Assert.Equal("2 packages changed, 1 of them for security; +0 B to fetch",
            Desk.Caught(() => LockCommand.Print([row, row with { Security = true, BytesBefore = 400, BytesAfter = 500 }])).Lines[^1]);
    }

    private static readonly SuiteRow s_suite = new(
        "trixie", new DateTimeOffset(2026, 11, 21, 11, 13, 0, TimeSpan.FromHours(2)), new DateTimeOffset(2026, 11, 28, 9, 13, 59,
            TimeSpan.Zero), ["AB", "CD"],
        ["debian"]);

    [Fact]
    public void ToString_Suite_IsInUtc()
    {
        Assert.Equal("made 2026-11-21 09:13, valid until 2026-11-28 09:13, signed by AB, CD", s_suite.ToString());
        Assert.Equal("made -, does not say how long it is valid, signed by nobody; the lock has a digest of each file",
            (s_suite with { Date = null, ValidUntil = null, Keys = [] }).ToString());
    }

    [Fact]
    public void Print_Summary_ShowsArchivesOfOneEditionOnly()
    {
        LockRow row = new("made", "made/strata.lock", false, true, 3, 2048, "the image will have 5 MiB", [new("guest", "curl", "1", "2",
            true, 5, 6)],
            [s_suite, new("mine: folder debs", null, null, [], [])]);
        Golden.Same("lock", Desk.Caught(() => LockCommand.Print(new LockSummary([row]))).Output);
        Golden.Same("lock-several", Desk.Caught(() => LockCommand.Print(new LockSummary(
            [row with { Written = false }, row with { IsNew = true, Written = false, Changes = [], Forecast = null }]))).Output);
    }

    [Theory]
    [InlineData(null, false, "nothing")]
    [InlineData("a test failed", false, "refused")]
    public void Bump_Result_HasItsWord(string? refused, bool json, string word)
    {
        EditionTestReport tests = new([
            new("boots", true, 1000, "log", [new("start", StepOutcome.Passed, 1240, "", [])]),
            new("fails", false, 1, "log", [new("run: x", StepOutcome.Failed, 50, "it said no", ["one", "two"]), new("run: y",
                StepOutcome.NotRun, 0, "", [])]),
        ]);
        BumpResult bumped = new([.. LockParts.Between(new EditionLock(s_before, s_before), new EditionLock(s_after, s_before))])
        {
            Refused = refused, Tests = tests,
        };
        BumpSummary summary = BumpCommand.SummaryOf(bumped, ["CHANGES.md"]);
        Assert.Equal((word, 1, 2, 3, json), (summary.Outcome, summary.TestsPassed, summary.Tests, summary.Changes.Count, false));
        string[] said = Desk.Caught(() => BumpCommand.Print(bumped, ["CHANGES.md"])).Lines;
        Assert.Equal(["1 of 2 tests passed", "CHANGES.md"], said[^2..]);
        Golden.Same("test", Desk.Caught(() => TestCommand.Print(tests, "out/made/test")).Output);
    }
}
