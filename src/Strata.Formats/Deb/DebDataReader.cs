using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Deb;

/// <summary>The files of a binary package, in the order of its data archive.</summary>
/// <remarks>No policy is applied here: entries are reported as they stand. <see cref="PackageListing.FromPackage"/> is for judging them.</remarks>
internal sealed class DebDataReader : IDisposable
{
    private readonly Stream _data;
    private readonly TarReader _tar;

    /// <summary>Opens the data archive of a package.</summary>
    /// <param name="deb">The package: seekable, starting at position 0; not to be used otherwise meanwhile.</param>
    /// <param name="limits">Null means <see cref="PackageLimits.Default"/>.</param>
    /// <param name="leaveOpen">True leaves <paramref name="deb"/> open.</param>
    /// <exception cref="ImageFormatException">It is no package.</exception>
    public DebDataReader(Stream deb, PackageLimits? limits = null, bool leaveOpen = false)
    {
        limits ??= PackageLimits.Default;
        _data = OpenData(deb, limits, leaveOpen);
        _tar = new TarReader(_data, new TarLimits { MaxEntries = limits.MaxEntries });
    }

    /// <summary>The content of the current entry, valid until <see cref="Next"/>.</summary>
    public Stream Content => _tar.Content;

    /// <summary>Goes to the next entry; null at the end, which was checked.</summary>
    /// <exception cref="ImageFormatException">The package breaks a rule of its formats or is cut off.</exception>
    public TarEntry? Next() => _tar.Next();

    /// <summary>The decompressed data archive of a package, the stream that offsets of <c>PackageContent</c> count in.</summary>
    /// <inheritdoc cref="DebDataReader(Stream, PackageLimits?, bool)"/>
    public static Stream OpenData(Stream deb, PackageLimits? limits = null, bool leaveOpen = false) =>
        DebLayout.Open(deb, DebLayout.Read(deb).Data, limits ?? PackageLimits.Default, leaveOpen);

    /// <summary>Closes the archive, and the package unless it is to stay open.</summary>
    public void Dispose() => _data.Dispose();
}
