using System.Text;
using Strata.Core;

namespace Strata.Packages.Indexes;

/// <summary>The packages of one component of one suite for one architecture, in memory: a few hundred bytes each, sorted by name.</summary>
/// <remarks>
/// Immutable and safe for concurrent use. What it holds came out of a signed archive; relations are parsed when they are asked for.
/// Limits: 2 GiB, see <see cref="PackageIndexReader"/> for those of the text form.
/// </remarks>
internal sealed class PackageIndex
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly PackageEntry?[] _entries;
    private readonly int _heap;

    private PackageIndex(ReadOnlyMemory<byte> bytes, IndexOrigin origin)
    {
        (_bytes, Origin) = (bytes, origin);
        _entries = new PackageEntry?[PackageIndexFormat.U32(bytes.Span, PackageIndexFormat.Header.Count)];
        _heap = PackageIndexFormat.HeaderSize + (_entries.Length * PackageIndexFormat.RecordSize);
        Refused = PackageIndexFormat.ReadRefused(bytes.Span);
    }

    /// <summary>Where the packages are from.</summary>
    public IndexOrigin Origin { get; }

    /// <summary>Number of packages.</summary>
    public int Count => _entries.Length;

    /// <summary>Stanzas that break a rule, in the order of the file; usually none.</summary>
    public IReadOnlyList<RefusedStanza> Refused { get; }

    /// <summary>SHA-256 of the uncompressed <c>Packages</c> file.</summary>
    public Sha256Digest SourceDigest => new(_bytes.Span.Slice(PackageIndexFormat.Header.SourceDigest, Sha256Digest.Size));

    /// <summary>The whole index in its binary form, for a cache; <see cref="Load"/> reads it.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>A package by its place in the order of names.</summary>
    public PackageEntry this[int place]
    {
        get
        {
            PackageEntry? entry = Volatile.Read(ref _entries[place]);
            if (entry is null)
            {
                PackageEntry made = new(this, place);
                entry = Interlocked.CompareExchange(ref _entries[place], made, null) ?? made;
            }
            return entry;
        }
    }

    /// <summary>Takes the binary form of an index; every rule is checked first.</summary>
    /// <param name="bytes">What <see cref="Bytes"/> gave. Kept, not copied.</param>
    /// <param name="origin">Where the packages are from.</param>
    /// <exception cref="ImageFormatException">It is damaged or of another version.</exception>
    public static PackageIndex Load(ReadOnlyMemory<byte> bytes, IndexOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        PackageIndexFormat.Check(bytes.Span);
        return new PackageIndex(bytes, origin);
    }

    /// <summary>All packages of a name, in the order in which the archive lists them; usually one, none when the name is unknown.</summary>
    public IEnumerable<PackageEntry> Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        for (int place = FirstPlaceOf(Encoding.UTF8.GetBytes(name)); place < Count; place++)
        {
            PackageEntry entry = this[place];
            if (entry.Name != name)
            {
                yield break;
            }
            yield return entry;
        }
    }

    /// <summary>UTF-8 bytes of one text of a package, without making a string of them; empty when the archive has no such field.</summary>
    public ReadOnlySpan<byte> TextOf(int place, PackageText text)
    {
        ReadOnlySpan<byte> record = RecordOf(place);
        int at = PackageIndexFormat.Record.TextEnds + (4 * (int)text);
        int start = (int)PackageIndexFormat.U32(record, at - 4); // of the first text: the record's start, which lies before the ends
        int end = (int)PackageIndexFormat.U32(record, at);
        return _bytes.Span.Slice(_heap + start, end - start);
    }

    internal ReadOnlySpan<byte> RecordOf(int place) =>
        _bytes.Span.Slice(PackageIndexFormat.HeaderSize + (place * PackageIndexFormat.RecordSize), PackageIndexFormat.RecordSize);

    private int FirstPlaceOf(ReadOnlySpan<byte> name)
    {
        (int low, int high) = (0, Count);
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (TextOf(middle, PackageText.Name).SequenceCompareTo(name) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }
}
