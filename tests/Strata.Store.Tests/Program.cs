using System.Globalization;
using Strata.Core;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Store.Tests.Blocks;

namespace Strata.Store.Tests;

/// <summary>
/// The second process of the tests about processes: <c>dotnet exec Strata.Store.Tests.dll &lt;what&gt; &lt;store&gt; ...</c>.
/// </summary>
/// <remarks>Ends when its input ends, so that it never outlives the test that started it.</remarks>
internal static class Program
{
    /// <summary>Key of the work that the processes compete for.</summary>
    public static ActionKey SharedKey { get; } = new ActionKeyBuilder("shared-work", 1).Build();

    private static async Task<int> Main(string[] args)
    {
        using ObjectStore store = new(args[1]);
        Console.WriteLine("open");
        Task work = args[0] switch
        {
            "add-for-ever" => Task.Run(() => AddForEver(store, int.Parse(args[2], CultureInfo.InvariantCulture))),
            "add-some" => Task.Run(() => AddSome(store)),
            "blocks-for-ever" => Task.Run(() => AddBlocksForEver(store, int.Parse(args[2], CultureInfo.InvariantCulture))),
            "work" => WorkAsync(store, args[2], TimeSpan.FromMilliseconds(500)),
            "work-for-ever" => WorkAsync(store, args[2], Timeout.InfiniteTimeSpan),
            "hold" => Task.Delay(Timeout.Infinite),
            _ => throw new ArgumentException(args[0]),
        };
        await await Task.WhenAny(work, Task.Run(Console.In.ReadToEnd));
        return 0;
    }

    /// <summary>Objects that every process that is told so adds.</summary>
    public static IEnumerable<byte[]> SomeObjects() => Enumerable.Range(0, 150).Select(i => ObjectStoreTests.Bytes(2000 + (i * 37), i));

    private static void AddSome(ObjectStore store)
    {
        foreach (byte[] content in SomeObjects())
        {
            store.AddBytes(content);
        }
    }

    private static void AddBlocksForEver(ObjectStore store, int first)
    {
        for (int i = first; ; i += 20)
        {
            using BlockCache cache = new(store);
            BlockCacheTests.Add(cache, i, 20);
        }
    }

    private static void AddForEver(ObjectStore store, int seed)
    {
        Random random = new(seed);
        ActionCache cache = new(store);
        for (int i = 0; ; i++)
        {
            byte[] content = ObjectStoreTests.Bytes(random.Next(0, 300_000), seed + i);
            Sha256Digest digest = store.AddBytes(content);
            cache.Put(new ActionKeyBuilder("kill", 1).Add("n", random.Next(50)).Build(), new ActionResult([new ActionOutput("out", digest, content.Length)]));
            using ObjectBatch batch = store.BeginBatch();
            for (int j = 0; j < 20; j++)
            {
                batch.Add(ObjectStoreTests.Bytes(random.Next(0, 5000), random.Next()));
            }
            batch.Commit();
            string path = store.NewTemporaryPath();
            File.WriteAllBytes(path, content.AsSpan(0, content.Length / 2).ToArray());
            store.AddFileAsync(path, move: true).GetAwaiter().GetResult();
        }
    }

    private static async Task WorkAsync(ObjectStore store, string log, TimeSpan duration)
    {
        await new ActionCache(store).GetOrAddAsync(SharedKey, async cancel =>
        {
            await File.AppendAllTextAsync(log, "worked\n", cancel);
            await Task.Delay(duration, cancel);
            byte[] content = ObjectStoreTests.Bytes(1000, 7);
            return new ActionResult([new ActionOutput("out", store.AddBytes(content), content.Length)]);
        });
    }
}
