using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store.Actions;

namespace Strata.Packages.Tests.Locks;

/// <summary>Archives without <c>dists</c> and <c>pool</c>, and such as say SHA-512 only.</summary>
public sealed class FlatArchiveTests : IDisposable
{
    private const string Root = "http://flat.example/debian";

    private static readonly byte[] s_tool = "the package"u8.ToArray();

    private readonly FakeArchive _archive = new();

    public FlatArchiveTests()
    {
        _archive.AddSuite("trixie", "libc 1");
        _archive.AddSuite("trixie-updates", "");
        _archive.AddSuite("trixie-security", "");
        _archive.Files[$"{Root}/amd64/tool.deb"] = s_tool;
    }

    public void Dispose() => _archive.Dispose();

    /// <summary>Names of packages are below the address, not below the folder (sources.list(5), as apt has it).</summary>
    [Theory]
    [InlineData("./", "")]
    [InlineData("stable/", "stable/")]
    [InlineData("a/b/", "a/b/")]
    public async Task ResolveAsync_Flat_IsReadFromItsFolder(string suite, string place)
    {
        Publish(place, "SHA256", Stanza("tool", "1", "amd64", "SHA256"));
        PackageLock made = await ResolveAsync(suite);
        LockedPackage tool = made.Find("tool")!;
        Assert.Equal(("flat", suite, "flat", "amd64/tool.deb"), (tool.Archive, tool.Suite, tool.Component, tool.Filename));
        byte[] bytes = PackageLockFile.Write(made);
        PackageLock again = PackageLockFile.Read(bytes, "x.lock");
        Assert.Equal(bytes, PackageLockFile.Write(again));
        await PackageFetcher.FetchAsync(again, _archive, _archive.Store, () => Resolver().SuitesOf("trixie", [Archive(suite)]));
        Assert.Equal($"{Root}/amd64/tool.deb", _archive.Asked[^1]);
        Assert.True(_archive.Store.Contains(Sha256Digest.Of(s_tool)));
    }

    /// <summary>Its one index is read anew for another architecture.</summary>
    [Fact]
    public async Task ResolveAsync_PackagesOfOtherArchitectures_AreNotThereAndNoFault()
    {
        Publish(
            "", "SHA256",
            Stanza("tool", "3", "arm64", "SHA256") + Stanza("tool", "1", "amd64", "SHA256") + Stanza("tool", "2", "all", "SHA256"));
        WarningList warnings = new();
        Assert.Equal("2", (await ResolveAsync("./", progress: warnings)).Find("tool")!.Version);
        _archive.AddMore("trixie", "main/binary-arm64", TestIndex.Text("libc 1", "arm64"));
        _archive.AddMore("trixie-updates", "main/binary-arm64", "");
        _archive.AddMore("trixie-security", "main/binary-arm64", "");
        Assert.Equal("3", (await ResolveAsync("./", "arm64", progress: warnings)).Find("tool")!.Version);
        Assert.Empty(warnings.Messages);
    }

    [Theory]
    [InlineData("./", "")]
    [InlineData("./", "Acquire-By-Hash: yes\n")]
    public async Task ResolveAsync_Sha512Only_LearnsTheDigestOfWhatIsChosen(string suite, string fields)
    {
        Publish("", "SHA512", Stanza("tool", "1", "amd64", "SHA512") + Stanza("other", "1", "amd64", "SHA512"), fields);
        PackageLock made = await ResolveAsync(suite);
        Assert.Equal(Sha256Digest.Of(s_tool), made.Find("tool")!.Sha256);
        Assert.Single(_archive.Documents, d => d.EndsWith(".deb", StringComparison.Ordinal)); // of the chosen one only
    }

    [Fact]
    public async Task ResolveAsync_Sha512OfPackageOrIndexIsAnother_IsRefused()
    {
        Publish("", "SHA512", Stanza("tool", "1", "amd64", "SHA512"));
        byte[] index = _archive.Files[$"{Root}/Packages"];
        _archive.Files[$"{Root}/Packages"] = [.. index[..^1], (byte)' '];
        StrataException e = await Assert.ThrowsAnyAsync<StrataException>(() => ResolveAsync("./"));
        Assert.Contains("SHA-512 is ", e.Message, StringComparison.Ordinal);
        _archive.Files[$"{Root}/Packages"] = index;
        _archive.Files[$"{Root}/amd64/tool.deb"] = "the packagf"u8.ToArray();
        e = await Assert.ThrowsAnyAsync<StrataException>(() => ResolveAsync("./"));
        Assert.Contains("cannot fetch tool 1 (amd64): what came is something else: SHA-512 is ", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MD5Sum", "SHA256 is missing, and SHA512 too")]
    [InlineData("SHA1", "SHA256 is missing, and SHA512 too")]
    public async Task ResolveAsync_WeakDigestsOnly_IsRefused(string kind, string expected)
    {
        Publish("", kind, Stanza("tool", "1", "amd64", "SHA256"));
        StrataException e = await Assert.ThrowsAnyAsync<StrataException>(() => ResolveAsync("./"));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    private static string Hash(string kind, byte[] content) =>
        Convert.ToHexStringLower(kind == "SHA512" ? SHA512.HashData(content) : SHA256.HashData(content));

    private static string Stanza(string name, string version, string architecture, string kind) =>
        $"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nFilename: ./{architecture}/tool.deb\nSize: {s_tool.Length}\n" +
        $"{kind}: {Hash(kind, s_tool)}\n\n";

    private void Publish(string place, string kind, string index, string fields = "")
    {
        byte[] packages = Encoding.UTF8.GetBytes(index);
        string hash = Hash(kind, packages);
        _archive.Files[$"{Root}/{place}Packages"] = packages;
        if (fields.Length > 0)
        {
            _archive.Files[$"{Root}/{place}by-hash/{kind}/{hash}"] = packages;
            _archive.Files.Remove($"{Root}/{place}Packages");
        }
        _archive.Files[$"{Root}/{place}InRelease"] = Encoding.UTF8.GetBytes(
            $"Origin: Flat\nDate: Sat, 12 Sep 2026 07:55:41 UTC\n{fields}{kind}:\n {hash} {packages.Length} ./Packages\n");
    }

    private static PackageArchive Archive(string suite) => new()
    {
        Name = "flat", Roots = [new Uri(Root)], Suites = [suite], Keyrings = [new("k", "k"u8.ToArray())], Packages = ["*"],
    };

    private Task<PackageLock> ResolveAsync(string suite, string architecture = "amd64", IProgressReporter? progress = null) =>
        Resolver(progress).ResolveAsync(
            "trixie", architecture, new PackageRequest { Roots = [PackageRoot.Parse("tool")], Archives = [Archive(suite)] }, null,
            CancellationToken.None);

    private LockResolver Resolver(IProgressReporter? progress = null) => new(
        () => new ArchiveMirrors([new Uri(FakeArchive.Root)], [new Uri(FakeArchive.Root)]),
        new ArchiveAccess
        {
            Downloader = _archive, Store = _archive.Store, Time = new StandingClock("2026-09-13"), VerifierOf = _ => _archive,
            CacheFolder = _archive.CacheFolder, Progress = progress ?? SilentProgress.Instance,
        },
        new ActionCache(_archive.Store),
        SilentProgress.Instance);
}
