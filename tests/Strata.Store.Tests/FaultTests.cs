using Strata.Core;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class FaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Add_DiskFull_SaysHowMuchIsFreeAndNeededAndWhatToDo()
    {
        using SmallDisk disk = new(_folder, "2m");
        using ObjectStore store = new(disk["store"]);
        Sha256Digest small = store.AddBytes("fits"u8);

        StrataException stream = await Assert.ThrowsAsync<StrataException>(() => store.AddAsync(new MemoryStream(new byte[8 << 20])));
        StrataException bytes = Assert.Throws<StrataException>(() => store.AddBytes(ObjectStoreTests.Bytes(8 << 20, 1)));
        StrataException batched = Assert.Throws<StrataException>(() =>
        {
            using ObjectBatch batch = store.BeginBatch();
            for (int i = 0; i < 100; i++)
            {
                batch.Add(ObjectStoreTests.Bytes(100_000, i));
            }
        });

        Assert.All([stream, bytes, batched], e =>
        {
            Assert.StartsWith("cannot add an object to the store ", e.Message, StringComparison.Ordinal);
            Assert.Contains("no space left (", e.Message, StringComparison.Ordinal);
            Assert.Contains("free, ", e.Message, StringComparison.Ordinal);
            Assert.Contains("needed)", e.Message, StringComparison.Ordinal);
            Assert.Contains("--store", e.Hint, StringComparison.Ordinal);
            Assert.Contains("strata store gc", e.Hint, StringComparison.Ordinal);
        });
        Assert.True(store.Contains(small));
        store.AddBytes(ObjectStoreTests.Bytes(1_500_000, 2)); // what could not be finished does not take up room
    }

    [SkippableFact]
    public async Task Fetch_DiskFull_SaysSo()
    {
        byte[] content = ObjectStoreTests.Bytes(4 << 20, 1);
        using SmallDisk disk = new(_folder, "2m");
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, content));
        using ObjectStore store = new(disk["store"]);
        using Downloader downloader = new(store);

        StrataException e = await Assert.ThrowsAsync<StrataException>(() => downloader.FetchAsync(
            new Download("big", [server.Address], content.Length, Sha256Digest.Of(content)), CancellationToken.None));

        Assert.StartsWith("cannot fetch big to the store ", e.Message, StringComparison.Ordinal);
        Assert.Contains("no space left (", e.Message, StringComparison.Ordinal);
        Assert.Contains("4.00 MiB needed", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Add_ReadOnlyFileSystem_ReadsButRefusesToWrite()
    {
        using SmallDisk disk = new(_folder, "2m");
        Sha256Digest digest;
        using (ObjectStore store = new(disk["store"]))
        {
            digest = store.AddBytes("kept"u8);
        }
        disk.Remount("ro");
        using ObjectStore readOnly = new(disk["store"]);

        using (FileStream file = readOnly.OpenRead(digest))
        {
            Assert.Equal(4, file.Length);
        }
        readOnly.Touch(digest);
        StrataException e = Assert.Throws<StrataException>(() => readOnly.AddBytes("new"u8));
        Assert.Contains("the file system is read-only", e.Message, StringComparison.Ordinal);
        Assert.Contains("--store", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BelowAFile_IsRefusedWithAHint()
    {
        File.WriteAllText(_folder["file"], "");

        StrataException e = Assert.Throws<StrataException>(() => new ObjectStore(_folder["file/store"]));

        Assert.StartsWith($"cannot open the store {_folder["file/store"]}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("STRATA_STORE", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewerLayout_IsRefusedWithExplanation()
    {
        Directory.CreateDirectory(_folder["store"]);
        File.WriteAllText(_folder["store/version"], "strata-store 2\n");

        StrataException e = Assert.Throws<StrataException>(() => new ObjectStore(_folder["store"]));

        Assert.Contains("its layout is version 2, this program knows versions up to 1", e.Message, StringComparison.Ordinal);
        Assert.Contains("newer strata", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("strata-store")]
    [InlineData("strata-store -1\n")]
    [InlineData("strata-store 0\n")]
    [InlineData("strata-store 99999999999999999999\n")]
    [InlineData("something else\n")]
    public void Open_OtherVersionFile_IsRefused(string text)
    {
        Directory.CreateDirectory(_folder["store"]);
        File.WriteAllText(_folder["store/version"], text);

        Assert.Throws<StrataException>(() => new ObjectStore(_folder["store"]));
    }

    [Fact]
    public void Open_NewFolder_WritesTheVersion()
    {
        using ObjectStore store = new(_folder["store"]);

        Assert.Equal("strata-store 1\n", File.ReadAllText(_folder["store/version"]));
        using ObjectStore again = new(_folder["store"]);
    }

    [Fact]
    public void Open_OldTemporaryFolders_AreReclaimedUnlessLocked()
    {
        using ObjectStore living = new(_folder["store"]);
        string alive = Path.GetDirectoryName(living.NewTemporaryPath())!;
        string dead = Directory.CreateDirectory(_folder["store/tmp/dead"]).FullName;
        string young = Directory.CreateDirectory(_folder["store/tmp/young"]).FullName;
        File.WriteAllText(Path.Combine(dead, "half"), "half an obj");
        foreach (string old in new[] { alive, dead })
        {
            Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow - TimeSpan.FromDays(2));
        }

        using ObjectStore opened = new(_folder["store"]);

        Assert.True(Directory.Exists(alive));
        Assert.True(Directory.Exists(young));
        Assert.False(Directory.Exists(dead));
    }

    [Theory]
    [InlineData(0.1, false)]
    [InlineData(2, false)]
    [InlineData(23.9, false)]
    [InlineData(24.1, true)]
    public void Open_WhatSomebodyLeftBehind_StaysForADay(double hours, bool isRemoved)
    {
        string folder = Directory.CreateDirectory(_folder["store/tmp/dead"]).FullName;
        string file = _folder["store/tmp/file"]; // of a program that had no folders yet
        File.WriteAllText(file, "half an object");
        Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow - TimeSpan.FromHours(hours));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow - TimeSpan.FromHours(hours));

        using ObjectStore opened = new(_folder["store"]);

        Assert.Equal((!isRemoved, !isRemoved), (Directory.Exists(folder), File.Exists(file)));
    }

    /// <summary>A file system of a few megabytes, which only root can mount.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly string _path;

        public SmallDisk(TemporaryFolder folder, string size)
        {
            _path = Directory.CreateDirectory(folder["disk"]).FullName;
            (int exitCode, string output) = Oracle.Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", _path);
            Skip.If(exitCode != 0, $"cannot mount a small file system: {output}");
        }

        public string this[string relative] => Path.Combine(_path, relative);

        public void Remount(string option) => Assert.Equal((0, ""), Oracle.Run("mount", "-o", $"remount,{option}", _path));

        public void Dispose() => Assert.Equal((0, ""), Oracle.Run("umount", "-l", _path));
    }
}
