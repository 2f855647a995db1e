using Strata.Core;
using Strata.Store.Blocks;
using Strata.Store.Maintenance;
using Strata.Testing;

namespace Strata.Store.Tests.Blocks;

public sealed class BlockCacheTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Blocks => _folder["store/blocks"];

    [Fact]
    public void Add_InOneSession_IsFoundInThisAndTheNext()
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 50);
            AssertHas(cache, 0, 50);
        }
        using BlockCache next = new(store);
        AssertHas(next, 0, 50);
        Assert.False(next.TryFind(Key(50), out _));
        Assert.Single(Directory.GetFiles(Blocks, "*.pack"));
    }

    [Fact]
    public void Add_TheSameKeyAgain_KeepsOnlyTheFirst()
    {
        using ObjectStore store = Open();
        for (int session = 0; session < 3; session++)
        {
            using BlockCache cache = new(store);
            Add(cache, 0, 5);
            Add(cache, 0, 5);
        }
        Assert.Equal(5, Usage(store).Count);
    }

    [Fact]
    public void Add_SessionsOneAfterTheOther_ContinueOnePack()
    {
        using ObjectStore store = Open();
        for (int session = 0; session < 4; session++)
        {
            using BlockCache cache = new(store);
            Add(cache, session * 10, 10);
        }
        using BlockCache all = new(store);
        AssertHas(all, 0, 40);
        Assert.Single(Directory.GetFiles(Blocks, "*.pack"));
    }

    [Fact]
    public void Add_TwoSessionsAtOnce_WriteTwoPacksAndBothCount()
    {
        using ObjectStore store = Open();
        using (BlockCache one = new(store))
        using (BlockCache two = new(store))
        {
            Add(one, 0, 20);
            Add(two, 10, 20);
            Add(one, 30, 5);
        }
        using BlockCache all = new(store);
        AssertHas(all, 0, 35);
        Assert.Equal(2, Directory.GetFiles(Blocks, "*.pack").Length);
    }

    [Fact]
    public void Add_FromManyThreads_AllAreThere()
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Parallel.For(0, 8, thread => Add(cache, thread % 4 * 100, 100)); // every key twice
        }
        using BlockCache all = new(store);
        AssertHas(all, 0, 400);
    }

    [Fact]
    public void Open_PackCutAnywhere_HasWhatIsWholeAndCanBeContinued()
    {
        byte[] pack;
        using (ObjectStore store = Open())
        {
            using (BlockCache cache = new(store))
            {
                Add(cache, 0, 6);
            }
            pack = File.ReadAllBytes(Directory.GetFiles(Blocks, "*.pack").Single());
        }
        int most = 0;
        for (int length = 0; length <= pack.Length; length += 7)
        {
            Directory.Delete(Blocks, recursive: true);
            Directory.CreateDirectory(Blocks);
            File.WriteAllBytes(Path.Combine(Blocks, "killed.pack"), pack.AsSpan(0, length).ToArray());
            using ObjectStore store = Open();
            using (BlockCache cache = new(store))
            {
                int found = Enumerable.Range(0, 6).Count(i => cache.TryFind(Key(i), out _));
                Assert.True(found >= most, "a longer pack has fewer blocks");
                most = found;
                AssertHas(cache, 0, found);
                Add(cache, 0, 6);
            }
            using BlockCache next = new(store);
            AssertHas(next, 0, 6);
        }
        Assert.True(most >= 5);
    }

    /// <summary>A power cut may take the end of a pack and leave its index: what that says is not believed then.</summary>
    [Fact]
    public void Open_IndexOfALongerPack_HasOnlyWhatIsThere()
    {
        using (ObjectStore store = Open())
        {
            using BlockCache cache = new(store);
            Add(cache, 0, 6);
        }
        string path = Directory.GetFiles(Blocks, "*.pack").Single();
        byte[] pack = File.ReadAllBytes(path);
        byte[] index = File.ReadAllBytes(Path.ChangeExtension(path, ".index"));
        for (int length = 0; length < pack.Length; length += 97)
        {
            File.WriteAllBytes(path, pack.AsSpan(0, length).ToArray());
            File.WriteAllBytes(Path.ChangeExtension(path, ".index"), index);
            using ObjectStore store = Open();
            using (BlockCache cache = new(store))
            {
                int found = Enumerable.Range(0, 6).Count(i => cache.TryFind(Key(i), out _));
                Assert.InRange(found, 0, 5);
                AssertHas(cache, 0, found);
                Assert.InRange(new FileInfo(path).Length, 0, length); // no hole takes the place of what is gone
                Add(cache, 0, 6);
            }
            using BlockCache next = new(store);
            AssertHas(next, 0, 6);
        }
    }

    [Fact]
    public void TryRead_AnyFlippedByte_IsNeverGivenOutAndCanBeAddedAgain()
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 3);
        }
        string path = Directory.GetFiles(Blocks, "*.pack").Single();
        byte[] pack = File.ReadAllBytes(path);
        byte[] index = File.ReadAllBytes(Path.ChangeExtension(path, ".index"));
        Random random = new(3);
        for (int i = 0; i < 60; i++)
        {
            byte[] changed = [.. pack];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, changed);
            File.WriteAllBytes(Path.ChangeExtension(path, ".index"), index);
            using (BlockCache cache = new(store))
            {
                int sound = Enumerable.Range(0, 3).Count(k => Read(cache, k) is byte[] read && read.AsSpan().SequenceEqual(Content(k)));
                int given = Enumerable.Range(0, 3).Count(k => Read(cache, k) is not null);
                Assert.Equal(2, sound);
                Assert.Equal(2, given);
                Add(cache, 0, 3);
                AssertHas(cache, 0, 3);
            }
            using (BlockCache next = new(store))
            {
                AssertHas(next, 0, 3);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData(null)]
    public void Open_IndexDamagedOrGone_IsMadeAnew(string? content)
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 10);
        }
        string index = Directory.GetFiles(Blocks, "*.index").Single();
        byte[] before = File.ReadAllBytes(index);
        File.Delete(index);
        if (content is not null)
        {
            File.WriteAllText(index, content);
        }
        using (BlockCache next = new(store))
        {
            AssertHas(next, 0, 10);
        }
        Assert.Equal(before, File.ReadAllBytes(index));
    }

    [Fact]
    public void Open_IndexWithAChangedByte_IsNotBelieved()
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 4);
        }
        string path = Directory.GetFiles(Blocks, "*.index").Single();
        byte[] index = File.ReadAllBytes(path);
        for (int at = 0; at < index.Length; at++)
        {
            byte[] changed = [.. index];
            changed[at] ^= 0x40;
            File.WriteAllBytes(path, changed);
            using BlockCache cache = new(store);
            AssertHas(cache, 0, 4);
        }
    }

    [Fact]
    public async Task GcAsync_OldBlocks_GoAndTheOthersStay()
    {
        using (ObjectStore store = Open(s_now.AddDays(-50)))
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 30);
        }
        using (ObjectStore store = Open())
        {
            using (BlockCache cache = new(store))
            {
                AssertHas(cache, 10, 10); // used today: stays
                Add(cache, 30, 5);
            }
            StoreMaintenance maintenance = new(store);
            long before = Usage(store).Bytes;
            GcResult looked = await maintenance.GcAsync(new GcOptions { OlderThan = TimeSpan.FromDays(30), DryRun = true }, []);
            Assert.Equal(before, Usage(store).Bytes);
            GcResult result = await maintenance.GcAsync(new GcOptions { OlderThan = TimeSpan.FromDays(30) }, []);
            Assert.Equal(looked.FreedBytes, result.FreedBytes);
            Assert.Contains(result.Removed, r => r.Kind == StoreKind.Blocks && r.Bytes > 0);
            Assert.Equal(15, Usage(store).Count);
            using BlockCache kept = new(store);
            AssertHas(kept, 10, 10);
            AssertHas(kept, 30, 5);
            Assert.False(kept.TryFind(Key(0), out _));
        }
    }

    [Fact]
    public async Task GcAsync_NoRoomAtAll_LeavesNoPack()
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 30);
        }
        await new StoreMaintenance(store).GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []);
        Assert.Empty(Directory.GetFiles(Blocks));
        Assert.Equal(0, Usage(store).Count);
    }

    [Fact]
    public async Task GcAsync_BlocksInTwoPacks_StayOnce()
    {
        using ObjectStore store = Open();
        using (BlockCache one = new(store))
        using (BlockCache two = new(store))
        {
            Add(one, 0, 20);
            Add(two, 0, 25);
        }
        Assert.Equal(45, Usage(store).Count);
        await new StoreMaintenance(store).GcAsync(new GcOptions { OlderThan = TimeSpan.FromDays(30) }, []);
        Assert.Equal(25, Usage(store).Count);
        using BlockCache all = new(store);
        AssertHas(all, 0, 25);
    }

    [Fact]
    public async Task VerifyAsync_DamagedBlock_IsToldAndForgotten()
    {
        using ObjectStore store = Open();
        using (BlockCache cache = new(store))
        {
            Add(cache, 0, 10);
        }
        string path = Directory.GetFiles(Blocks, "*.pack").Single();
        byte[] pack = File.ReadAllBytes(path);
        pack[^1] ^= 1;
        File.WriteAllBytes(path, pack);

        VerifyResult result = await new StoreMaintenance(store).VerifyAsync();

        Assert.Equal((10, 1, false), (result.Blocks, result.DamagedBlocks, result.IsSound));
        result = await new StoreMaintenance(store).VerifyAsync();
        Assert.Equal((9, 0, true), (result.Blocks, result.DamagedBlocks, result.IsSound));
    }

    [Fact]
    public async Task Add_KilledAtSeededMoments_LeavesASoundCache()
    {
        Random random = new(5);
        for (int kill = 0; kill < 6; kill++)
        {
            using HostProcess host = await HostProcess.StartAsync("blocks-for-ever", _folder["store"], $"{kill * 100_000}");
            using HostProcess other = await HostProcess.StartAsync("blocks-for-ever", _folder["store"], $"{kill * 100_000}");
            await Task.Delay(random.Next(150, 700));
            host.Kill();
            other.Kill();
        }
        using ObjectStore store = new(_folder["store"]);
        VerifyResult result = await new StoreMaintenance(store).VerifyAsync();
        Assert.Equal(0, result.DamagedBlocks);
        Assert.True(result.Blocks > 100, $"only {result.Blocks} blocks were added");
        using BlockCache cache = new(store);
        for (int key = 0; key < 600_000; key += 1)
        {
            if (Read(cache, key) is byte[] read)
            {
                Assert.Equal(Content(key), read);
            }
            else if (key % 100_000 > 2000)
            {
                key = ((key / 100_000) + 1) * 100_000 - 1;
            }
        }
    }

    internal static Sha256Digest Key(int number) => Sha256Digest.Of(BitConverter.GetBytes(number));

    internal static byte[] Content(int number) => ObjectStoreTests.Bytes(number % 5 == 0 ? 0 : 100 + (number * 31 % 900), number);

    internal static void Add(BlockCache cache, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            cache.Add(Key(i), Content(i), 1000);
        }
    }

    private static void AssertHas(BlockCache cache, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            Assert.Equal(Content(i), Read(cache, i));
        }
    }

    private static byte[]? Read(BlockCache cache, int number)
    {
        byte[] room = new byte[1000];
        return cache.TryRead(Key(number), room, out CachedBlock block, out Sha256Digest digest) && digest == Sha256Digest.Of(room.AsSpan(0, block.StoredLength))
            ? room[..block.StoredLength]
            : null;
    }

    private static StoreUsage Usage(ObjectStore store) => new StoreMaintenance(store).SizeOf().Single(u => u.Kind == StoreKind.Blocks);

    private ObjectStore Open(DateTimeOffset? now = null) => new(_folder["store"], new FixedTime(now ?? s_now));
}
