using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;

namespace Strata.Packages.Tests.Locks;

public sealed class ArchiveSetTests : IDisposable
{
    private readonly FakeArchive _archive = new();

    public void Dispose() => _archive.Dispose();

    /// <summary>All indexes are there: it is the choice itself that stops.</summary>
    [Fact]
    public async Task LockAsync_Cancelled_DoesNotChoose()
    {
        _archive.AddSuite("trixie", "one 1 | Depends: two\ntwo 1");
        ArchiveSet archives = await ArchiveSet.OpenAsync(
            [new ArchiveSuite(new Uri(FakeArchive.Root), "trixie", ["main"])], "amd64", installerPackages: false, new ArchiveAccess
            {
                Downloader = _archive, Store = _archive.Store, VerifierOf = _ => _archive, Time = new StandingClock("2026-09-13"),
            });
        PackageRequest request = new() { Roots = [PackageRoot.Parse("one")] };
        Assert.Equal(["one", "two"], (await archives.LockAsync(request)).Packages.Select(p => p.Name));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => archives.LockAsync(request, kept: null, new CancellationToken(canceled: true)));
    }
}
