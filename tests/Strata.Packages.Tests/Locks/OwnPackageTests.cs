using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Packages.Tests.Locks;

/// <summary>Package files beside a blueprint; who made them is not known.</summary>
public sealed class OwnPackageTests : IDisposable
{
    private const string Head = "Package: mine\nVersion: 1.0\nArchitecture: amd64\n";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeArchive _archive = new();

    public OwnPackageTests()
    {
        _archive.AddSuite("trixie", "one 1\nlib 1\nmine 9");
        _archive.AddSuite("trixie-updates", "");
        _archive.AddSuite("trixie-security", "");
    }

    public void Dispose()
    {
        _archive.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task ResolveAsync_OwnPackage_StandsForThatOfTheArchiveAndBringsWhatItDependsOn()
    {
        OwnPackage own = Write(Head + "Depends: lib\n");
        PackageLock made = await ResolveAsync(own);
        Assert.Equal(["lib 1 trixie", "mine 1.0 own"], made.Packages.Select(p => $"{p.Name} {p.Version} {p.Suite}"));
        LockedPackage mine = made.Find("mine")!;
        Assert.Equal(("debs/mine.deb", own.Locked.Sha256, own.Locked.Size), (mine.Filename, mine.Sha256, mine.Size));
        Assert.Equal(made.Packages, PackageLockFile.Read(PackageLockFile.Write(made), "again").Packages);
        Assert.DoesNotContain(_archive.Asked, a => a.Contains("mine", StringComparison.Ordinal));

        // another file, and then none
        OwnPackage changed = Write(Head + "Description: other\n");
        Assert.Equal(changed.Locked.Sha256, Assert.Single((await ResolveAsync(changed, made)).Packages).Sha256);
        Assert.Equal("9", Assert.Single((await ResolveAsync(null, made)).Packages).Version);
    }

    // what apt makes of a folder: one archive more, of the usual priority, in which the highest version counts
    [Theory]
    [InlineData("app 1, lib 2", null, "*", "app 1 mine, lib 2 mine")] // newer than the archive's
    [InlineData("app 1, lib 0.9", null, "*", "app 1 mine, lib 1 ")] // the archive's is newer
    [InlineData("app 1, lib 0.9", 600, "*", "app 1 mine, lib 0.9 mine")] // and does not count
    [InlineData("app 1, lib 0.9, lib 2, lib 1.5", null, "*", "app 1 mine, lib 2 mine")]
    [InlineData("app 1, lib 2", null, "app", "app 1 mine, lib 1 ")] // it may bring no other
    [InlineData("app 1, lib 1", null, "*", "app 1 mine, lib 1 mine")] // of equal versions that of the folder
    [InlineData("app 1, app 1:0", null, "*", "app 1:0 mine, lib 1 ")] // an epoch
    public async Task ResolveAsync_FolderOfPackages_IsAnArchiveAmongOthers(string there, int? priority, string allowed, string chosen)
    {
        PackageLock made = await ResolveFolderAsync(there, priority, allowed);
        Assert.Equal(chosen, string.Join(", ", made.Packages.Select(p => $"{p.Name} {p.Version} {p.Archive}")));
        Assert.All(made.Packages, p => Assert.Equal(p.Archive.Length > 0, p.IsOwn));
        Assert.Equal(made.Packages, PackageLockFile.Read(PackageLockFile.Write(made), "again").Packages);
        Assert.DoesNotContain(made.Releases, r => r.Archive.Length > 0); // nobody signed it

        // what is locked stays, as long as it is there
        Assert.Equal(made.Packages, (await ResolveFolderAsync(there + ", lib 7", priority, allowed, made)).Packages);
    }

    [Fact]
    public async Task ResolveAsync_PackagesOfAFolder_DependOnEachOtherAndOnTheArchive()
    {
        PackageLock made = await ResolveFolderAsync("app 1 needs helper, helper 1 needs one");
        Assert.Equal(["app mine", "helper mine", "one "], made.Packages.Select(p => $"{p.Name} {p.Archive}"));
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ResolveFolderAsync("app 1 needs lib, helper 1", null, "lib"));
        Assert.Contains("app", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<StrataException>(() => ResolveFolderAsync("app 1 needs nobody"));
        Assert.Contains("nobody", e.Message, StringComparison.Ordinal);
    }

    private async Task<PackageLock> ResolveFolderAsync(string there, int? priority = null, string allowed = "*", PackageLock? before = null)
    {
        List<LockedPackage> packages = [];
        Directory.CreateDirectory(_folder["debs"]);
        foreach (string[] words in there.Split(", ").Select(p => p.Split(' ')))
        {
            string file = $"debs/{words[0]}_{words[1].Replace(':', '.')}.deb";
            string needs = words.Length > 2 ? words[3] : words[0] == "app" ? "lib" : "";
            string control = $"Package: {words[0]}\nVersion: {words[1]}\nArchitecture: amd64\n"
                + (needs.Length > 0 ? $"Depends: {needs}\n" : "");
            File.WriteAllBytes(_folder[file], new DebBuilder(words[0]).Control(control).Build());
            OwnPackage own = OwnPackage.Read(_folder.Path, file, "mine");
            await own.AddToAsync(_archive.Store, CancellationToken.None);
            packages.Add(own.Locked);
        }
        PackageArchive folder = new()
        {
            Name = "mine", Folder = "debs", Suites = [PackageArchive.OwnSuite], Packages = [allowed], Priority = priority,
        };
        return await Resolver().ResolveAsync(
            "trixie", "amd64", new PackageRequest { Roots = [PackageRoot.Parse("app")], Archives = [folder] }, packages,
            before is null ? null : LockedBefore.Keep(before), CancellationToken.None);
    }

    [Fact]
    public async Task ResolveAsync_OwnPackage_IsNotVouchedFor()
    {
        PackageLock made = await ResolveAsync(Write(Head));
        Assert.Equal(["mine"], (await Resolver().UnlistedAsync("trixie", made, CancellationToken.None)).Select(p => p.Name));
    }

    [Theory]
    [InlineData("mine (>= 2)", "", "1.0 (own)")]
    [InlineData("mine", "Depends: no-such", "no-such")]
    [InlineData("mine", "Depends: ((", "its control file")]
    public async Task ResolveAsync_OwnPackageThatDoesNotFit_IsAnError(string root, string field, string problem)
    {
        OwnPackage own = Write(Head + field + "\n");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ResolveAsync(own, root: root));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no stanza")]
    [InlineData("Package: mine\nArchitecture: amd64\n", "Version is missing")]
    [InlineData("Package: Mine\nVersion: 1\nArchitecture: amd64\n", "Package: ")]
    [InlineData("Package: mine\nVersion: a b\nArchitecture: amd64\n", "Version: ")]
    [InlineData("Package: mine\nVersion: 1\nArchitecture: amd 64\n", "Architecture: 'amd 64' is none")]
    [InlineData(Head + "\n\nPackage: lib\nVersion: 99\nArchitecture: amd64\nSize: 1\n", "it describes more than one package")]
    [InlineData(Head + "Version: 2\n", "")]
    public void Read_ControlFileThatBreaksARule_IsRefused(string control, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => Write(control));
        Assert.StartsWith("cannot take package debs/mine.deb: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem == "no stanza" ? "" : problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.deb", "cannot take package ../outside.deb")]
    [InlineData("/etc/passwd", "cannot take package /etc/passwd")]
    [InlineData("absent.deb", "it is not there")]
    [InlineData("link.deb", "is or passes a link")]
    [InlineData("text.deb", "cannot take package text.deb")]
    public void Read_WhatIsNoPackageOfItsOwn_IsRefused(string file, string problem)
    {
        File.WriteAllText(_folder["text.deb"], "no package");
        File.CreateSymbolicLink(_folder["link.deb"], "text.deb");
        StrataException e = Assert.Throws<StrataException>(() => OwnPackage.Read(_folder.Path, file));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddToAsync_FileThatChangedMeanwhile_IsRefused()
    {
        OwnPackage own = Write(Head);
        Write(Head + "Description: other\n");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => own.AddToAsync(_archive.Store, CancellationToken.None));
        Assert.Contains("it changed while", e.Message, StringComparison.Ordinal);
    }

    private OwnPackage Write(string control)
    {
        Directory.CreateDirectory(_folder["debs"]);
        File.WriteAllBytes(_folder["debs/mine.deb"], new DebBuilder("mine").Control(control).Build());
        return OwnPackage.Read(_folder.Path, "./debs/mine.deb");
    }

    private async Task<PackageLock> ResolveAsync(OwnPackage? own, PackageLock? before = null, string root = "mine")
    {
        await (own?.AddToAsync(_archive.Store, CancellationToken.None) ?? Task.CompletedTask);
        PackageRequest request = new() { Roots = [PackageRoot.Parse(root)] };
        return await Resolver().ResolveAsync(
            "trixie", "amd64", request, own is null ? [] : [own.Locked], before is null ? null : LockedBefore.Keep(before),
                CancellationToken.None);
    }

    private LockResolver Resolver() => new(
        () => new ArchiveMirrors([new Uri(FakeArchive.Root)], [new Uri(FakeArchive.Root)]),
        new ArchiveAccess
        {
            Downloader = _archive, Store = _archive.Store, VerifierOf = _ => _archive, Time = new StandingClock("2026-09-13"),
        },
        new ActionCache(_archive.Store),
        SilentProgress.Instance);
}
