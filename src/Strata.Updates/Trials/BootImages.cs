using Strata.Core;
using Strata.Updates.Storage;

namespace Strata.Updates.Trials;

/// <summary>
/// Writes and removes kernel images on the EFI system partition, so that a power cut at any point leaves all others whole.
/// </summary>
/// <remarks>
/// FAT has no journal. A rename that is cut may leave both names, upon the same clusters; removing one of them then takes the content from
/// the other. So no image takes the place of another, and what is removed is removed with everything that may share its content, before
/// anything new is written.
/// </remarks>
/// <param name="esp">The EFI system partition.</param>
internal sealed class BootImages(IStorage esp)
{
    private const int BufferBytes = 1 << 18;

    /// <summary>Digest of a file.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public Sha256Digest DigestOf(string fileName)
    {
        using IStoredFile file = esp.TryOpen(PathOf(fileName)) ?? throw new IOException($"{PathOf(fileName)} is not there any more");
        return DigestOf(file, null);
    }

    /// <summary>Whether a file has the bytes of an image.</summary>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public bool IsSame(string fileName, IStoredFile content)
    {
        using IStoredFile? file = esp.TryOpen(PathOf(fileName));
        return file is not null && file.Length == content.Length && DigestOf(file, null) == DigestOf(content, null);
    }

    /// <summary>Writes an image aside, and gives it its name when all of it is on the disk.</summary>
    /// <param name="content">The image.</param>
    /// <param name="name">Name of its entry.</param>
    /// <param name="fileName">The name that it gets at the end, which is free.</param>
    /// <exception cref="IOException">There is no room, or the device fails.</exception>
    public void Write(IStoredFile content, string name, string fileName)
    {
        string aside = PathOf(AsideOf(name));
        Sha256Digest digest;
        using (IWrittenFile file = esp.Create(aside))
        {
            digest = DigestOf(content, file);
            file.Sync();
        }
        esp.SyncFolder(BootEntries.Folder);
        if (DigestOf(AsideOf(name)) != digest)
        {
            throw new IOException($"{aside} was not read back as it was written: the disk is damaged");
        }
        Rename(AsideOf(name), fileName);
    }

    /// <summary>Gives an image another name, which is free.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    public void Rename(string from, string to)
    {
        esp.Rename(PathOf(from), PathOf(to));
        esp.SyncFolder(BootEntries.Folder);
    }

    /// <summary>Removes files that belong together, one right after the other.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    public void Remove(IEnumerable<string> fileNames)
    {
        foreach (string fileName in fileNames)
        {
            esp.Remove(PathOf(fileName));
        }
        esp.SyncFolder(BootEntries.Folder);
    }

    /// <summary>Name of an image while it is written. systemd-boot passes over names that begin with a dot.</summary>
    public static string AsideOf(string name) => StorageSteps.Aside + BootEntry.Proven(name);

    private static string PathOf(string fileName) => StorageSteps.Join(BootEntries.Folder, fileName);

    private static Sha256Digest DigestOf(IStoredFile file, IWrittenFile? copy)
    {
        Sha256Sum hash = new();
        byte[] buffer = new byte[BufferBytes];
        for (long at = 0; at < file.Length;)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(BufferBytes, file.Length - at));
            if (!file.TryReadAt(at, part))
            {
                throw new IOException($"it ends after {at} bytes, expected {file.Length}");
            }
            hash.Append(part);
            copy?.Append(part);
            at += part.Length;
        }
        return hash.Finish();
    }
}
