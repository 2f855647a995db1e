using System.Diagnostics.CodeAnalysis;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Deb;

/// <summary>Everything that a package installs: names, owners, digests, places of contents, ELF facts. Immutable.</summary>
/// <remarks>
/// Making one reads the whole package once; a listing is therefore kept, in the form of <see cref="PackageListingFormat"/>, beside the package.
/// </remarks>
public sealed class PackageListing
{
    /// <summary>Version of the kept form; part of the key under which a listing is kept.</summary>
    public const int FormatVersion = PackageListingFormat.Version;

    private const string Format = "deb data archive";

    private readonly IReadOnlyDictionary<GuestPath, ListingEntry> _byPath;

    internal PackageListing(ListingRules rules)
    {
        Entries = rules.Entries;
        _byPath = rules.ByPath;
    }

    /// <summary>All entries in the order of the archive, each path once.</summary>
    public IReadOnlyList<ListingEntry> Entries { get; }

    /// <summary>Looks up one path; links are not followed.</summary>
    public bool TryGet(GuestPath path, [NotNullWhen(true)] out ListingEntry? entry) => _byPath.TryGetValue(path, out entry);

    /// <summary>Reads and judges the data archive of a package in one pass.</summary>
    /// <param name="deb">The package: seekable, starting at position 0; stays open.</param>
    /// <param name="limits">Null means <see cref="PackageLimits.Default"/>.</param>
    /// <param name="keep">Asked for each file, with its length: where a copy of its bytes shall go; null for nowhere.</param>
    /// <param name="cancellationToken">Looked at between entries.</param>
    /// <exception cref="ImageFormatException">The package breaks a rule of its formats, or holds something that no package may hold.</exception>
    public static PackageListing FromPackage(
        Stream deb, PackageLimits? limits = null, Func<GuestPath, long, Stream?>? keep = null,
        CancellationToken cancellationToken = default)
    {
        limits ??= PackageLimits.Default;
        ListingRules rules = new(limits);
        using DebDataReader data = new(deb, limits, leaveOpen: true);
        using FileInspector inspector = new();
        while (data.Next() is TarEntry entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rules.Add(Judge(data, entry, rules, inspector, keep)) is string problem)
            {
                throw Refused(entry, problem);
            }
        }
        return new PackageListing(rules);
    }

    /// <summary>Writes the listing so that <see cref="Read"/> understands it; equal listings give equal bytes.</summary>
    public void Write(Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using MemoryStream bytes = new();
        new PackageListingWriter(bytes).Write(this);
        bytes.WriteTo(target);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, to the end of <paramref name="source"/>. The rules for packages are applied again.</summary>
    /// <exception cref="ImageFormatException">It is something else, of another version, cut off or changed.</exception>
    public static PackageListing Read(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new PackageListingReader(PackageListingFormat.ReadBody(source)).Read();
    }

    private static ListingEntry Judge(
        DebDataReader data, TarEntry entry, ListingRules rules, FileInspector inspector, Func<GuestPath, long, Stream?>? keep)
    {
        GuestPath path = ParseName(entry, entry.Name, "it");
        if (entry.ExtendedAttributes.Count > 0)
        {
            throw Refused(entry, "it has extended attributes, which dpkg does not restore and which would be lost");
        }
        ListingEntry listed = new() { Path = path, Kind = KindOf(entry), Permissions = entry.Mode, Uid = entry.Uid, Gid = entry.Gid };
        if (path.IsRoot && listed.Kind != ListingKind.Directory)
        {
            throw Refused(entry, "the root of the package is no directory");
        }
        switch (listed.Kind)
        {
            case ListingKind.Symlink:
                return listed with { Target = entry.LinkName, Permissions = Modes.Link }; // Linux knows no others for links
            case ListingKind.HardLink:
                GuestPath target = ParseName(entry, entry.LinkName, "its target");
                return rules.ByPath.TryGetValue(target, out ListingEntry? file)
                    ? file with { Path = path, Kind = ListingKind.HardLink, Target = file.Kind == ListingKind.HardLink ? file.Target : target.ToString() }
                    : listed with { Target = target.ToString() };
            case ListingKind.File:
                FileInspector.Finding finding = inspector.Inspect(
                    keep?.Invoke(path, entry.Size) is Stream copy ? new CopiedContent(data.Content, copy) : data.Content, entry.Size);
                return listed with
                {
                    Size = entry.Size,
                    Offset = entry.DataOffset,
                    Digest = finding.Digest,
                    Sha1 = finding.Sha1,
                    Elf = finding.Elf,
                    ElfProblem = finding.ElfProblem,
                    Interpreter = finding.Interpreter,
                };
            default:
                return listed;
        }
    }

    private static GuestPath ParseName(TarEntry entry, string name, string what) =>
        GuestPath.TryParseArchiveName(name, out GuestPath path, out string? problem) ? path : throw Refused(entry, $"{what} is no path in a package: {problem}");

    private static ListingKind KindOf(TarEntry entry) => entry.Kind switch
    {
        TarKind.Directory => ListingKind.Directory,
        TarKind.File => ListingKind.File,
        TarKind.Symlink => ListingKind.Symlink,
        TarKind.HardLink => ListingKind.HardLink,
        _ => throw Refused(entry, $"it is a {entry.Kind}; packages bring no devices and pipes"),
    };

    private static ImageFormatException Refused(TarEntry entry, string problem) => new(Format, entry.HeaderOffset, $"entry '{entry.Name}' is refused: {problem}");
}
