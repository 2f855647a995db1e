using Strata.Core;
using Strata.Formats.Gpt;

namespace Strata.Formats.Tests.Gpt;

/// <summary>Inputs for the tests of GPT.</summary>
internal static class Disks
{
    public static Guid Id(string name) => DigestGuid.Of(Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(name)));

    public static DiskPart Part(string label, PartitionType type, byte[] content) => new DiskPart
    {
        Label = label,
        Type = type,
        Id = Id(label),
        ContentBytes = content.Length,
    }.From(() => new MemoryStream(content, writable: false));

    public static DiskPart Empty(string label, PartitionType type, long size) =>
        new() { Label = label, Type = type, Id = Id(label), ContentBytes = 0, SizeBytes = size };

    public static DiskConfig Sample(int sectorSize = 512) => new()
    {
        DiskId = Id("disk"),
        SectorSize = sectorSize,
        Parts =
        [
            Part("ESP", PartitionType.Esp, Bytes(3_000_000, 1)),
            Part("strata_1.0", PartitionType.RootX64, Bytes(5_000_001, 2)) with { Attributes = GptAttributes.ReadOnly },
            Part("verity", PartitionType.RootX64Verity, Bytes(1, 3)),
            Empty("Daten äöü", PartitionType.Var, 8 << 20),
        ],
    };

    public static async Task<byte[]> WriteAsync(DiskConfig config)
    {
        using MemoryStream stream = new();
        await DiskWriter.WriteAsync(DiskPlan.Create(config), stream);
        return stream.ToArray();
    }

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
