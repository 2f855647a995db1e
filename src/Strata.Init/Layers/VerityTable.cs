using System.Globalization;
using Strata.Init.CommandLine;
using Strata.Updates.Releases;

namespace Strata.Init.Layers;

/// <summary>The line of the device-mapper table that opens a layer (Documentation/admin-guide/device-mapper/verity.rst of Linux).</summary>
internal static class VerityTable
{
    /// <summary>Name of the device mapper's target.</summary>
    public const string Target = "verity";

    private const int Sector = 512;

    /// <summary>Length of the verified device in sectors of 512 bytes.</summary>
    public static ulong Sectors(ReleaseLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return (ulong)(layer.Data / Sector);
    }

    /// <summary>
    /// The target's parameters. Data and tree lie on one device; a block of the tree's superblock stands between them.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="device">Number of the device with the image: <c>7:0</c>.</param>
    /// <param name="corruption">
    /// What follows from a block that does not match. At the start an error: a restart would hide the message.
    /// </param>
    public static string Parameters(ReleaseLayer layer, string device, CorruptionKind corruption)
    {
        ArgumentNullException.ThrowIfNull(layer);
        long blocks = layer.Data / ReleaseLayer.BlockSize;
        string salt = layer.Salt.Length == 0 ? "-" : layer.Salt;
        string more = corruption switch
        {
            CorruptionKind.Restart => " 1 restart_on_corruption",
            CorruptionKind.Panic => " 1 panic_on_corruption",
            _ => "",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"1 {device} {device} {ReleaseLayer.BlockSize} {ReleaseLayer.BlockSize} {blocks} {blocks + 1} sha256 {layer.Root} {salt}")
            + more;
    }
}
