using Strata.Agent.CloudConfig;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Agent.Seeds;

/// <summary>A file system that may hold a seed.</summary>
internal interface ISeedVolume
{
    /// <summary>Its device, for people.</summary>
    string Name { get; }

    /// <summary>Its label.</summary>
    string Label { get; }

    /// <summary>True when it lies on the disk that this system was started from.</summary>
    bool IsOfOurDisk { get; }

    /// <summary>True for FAT, which a boot partition has.</summary>
    bool IsFat { get; }

    /// <summary>The bytes of a file; null when there is none. Reading stops at <paramref name="most"/>.</summary>
    byte[]? TryRead(string name, int most);
}

/// <summary>
/// Seeds on disks: <c>strata/machine.yaml</c> on a boot partition, and a volume called CIDATA as cloud-init's data source NoCloud has it.
/// </summary>
/// <param name="scan">Looks for volumes.</param>
internal sealed class SeedVolumes(Func<IReadOnlyList<ISeedVolume>> scan) : ISeedSource
{
    private const string WordsFile = "strata/machine.yaml";
    private const string Label = "CIDATA";
    private static readonly string[] s_cloudFiles = ["user-data", "network-config", "meta-data", "vendor-data"];

    /// <inheritdoc/>
    public IReadOnlyList<Seed> Find(FaultList faults)
    {
        IReadOnlyList<ISeedVolume> volumes = scan();
        List<Seed> seeds = [];
        List<(ISeedVolume Volume, byte[] Bytes)> own = [];
        List<ISeedVolume> cloud = [];
        foreach (ISeedVolume volume in volumes)
        {
            if (volume.IsFat && volume.TryRead(WordsFile, Seed.MostBytes + 1) is byte[] bytes)
            {
                own.Add((volume, bytes));
                continue; // 'strata seed' puts files for cloud-init beside it: the same once more, for systems of others
            }
            if (string.Equals(volume.Label, Label, StringComparison.OrdinalIgnoreCase) && HasCloudFile(volume))
            {
                cloud.Add(volume);
            }
        }
        if (own.Count > 1 && own.FindAll(o => o.Volume.IsOfOurDisk) is { Count: > 0 } ours)
        {
            own = ours; // that of the disk we run from is the one that was meant
        }
        if (own.Count > 1)
        {
            TellSeveral(own[0].Volume, own[1].Volume, WordsFile, faults);
        }
        else if (own.Count == 1)
        {
            seeds.Add(Seed.OfWords($"{own[0].Volume.Name}/{WordsFile}", own[0].Bytes, faults));
        }
        if (cloud.Count > 1)
        {
            TellSeveral(cloud[0], cloud[1], $"a volume '{Label}'", faults);
        }
        else if (cloud.Count == 1)
        {
            seeds.Add(ReadCloud(cloud[0], faults));
        }
        return seeds;
    }

    // which of them is found first follows from the order in which drivers start
    private static void TellSeveral(ISeedVolume first, ISeedVolume second, string what, FaultList faults) => faults.Add(new Fault(
        second.Name, 0, 0, $"{what} is on {first.Name} too; neither is taken: leave one of them out and start again"));

    private static bool HasCloudFile(ISeedVolume volume)
    {
        foreach (string name in s_cloudFiles)
        {
            if (volume.TryRead(name, 1) is not null)
            {
                return true;
            }
        }
        return false;
    }

    private static Seed ReadCloud(ISeedVolume volume, FaultList faults)
    {
        Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
        List<byte> all = [];
        foreach (string name in s_cloudFiles)
        {
            if (volume.TryRead(name, Seed.MostBytes + 1) is byte[] bytes)
            {
                all.AddRange(Sha256Digest.Of(bytes).Bytes);
                if (!Seed.IsTooLarge($"{volume.Name}/{name}", bytes, faults))
                {
                    files.Add(name, bytes);
                }
            }
            else
            {
                all.Add(0);
            }
        }
        YamlMapping words = CloudSeed.Read(volume.Name, files, faults);
        return new Seed($"{volume.Name} ({Label})", Sha256Digest.Of(all.ToArray()), words);
    }
}
