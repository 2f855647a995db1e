using System.Text;
using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Packing;
using Strata.Packages.Locks;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

public class BuildingTests
{
    [Fact]
    public void KeyOf_EachInputAlone_MakesAnotherKey()
    {
        Sha256Digest[] digests = [.. Enumerable.Range(0, 6).Select(i => Sha256Digest.Of([(byte)i]))];
        Store.Actions.ActionKey[] keys =
        [
            EditionBuilder.KeyOf("edition", digests[0], digests[1], digests[2], ["agent 1"]),
            EditionBuilder.KeyOf("container", digests[0], digests[1], digests[2], ["agent 1"]),
            EditionBuilder.KeyOf("edition", digests[3], digests[1], digests[2], ["agent 1"]),
            EditionBuilder.KeyOf("edition", digests[0], digests[3], digests[2], ["agent 1"]),
            EditionBuilder.KeyOf("edition", digests[0], digests[1], digests[3], ["agent 1"]),
            EditionBuilder.KeyOf("edition", digests[0], digests[1], digests[2], ["agent 2"]),
            EditionBuilder.KeyOf("edition", digests[0], digests[1], digests[2], []),
        ];
        Assert.Equal(keys.Length, keys.Select(k => k.Digest).Distinct().Count());
    }

    [Fact]
    public void Budget_Broken_NamesTheLargestContributors()
    {
        (FileTree tree, Dictionary<TreeNode, long> shares) = Tree();
        Edition edition = Edition(ByteSize.FromMiB(4));
        SizeBudget.Check(edition, "bootable file", 4 << 20, 1 << 20, tree, shares); // just fits
        BudgetException e = Assert.Throws<BudgetException>(() => SizeBudget.Check(edition, "bootable file", 5 << 20, 1 << 20, tree, shares));
        Assert.Equal("cannot build e: the bootable file takes 5.00 MiB, its budget is 4.00 MiB (1.00 MiB too much)\n  kernel: 1.00 MiB\n  big: 3.00 KiB\n  effect x: 100 B\n  small: 10 B", e.Message);
        SizeBudget.Check(Edition(null), "bootable file", long.MaxValue, 0, tree, shares);
    }

    [Fact]
    public void Budget_BrokenByAnImage_NamesWhatTheImageHasBesideTheBootableFile()
    {
        BuildManifest manifest = new()
        {
            Format = BuildManifest.CurrentFormat, Edition = "e", Version = "1", Architecture = "amd64", Kernel = "6.12", KernelBytes = 1 << 20, InitramfsBytes = 4096,
            UkiBytes = (1 << 20) + 8192, ContainerBytes = 0, Capabilities = [], Packages = [], Ledger = [],
            Entries =
            [
                new ManifestEntry("/big", "file", "0644", "0:0", 9, 3000, null, null, "c", "big", "program"),
                new ManifestEntry("/made", "file", "0644", "0:0", 9, 1096, null, null, "c", null, "effect x"),
            ],
        };
        SizeBudget.Check(Edition(ByteSize.FromMiB(2)), "ISO image", 2 << 20, manifest);
        SizeBudget.Check(Edition(null), "ISO image", long.MaxValue, manifest);
        BudgetException e = Assert.Throws<BudgetException>(() => SizeBudget.Check(Edition(ByteSize.FromMiB(1)), "ISO image", (1 << 20) + 4096 + 9000, manifest));
        Assert.Equal(
            "cannot build e: the ISO image takes 1.01 MiB, its budget is 1.00 MiB (12.8 KiB too much)\n  kernel: 1.00 MiB\n  boot loaders and tables: 8.79 KiB\n  big: 2.93 KiB\n  effect x: 1.07 KiB",
            e.Message);
    }

    [Theory]
    [InlineData(1000003)]
    [InlineData(7)]
    [InlineData(0)]
    public void CompressedShares_AddUpToTheArchive_AndFollowTheContents(long archive)
    {
        FileNode noise = Node([.. Enumerable.Range(0, 40000).Select(i => (byte)(((i * 2654435761L) >> 13) & 0xFF))]);
        FileNode zeros = Node(new byte[40000]);
        Dictionary<Sha256Digest, long> alone = new() { [noise.Content.Digest] = 39_000, [zeros.Content.Digest] = 40 };
        Dictionary<TreeNode, long> shares = CompressedShares.Scale([noise, zeros], alone, archive);
        Assert.Equal(archive, shares.Values.Sum());
        Assert.Equal(2, shares.Count);
        Assert.True(shares[noise] >= shares[zeros]);
        Assert.All(shares.Values, s => Assert.InRange(s, 0, archive));
    }

