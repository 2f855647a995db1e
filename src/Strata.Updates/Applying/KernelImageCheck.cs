using Strata.Core;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>
/// A kernel image has the release in it whose layers it starts, in clear before the packed initrd (docs/formats/release.md). One that has
/// another is not tried: it would look for layers that nobody has brought.
/// </summary>
internal static class KernelImageCheck
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Compares.</summary>
    /// <exception cref="StrataException">It has not this release in it.</exception>
    public static void Demand(IStoredFile image, PublishedRelease release)
    {
        byte[] wanted = ReleaseWriter.Write(release.Release);
        byte[] piece = new byte[PieceBytes + wanted.Length];
        for (long at = 0; at < image.Length; at += PieceBytes)
        {
            Span<byte> bytes = piece.AsSpan(0, (int)Math.Min(piece.Length, image.Length - at));
            if (!image.TryReadAt(at, bytes))
            {
                break;
            }
            if (bytes.IndexOf(wanted) >= 0)
            {
                return;
            }
        }
        throw new StrataException(
            $"cannot try release {release.Counter} ({release.Release.Version}): its kernel image has another release in it",
            "Whoever publishes it builds it again: 'strata publish add'.");
    }
}
