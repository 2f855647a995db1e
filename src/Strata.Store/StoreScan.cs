using System.IO.Enumeration;
using Strata.Core;

namespace Strata.Store;

/// <summary>A thing in the store.</summary>
/// <param name="Kind">Part of the store.</param>
/// <param name="Path">Full path; a folder for trees and for temporary folders.</param>
/// <param name="Digest">Its name when that is a digest, else null.</param>
/// <param name="Bytes">Sum of the lengths of its files.</param>
/// <param name="LastUse">When it was last used or made, UTC.</param>
internal sealed record StoredThing(StoreKind Kind, string Path, Sha256Digest? Digest, long Bytes, DateTime LastUse);

/// <summary>Lists what is in a store, each part in ordinal order of paths. What vanishes while it is listed is left out.</summary>
internal sealed class StoreScan(StoreLayout layout)
{
    private static readonly EnumerationOptions s_everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = true,
    };

    /// <summary>
    /// Objects; a file that is not named by a digest, or lies in the wrong folder, has no <see cref="StoredThing.Digest"/>.
    /// </summary>
    public IEnumerable<StoredThing> Objects() => Sharded(StoreKind.Objects, layout.Objects);

    /// <summary>Remembered results, in the same way.</summary>
    public IEnumerable<StoredThing> Actions() => Sharded(StoreKind.Actions, layout.Actions);

    /// <summary>Interrupted downloads and what belongs to them.</summary>
    public IEnumerable<StoredThing> Partials() => Files(StoreKind.Partials, layout.Partials);

    /// <summary>Kept documents.</summary>
    public IEnumerable<StoredThing> Documents() => Files(StoreKind.Documents, layout.Documents);

    /// <summary>Damaged objects.</summary>
    public IEnumerable<StoredThing> Damaged() => Files(StoreKind.Damaged, layout.Damaged);

    /// <summary>Unpacked trees; one without a marker was last used at the beginning of time.</summary>
    public IEnumerable<StoredThing> Trees() => Folders(layout.Trees).Select(path =>
    {
        FileInfo marker = new(System.IO.Path.Combine(path, TreeStore.MarkerName));
        return new StoredThing(
            StoreKind.Trees, path, DigestOf(path), BytesBelow(path), marker.Exists ? marker.LastWriteTimeUtc : DateTime.MinValue);
    });

    /// <summary>Unfinished files, by the folder of their process.</summary>
    public IEnumerable<StoredThing> Temporary() => Folders(layout.Temporary)
        .Select(path => new StoredThing(StoreKind.Temporary, path, null, BytesBelow(path), Directory.GetLastWriteTimeUtc(path)))
        .Concat(Files(StoreKind.Temporary, layout.Temporary));

    /// <summary>Everything.</summary>
    public IEnumerable<StoredThing> All() =>
        Objects().Concat(Actions()).Concat(Trees()).Concat(Partials()).Concat(Documents()).Concat(Temporary()).Concat(Damaged());

    /// <summary>Path relative to the store.</summary>
    public string Relative(string path) => System.IO.Path.GetRelativePath(layout.Root, path);

    /// <summary>Sum of the lengths of all files below a folder; links are not followed.</summary>
    public static long BytesBelow(string folder)
    {
        FileSystemEnumerable<long> lengths = new(folder, (ref FileSystemEntry e) => e.Length, s_everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory && (e.Attributes & FileAttributes.ReparsePoint) == 0,
            ShouldRecursePredicate = (ref FileSystemEntry e) => (e.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        return lengths.Sum();
    }

    private static Sha256Digest? DigestOf(string path) =>
        Sha256Digest.TryParse(System.IO.Path.GetFileName(path), out Sha256Digest digest) ? digest : null;

    private static IEnumerable<string> Folders(string parent) => Directory.Exists(parent)
        ? Directory.EnumerateDirectories(parent).Order(StringComparer.Ordinal)
        : [];

    private static IEnumerable<StoredThing> Sharded(StoreKind kind, string parent)
    {
        foreach (string folder in Folders(parent))
        {
            foreach (StoredThing thing in Files(kind, folder))
            {
                bool inPlace = thing.Digest is { } digest && System.IO.Path.GetFileName(folder) == digest.ToString()[..2];
                yield return inPlace ? thing : thing with { Digest = null };
            }
        }
    }

    private static IEnumerable<StoredThing> Files(StoreKind kind, string folder)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            FileInfo file = new(path);
            if (file.Exists)
            {
                yield return new StoredThing(kind, path, DigestOf(path), file.Length, file.LastWriteTimeUtc);
            }
        }
    }
}
