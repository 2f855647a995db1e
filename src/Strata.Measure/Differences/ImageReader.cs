using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Cpio;
using Strata.Formats.Ext4;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Pe;
using Strata.Formats.Squashfs;
using Strata.Layers;
using Strata.Measure.Bytes;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Measure.Differences;

/// <summary>Reads what is in an image or in the folder of a release, without the store that made it.</summary>
public static class ImageReader
{
    private const int LargestSection = 512 << 20;
    private const long MostContent = 16L << 30;
    private const int MostNames = 1 << 20;
    private const uint TypeMask = 0xF000; // S_IFMT
    private const int VolumeMark = (IsoFiles.VolumeBlock * IsoFiles.BlockSize) + 1; // ECMA-119 §8.4.2
    private const int TarMark = 257; // POSIX ustar

    /// <summary>
    /// Reads a folder with a <c>release.json</c>, a disk image, an ISO image, a unified kernel image or a container image, whichever it is.
    /// </summary>
    /// <exception cref="StrataException">It is none of them, or damaged.</exception>
    public static ImageContents Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (Directory.Exists(path))
            {
                return OfRelease(LayerShelf.OfFolder(path), path);
            }
            using FileStream file = File.OpenRead(path);
            byte[] start = new byte[VolumeMark + 5];
            int count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            file.Position = 0;
            return At(start.AsSpan(0, count), 0, "MZ"u8) ? OfUki(file, path)
                : At(start.AsSpan(0, count), VolumeMark, "CD001"u8) ? OfIso(file, path)
                : At(start.AsSpan(0, count), TarMark, "ustar"u8) ? ContainerContents.Read(file, path)
                : OfDisk(file, path);
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read the image {path}: {e.Message}",
                "A disk image, an ISO image, a bootable file (.efi), a container image (.oci.tar) or the folder of a release can be read.", e);
        }
    }

    private static bool At(ReadOnlySpan<byte> start, int offset, ReadOnlySpan<byte> mark) =>
        start.Length >= offset + mark.Length && start[offset..].StartsWith(mark);

    // layers lie beside the bootable file, or all of it is in that
    private static ImageContents OfIso(FileStream file, string name)
    {
        LocatedFile[] files = [.. IsoFiles.Of(file).Where(f => !f.IsDirectory && f.Length > 0 && f.Offset <= file.Length - f.Length)];
        if (files.Any(f => f.Path == "/" + Medium.ReleaseFile))
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("strata-diff-");
            try
            {
                CopyFiles(
                    files.Where(f => f.Path == "/" + Medium.ReleaseFile
                        || f.Path.StartsWith($"/{Medium.ObjectFolder}/", StringComparison.Ordinal))
                        .Select(f => (GuestPath.Parse(f.Path), Copier(file, f))),
                    folder.FullName);
                return OfRelease(LayerShelf.OfFolder(folder.FullName), name);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        LocatedFile boot = files.FirstOrDefault(f =>
                f.Path.StartsWith("/EFI/BOOT/BOOT", StringComparison.OrdinalIgnoreCase) && f.Length <= LargestSection)
            ?? throw new ImageFormatException("ISO image", 0, "it has no bootable file in /EFI/BOOT");
        using MemoryStream uki = new();
        new PartOfStream(file, boot.Offset, boot.Length).CopyTo(uki);
        return OfUki(uki, name);
    }

    private static Action<Stream> Copier(FileStream image, LocatedFile file) =>
        target => new PartOfStream(image, file.Offset, file.Length).CopyTo(target);

    private static ImageContents OfDisk(FileStream file, string name)
    {
        file.Position = 0;
        GptDisk disk = GptDisk.Read(file);
        GptEntry[] parts = [.. disk.Entries.OfType<GptEntry>()];
        if (parts.FirstOrDefault(p => p.Label == Medium.Label) is GptEntry store)
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("strata-diff-");
            try
            {
                CopyFiles(new PartOfStream(file, store.FirstLba * disk.SectorSize, store.Blocks * disk.SectorSize), folder.FullName);
                return OfRelease(LayerShelf.OfFolder(folder.FullName), name);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        foreach (GptEntry part in parts)
        {
            FatReader volume = FatReader.Open(new PartOfStream(file, part.FirstLba * disk.SectorSize, part.Blocks * disk.SectorSize));
            if (volume.Entries.FirstOrDefault(e => e.Path.ToString().StartsWith("/EFI/BOOT/BOOT", StringComparison.OrdinalIgnoreCase)) is FatEntry boot)
            {
                if (boot.Size > LargestSection)
                {
                    throw new ImageFormatException("disk image", 0, $"its bootable file has {boot.Size} bytes");
                }
                using MemoryStream uki = new();
                volume.CopyTo(boot, uki);
                return OfUki(uki, name);
            }
        }
        throw new ImageFormatException("disk image", 0, "it has no EFI system partition with something to boot");
    }

    /// <summary>Copies all files of a store's volume, whichever of the two formats it has.</summary>
    private static void CopyFiles(PartOfStream store, string folder)
    {
        IEnumerable<(GuestPath Path, Action<Stream> CopyTo)> files;
        if (Ext4Reader.IsOne(store))
        {
            Ext4Reader volume = Ext4Reader.Open(store);
            files = volume.Entries.Where(e => !e.IsDirectory).Select(e => (e.Path, (Action<Stream>)(s => volume.CopyTo(e, s))));
        }
        else
        {
            FatReader volume = FatReader.Open(store);
            files = volume.Entries.Where(e => !e.IsDirectory).Select(e => (e.Path, (Action<Stream>)(s => volume.CopyTo(e, s))));
        }
        CopyFiles(files, folder);
    }

    private static void CopyFiles(IEnumerable<(GuestPath Path, Action<Stream> CopyTo)> files, string folder)
    {
        foreach ((GuestPath path, Action<Stream> copyTo) in files)
        {
            string target = Path.Combine(folder, path.Relative);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using FileStream copy = File.Create(target);
            copyTo(copy);
        }
    }

    private static ImageContents OfUki(Stream file, string name)
    {
        file.Position = 0;
        PeImage image = PeImage.Read(file);
        PeSection initrd = image.Sections.FirstOrDefault(s => s.Name == ".initrd") ?? throw new ImageFormatException("unified kernel image", 0, "it has no section .initrd");
        byte[] packed = PeImage.ReadSection(file, initrd, LargestSection);
        string release = image.Sections.FirstOrDefault(s => s.Name == ".uname") is PeSection uname ? Encoding.UTF8.GetString(PeImage.ReadSection(file, uname, 4096)).Trim('\0', '\n') : "";
        return new ImageContents
        {
            Name = name,
            Entries = ReadInitrd(packed),
            Parts = image.Sections.Where(s => s.Name is ".linux" or ".initrd").ToDictionary(s => s.Name == ".linux" ? "kernel" : "initramfs", s => s.ContentSize, StringComparer.Ordinal),
            Kernel = release,
            KernelImage = image.Sections.FirstOrDefault(s => s.Name == ".linux") is PeSection linux
                ? Sha256Digest.Of(PeImage.ReadSection(file, linux, LargestSection)) : null,
        };
    }

    // a plain archive may stand before the packed one (docs/formats/release.md); Linux unpacks one after the other
    private static Dictionary<string, ContentEntry> ReadInitrd(byte[] packed)
    {
        Dictionary<string, ContentEntry> entries = new(StringComparer.Ordinal);
        MemoryStream archives = new(packed);
        if (Decompression.Detect(packed) == CompressionKind.None)
        {
            ReadCpio(archives, entries);
        }
        if (archives.Position < packed.Length)
        {
            using Stream plain = Decompression.Open(archives, Decompression.Detect(packed.AsSpan((int)archives.Position)));
            ReadCpio(plain, entries);
        }
        return entries;
    }

    private static void ReadCpio(Stream archive, Dictionary<string, ContentEntry> entries)
    {
        CpioReader reader = new(archive);
        Dictionary<uint, (long Size, string Digest)> contents = []; // of files with several names one name has the content
        Dictionary<string, uint> inodes = new(StringComparer.Ordinal);
        long all = 0;
        while (reader.Next() is CpioEntry entry)
        {
            all += entry.Size;
            if (all > MostContent || entries.Count > MostNames)
            {
                throw new ImageFormatException("cpio", 0, $"there are more than {MostContent} bytes or {MostNames} names");
            }
            string path = entry.Name == "." ? "/" : "/" + entry.Name.TrimStart('.').TrimStart('/');
            string type = (entry.Mode & TypeMask) switch { 0x8000 => "file", 0x4000 => "dir", 0xA000 => "link", _ => "special" };
            string digest = "";
            string target = "";
            if (type == "file")
            {
                inodes[path] = entry.Inode;
                if (entry.Size > 0)
                {
                    contents[entry.Inode] = (entry.Size, Convert.ToHexStringLower(SHA256.HashData(reader.Content)));
                }
            }
            else if (type == "link")
            {
                using StreamReader text = new(reader.Content, Encoding.UTF8);
                target = text.ReadToEnd();
            }
            entries[path] = new ContentEntry(type, ContentEntry.ModeText((int)(entry.Mode & Modes.All)), $"{entry.Uid}:{entry.Gid}", 0, digest, target, "");
        }
        foreach ((string path, uint inode) in inodes)
        {
            if (contents.TryGetValue(inode, out (long Size, string Digest) content))
            {
                entries[path] = entries[path] with { Size = content.Size, Digest = content.Digest };
            }
            else
            {
                entries[path] = entries[path] with { Digest = Sha256Digest.Of([]).ToString() };
            }
        }
    }

    private static ImageContents OfRelease(LayerShelf shelf, string name)
    {
        LayerStack stack = new(); // as in the running system
        Dictionary<string, string> packages = new(StringComparer.Ordinal);
        foreach (StoredLayer layer in shelf.Layers)
        {
            using FileStream image = shelf.Open(layer.Manifest.Image);
            using SquashfsReader reader = new(image);
            stack.Add(reader.ReadTree(new Origin(layer.Manifest.Name, null, "layer")));
            foreach (Updates.Layers.LayerPackage package in layer.Manifest.Packages)
            {
                packages[package.Name] = package.Version;
            }
        }
        Dictionary<string, ContentEntry> entries = new(StringComparer.Ordinal);
        foreach (TreeEntry entry in stack.Tree.Entries)
        {
            FileContent? content = (entry.Node as FileNode)?.Content;
            string kind = entry.Node switch { FileNode => "file", DirectoryNode => "dir", SymlinkNode => "link", _ => "special" };
            string owner = $"{entry.Node.Uid}:{entry.Node.Gid}";
            string target = (entry.Node as SymlinkNode)?.Target ?? "";
            string mode = ContentEntry.ModeText(entry.Node.Permissions);
            entries[entry.Path.ToString()] = new ContentEntry(
                kind, mode, owner, content?.Size ?? 0, content?.Digest.ToString() ?? "", target, "");
        }
        return new ImageContents
        {
            Name = name,
            Entries = entries,
            Packages = packages,
            Parts = shelf.Layers.ToDictionary(l => "layer " + l.Manifest.Name, l => l.Manifest.Size, StringComparer.Ordinal),
        };
    }
}
