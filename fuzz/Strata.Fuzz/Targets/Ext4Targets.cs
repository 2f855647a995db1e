using Strata.Formats.Ext4;

namespace Strata.Fuzz.Targets;

/// <summary>Ext4 volumes. An input is the blocks of a sound one that are not zero: the rest, most of it, stays as it is.</summary>
internal static class Ext4Targets
{
    private const int Block = 4096;

    public static IEnumerable<FuzzTarget> All => [Target("ext4", areSumsChecked: true), Target("ext4-sealed", areSumsChecked: false)];

    private static FuzzTarget Target(string name, bool areSumsChecked) => new(name, input => Read(input, areSumsChecked), () => [Seed()])
    {
        Readers = [typeof(Ext4Reader), typeof(Ext4Superblock)], MostBytes = 96 << 10,
    };

    private static readonly Lazy<(byte[] Volume, int[] Blocks)> s_made = new(() =>
    {
        using MemoryStream image = new();
        Guid id = new(1, 2, 3, new byte[8]);
        Ext4Plan plan = Ext4Plan.Create(Made.Tree(withLinks: false), new Ext4VolumeOptions { Label = "SAMPLE", Id = id, HashSeed = id });
        Ext4Writer.WriteAsync(plan, Made.Contents(), image).GetAwaiter().GetResult();
        byte[] volume = image.ToArray();
        IEnumerable<int> all = Enumerable.Range(0, volume.Length / Block);
        return (volume, [.. all.Where(b => volume.AsSpan(b * Block, Block).ContainsAnyExcept((byte)0))]);
    });

    private static byte[] Seed() => [.. s_made.Value.Blocks.SelectMany(b => s_made.Value.Volume.AsSpan(b * Block, Block).ToArray())];

    [ThreadStatic]
    private static byte[]? s_volume;

    private static void Read(ReadOnlySpan<byte> input, bool areSumsChecked)
    {
        byte[] volume = s_volume ??= [.. s_made.Value.Volume];
        foreach (int block in s_made.Value.Blocks)
        {
            Span<byte> place = volume.AsSpan(block * Block, Block);
            place.Clear();
            int count = Math.Min(Block, input.Length);
            input[..count].CopyTo(place);
            input = input[count..];
        }
        Ext4Dump.Of(Ext4Reader.Open(new MemoryStream(volume, writable: false), areSumsChecked));
    }
}
