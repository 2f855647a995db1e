using System.Text;
using Strata.Core;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Indexes;

/// <summary>One version of one package, as an archive lists it (deb-control(5), Debian Policy §5.3).</summary>
/// <remarks>A face over the bytes of its index; what is asked for twice is kept. Safe for concurrent use.</remarks>
internal sealed class PackageEntry
{
    private readonly PackageIndex _index;
    private readonly int _place;

    internal PackageEntry(PackageIndex index, int place)
    {
        (_index, _place) = (index, place);
        Name = Text(PackageText.Name);
    }

    /// <summary>Where it is listed.</summary>
    public IndexOrigin Origin => _index.Origin;

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its version.</summary>
    public DebianVersion Version =>
        field ??= DebianVersion.TryParse(Text(PackageText.Version), out DebianVersion? version, out string? problem)
            ? version
            : throw new ImageFormatException(Origin.ToString(), _place, $"version of {Name}: {problem}");

    /// <summary><c>amd64</c>, <c>all</c> ...</summary>
    public string Architecture => field ??= Text(PackageText.Architecture);

    /// <summary>Name of its source package.</summary>
    public string SourceName => field ??= Text(PackageText.Source) is { Length: > 0 } text ? text.Split(' ', 2)[0] : Name;

    /// <summary>Section, such as <c>net</c> or <c>non-free-firmware/kernel</c>; empty when the archive gives none.</summary>
    public string Section => field ??= Text(PackageText.Section);

    /// <summary>Path of the package file below the root of the archive.</summary>
    public string Filename => field ??= Text(PackageText.Filename);

    /// <summary>Length of the package file in bytes.</summary>
    public long Size => (long)PackageIndexFormat.U64(_index.RecordOf(_place), PackageIndexFormat.Record.Size);

    /// <summary>SHA-512 of the package file; empty when the archive has its SHA-256.</summary>
    public string Sha512 => Text(PackageText.Sha512);

    /// <summary>SHA-256 of the package file; all zeros when the archive has only <see cref="Sha512"/>.</summary>
    public Sha256Digest Digest => new(_index.RecordOf(_place).Slice(PackageIndexFormat.Record.Digest, Sha256Digest.Size));

    /// <summary>What the archive says it takes when installed, to the KiB; 0 when it does not say.</summary>
    public ByteSize InstalledSize => new((long)PackageIndexFormat.U64(_index.RecordOf(_place), PackageIndexFormat.Record.InstalledSize) * 1024);

    /// <summary>The <c>Multi-Arch</c> field.</summary>
    public MultiArch MultiArch => (MultiArch)_index.RecordOf(_place)[PackageIndexFormat.Record.MultiArch];

    /// <summary>The <c>Priority</c> field.</summary>
    public PackagePriority Priority => (PackagePriority)_index.RecordOf(_place)[PackageIndexFormat.Record.Priority];

    /// <summary>True for <c>Essential: yes</c>.</summary>
    public bool IsEssential => _index.RecordOf(_place)[PackageIndexFormat.Record.Essential] != 0;

    /// <summary>What must be there for it to work.</summary>
    /// <exception cref="ImageFormatException">The field breaks the syntax; so for all relations below.</exception>
    public IReadOnlyList<RelationGroup> Depends => field ??= Groups(PackageText.Depends, "Depends");

    /// <summary>What must be there and configured before it is unpacked.</summary>
    public IReadOnlyList<RelationGroup> PreDepends => field ??= Groups(PackageText.PreDepends, "Pre-Depends");

    /// <summary>What it is found together with in all but unusual installations.</summary>
    public IReadOnlyList<RelationGroup> Recommends => field ??= Groups(PackageText.Recommends, "Recommends");

    /// <summary>Names it answers to besides its own; a version is compared with <c>=</c> or absent.</summary>
    public IReadOnlyList<Relation> Provides => field ??= Simple(PackageText.Provides, "Provides");

    /// <summary>What must not be there with it.</summary>
    public IReadOnlyList<Relation> Conflicts => field ??= Simple(PackageText.Conflicts, "Conflicts");

    /// <summary>What it makes unusable.</summary>
    public IReadOnlyList<Relation> Breaks => field ??= Simple(PackageText.Breaks, "Breaks");

    /// <summary>Whose files it may overwrite.</summary>
    public IReadOnlyList<Relation> Replaces => field ??= Simple(PackageText.Replaces, "Replaces");

    /// <summary><c>curl 8.14.1-2 (amd64)</c></summary>
    public override string ToString() => $"{Name} {Text(PackageText.Version)} ({Architecture})";

    private string Text(PackageText text) => Encoding.UTF8.GetString(_index.TextOf(_place, text));

    private IReadOnlyList<RelationGroup> Groups(PackageText text, string field) => RelationParser.Parse(Text(text), $"{field} of {this}");

    private IReadOnlyList<Relation> Simple(PackageText text, string field) => RelationParser.ParseSimple(Text(text), $"{field} of {this}");
}