    [Fact]
    public void EditionLock_WriteAndRead_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        EditionLock written = new(Lock("curl"), Lock("kmod"));
        File.WriteAllBytes(folder["strata.lock"], written.Write());
        EditionLock read = EditionLock.Read(folder["strata.lock"]);
        Assert.Equal(written.Write(), read.Write());
        Assert.Equal(written.Digest, read.Digest);
        Assert.Equal(("curl", "kmod"), (read.Guest.Packages[0].Name, read.Tools.Packages[0].Name));
        Assert.NotEqual(written.Digest, new EditionLock(Lock("kmod"), Lock("curl")).Digest);
    }

    /// <summary>Four parts that are alike: each is read from its own place, and each that is there counts.</summary>
    [Theory]
    [InlineData(null, null)]
    [InlineData("gcc", null)]
    [InlineData(null, "make")]
    [InlineData("gcc", "make")]
    public void EditionLock_EveryPart_IsReadFromItsOwnPlace(string? kernel, string? builds)
    {
        using TemporaryFolder folder = new();
        EditionLock written = new(
            Lock("curl"), Lock("kmod"), kernel is null ? null : Lock(kernel), builds is null ? null : Lock(builds));
        File.WriteAllBytes(folder["strata.lock"], written.Write());
        EditionLock read = EditionLock.Read(folder["strata.lock"]);
        Assert.Equal(
            ["curl", "kmod", kernel, builds],
            new[] { read.Guest, read.Tools, read.Kernel, read.Builds }.Select(p => p?.Packages.Single().Name));
        Assert.Equal(written.Digest, read.Digest);
        Assert.Equal(kernel is null && builds is null, written.Digest == new EditionLock(Lock("curl"), Lock("kmod")).Digest);
        Assert.Equal(kernel == builds, written.Digest == (written with { Kernel = written.Builds, Builds = written.Kernel }).Digest);
    }

    [Fact]
    public void EditionLock_Damaged_IsAnErrorThatNamesTheFile()
    {
        using TemporaryFolder folder = new();
        string whole = Encoding.UTF8.GetString(new EditionLock(Lock("curl"), Lock("kmod")).Write());
        string file = folder["strata.lock"];
        Assert.Contains(file, Assert.Throws<StrataException>(() => EditionLock.Read(file)).Message, StringComparison.Ordinal);
        string[] damaged =
        [
            "", "[]", "{}", "null", "{\"\\ud800\": 1}", // half a character in an escape
            whole[..(whole.Length / 2)], whole.Replace("\"tools\"", "\"guest\"", StringComparison.Ordinal),
            whole.Replace("\"tools\"", "\"toils\"", StringComparison.Ordinal), whole.Replace("1000", "-1", StringComparison.Ordinal),
        ];
        foreach (string text in damaged)
        {
            Assert.NotEqual(whole, text);
            File.WriteAllText(file, text);
            Assert.Contains(file, Assert.Throws<StrataException>(() => EditionLock.Read(file)).Message, StringComparison.Ordinal);
        }
    }

    private static (FileTree Tree, Dictionary<TreeNode, long> Shares) Tree()
    {
        FileTree tree = new();
        FileNode big = Node([1]);
        FileNode small = Node([2]);
        FileNode made = Node([3]);
        tree.Add(GuestPath.Parse("/a"), big, new Origin("c", "big", "file"));
        tree.Add(GuestPath.Parse("/b"), big, new Origin("c", "big", "file")); // a second name counts once
        tree.Add(GuestPath.Parse("/c"), small, new Origin("c", "small", "file"));
        tree.Add(GuestPath.Parse("/d"), made, new Origin(null, null, "effect x"));
        return (tree, new Dictionary<TreeNode, long>(ReferenceEqualityComparer.Instance) { [big] = 3072, [small] = 10, [made] = 100 });
    }

    internal static Edition Edition(ByteSize? budget) =>
        new() { Name = "e", Title = "E", Version = "1", Description = "", Folder = "/", Kernel = null!, Capabilities = [], Budgets = new EditionBudgets { Image = budget } };

    private static FileNode Node(byte[] bytes) => new() { Permissions = Modes.File, Content = new InlineContent(bytes) };

    private static void Add(FileTree tree, string path, TreeNode node) => tree.Add(GuestPath.Parse(path), node, new Origin(null, null, "test"));

    private static PackageLock Lock(string name) => new(
        "amd64",
        [new LockedRelease("trixie", new DateTimeOffset(2026, 9, 12, 7, 55, 41, TimeSpan.Zero), Sha256Digest.Of("release"u8))],
        new LockedRequest([new LockedRoot(name, false)], [], false),
        [
            new LockedPackage
            {
                Name = name, Version = "1", Architecture = "amd64", Suite = "trixie", Component = "main", Filename = $"pool/main/{name[0]}/{name}/{name}_1_amd64.deb",
                Size = 1000, Sha256 = Sha256Digest.Of("package"u8), Reason = name,
            },
        ]);
}
