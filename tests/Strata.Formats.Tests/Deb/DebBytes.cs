using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Ar;
using Strata.Formats.Tests.Compression;

namespace Strata.Formats.Tests.Deb;

/// <summary>Binary packages made in the test.</summary>
internal static class DebBytes
{
    public const string Control = "Package: sample\nVersion: 1.0\nArchitecture: amd64\n";

    public static byte[] Package(byte[] dataTar, CompressionKind compression = CompressionKind.None, byte[]? controlTar = null) => ArBytes.Archive(
        ("debian-binary", "2.0\n"u8.ToArray()),
        ("control.tar" + Suffix(compression), Samples.Compress(controlTar ?? ControlTar(("./control", Control)), compression)),
        ("data.tar" + Suffix(compression), Samples.Compress(dataTar, compression)));

    public static byte[] ControlTar(params IEnumerable<(string Name, string Content)> files) =>
        Tar([Directory("./"), .. files.Select(f => File(f.Name, Encoding.UTF8.GetBytes(f.Content)))]);

    public static byte[] Tar(params IEnumerable<(TarEntry Entry, byte[] Content)> entries)
    {
        using MemoryStream target = new();
        using TarWriter writer = new(target);
        foreach ((TarEntry entry, byte[] content) in entries)
        {
            writer.Write(entry, new MemoryStream(content));
        }
        writer.Finish();
        return target.ToArray();
    }

    public static (TarEntry, byte[]) File(string name, byte[] content, int mode = Modes.File) =>
        (new TarEntry { Name = name, Kind = TarKind.File, Mode = mode, Size = content.Length }, content);

    public static (TarEntry, byte[]) File(string name, string content) => File(name, Encoding.UTF8.GetBytes(content));

    public static (TarEntry, byte[]) Directory(string name, int mode = Modes.Folder) => (new TarEntry { Name = name, Kind = TarKind.Directory, Mode = mode }, []);

    public static (TarEntry, byte[]) Symlink(string name, string target) =>
        (new TarEntry { Name = name, Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = target }, []);

    public static (TarEntry, byte[]) HardLink(string name, string target) =>
        (new TarEntry { Name = name, Kind = TarKind.HardLink, Mode = Modes.File, LinkName = target }, []);

    public static (TarEntry, byte[]) Special(string name, TarKind kind) => (new TarEntry { Name = name, Kind = kind, Mode = 0x1B6 }, []);

    public static PackageListing List(byte[] deb, PackageLimits? limits = null) => PackageListing.FromPackage(new MemoryStream(deb), limits);

    /// <summary>One line an entry, with everything that a listing knows.</summary>
    public static string Dump(PackageListing listing)
    {
        StringBuilder text = new();
        foreach (ListingEntry e in listing.Entries)
        {
            text.Append(CultureInfo.InvariantCulture, $"{e.Path} {e.Kind} {Convert.ToString(e.Permissions, 8)} {e.Uid}:{e.Gid}");
            if (e.Kind is ListingKind.File or ListingKind.HardLink)
            {
                text.Append(CultureInfo.InvariantCulture, $" {e.Size}@{e.Offset} {e.Digest.ToString()[..8]}");
            }
            text.Append(e.Target.Length > 0 ? $" -> {e.Target}" : "").Append(e.Elf is null ? "" : $" {Describe(e.Elf)}")
                .Append(e.ElfProblem).Append(e.Interpreter).Append('\n');
        }
        return text.ToString();
    }

    private static string Describe(ElfFile elf)
    {
        string notes = string.Join(';', elf.DlopenNotes.Select(n => $"{n.Feature},{n.Description},{n.Priority},{string.Join('+', n.Sonames)}"));
        return $"[{elf.Class} {elf.Machine} {elf.Type} {elf.IsPie} {elf.Interpreter} {elf.Soname} {elf.Rpath} {elf.Runpath} "
            + $"({string.Join(',', elf.Needed)}) ({notes}) ({string.Join(',', elf.ModuleInfo)})]";
    }

    private static string Suffix(CompressionKind kind) => kind switch
    {
        CompressionKind.Gzip => ".gz",
        CompressionKind.Xz => ".xz",
        CompressionKind.Zstd => ".zst",
        _ => "",
    };
}
