using Strata.Core;
using Strata.Formats.Deb;
using Strata.Packages.Licences;
using Strata.Store;

namespace Strata.Packages.Listings;

/// <summary>The copyright files of packages: kept when a package was listed, else read out of the package again.</summary>
/// <param name="store">Has the packages.</param>
public sealed class CopyrightTexts(ObjectStore store)
{
    /// <summary>The entry that a package's copyright file finally is, which may lie in another package of the same source.</summary>
    /// <param name="packages">All packages of the edition: a folder of documentation may be a link into that of another one.</param>
    /// <param name="name">Of which package.</param>
    /// <returns>Null for a package without one, with an empty one, or with one of more than <see cref="CopyrightFile.MaxBytes"/>.</returns>
    public static PackagedEntry? Find(PackageSet packages, string name)
    {
        ArgumentNullException.ThrowIfNull(packages);
        return packages.Follow(CopyrightFile.PathOf(name)) is
            [.., { Entry: { Kind: ListingKind.File or ListingKind.HardLink, Size: > 0 and <= CopyrightFile.MaxBytes } } file] ? file : null;
    }

    /// <summary>Its bytes.</summary>
    /// <exception cref="ImageFormatException">The package is damaged.</exception>
    public byte[] Read(PackagedEntry file)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] text = new byte[file.Entry.Size];
        if (store.TryGetSize(file.Entry.Digest, out long size) && size == text.Length)
        {
            using FileStream kept = store.OpenRead(file.Entry.Digest);
            kept.ReadExactly(text);
            return text;
        }
        using PackageContentReader contents = new(store.OpenRead);
        using Stream stream = contents.Open(file.Entry.ContentIn(file.Package.Digest));
        stream.ReadExactly(text);
        return text;
    }
}
