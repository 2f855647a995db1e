using Strata.Formats.Compression;

namespace Strata.Formats.Deb;

/// <summary>What a binary package says of itself: its control archive (deb(5), deb-control(5)).</summary>
/// <param name="Control">Text of the <c>control</c> file: one deb822 paragraph.</param>
/// <param name="Files">
/// The other control files that have a meaning here, by name: <c>preinst postinst prerm postrm config triggers conffiles templates</c>. Those
/// that the package does not bring are absent.
/// </param>
/// <param name="DataCompression">How its data archive is compressed.</param>
/// <param name="DataSize">Length of its data archive in bytes, compressed.</param>
public sealed record DebPackage(
    string Control, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files, CompressionKind DataCompression, long DataSize);
