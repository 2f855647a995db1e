using System.Globalization;
using Strata.Updates.Releases;

namespace Strata.Init.Layers;

/// <summary>The line of the device-mapper table that opens a layer (Documentation/admin-guide/device-mapper/verity.rst of Linux).</summary>
internal static class VerityTable
{
    private const int Sector = 512;

    /// <summary>Length of the verified device in sectors of 512 bytes.</summary>
    public static ulong Sectors(ReleaseLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return (ulong)(layer.Data / Sector);
    }

    /// <summary>
    /// The target's parameters. Data and tree lie on one device; a block of the tree's superblock stands between them. A block that does not match
    /// gives an I/O error, the default: neither a restart, which would hide the message, nor a panic.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="device">Number of the device with the image: <c>7:0</c>.</param>
    public static string Parameters(ReleaseLayer layer, string device)
    {
        ArgumentNullException.ThrowIfNull(layer);
        long blocks = layer.Data / ReleaseLayer.BlockSize;
        string salt = layer.Salt.Length == 0 ? "-" : layer.Salt;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"1 {device} {device} {ReleaseLayer.BlockSize} {ReleaseLayer.BlockSize} {blocks} {blocks + 1} sha256 {layer.Root} {salt}");
    }
}
