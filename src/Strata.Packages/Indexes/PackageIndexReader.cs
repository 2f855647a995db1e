using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Packages.Deb822;
using Strata.Packages.Relations;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Packages.Versions;

namespace Strata.Packages.Indexes;

/// <summary>Reads a <c>Packages</c> file into a <see cref="PackageIndex"/> (Debian repository format, "Packages" indices).</summary>
/// <remarks>
/// A stanza that breaks a rule costs its package, not the index: it is passed over and kept as <see cref="RefusedStanza"/>. Limits:
/// 2,000,000 packages, 1 GiB of kept text, <see cref="MaxRefused"/> stanzas passed over; fields not needed to choose and fetch packages are
/// skipped.
/// </remarks>
internal static class PackageIndexReader
{
    /// <summary>Most packages in one index; trixie has 69,000.</summary>
    public const int MaxPackages = 2_000_000;

    /// <summary>Most stanzas that are passed over; an index with more broken ones is no index of packages for us.</summary>
    public const int MaxRefused = 10_000;

    private const int MaxHeapBytes = 1 << 30;
    private const int MaxProblemLength = 400;

    /// <summary>Reads to the end of a stream.</summary>
    /// <param name="packages">The uncompressed file.</param>
    /// <param name="origin">Where it is from; faults name it.</param>
    /// <exception cref="ImageFormatException">The file breaks a limit; the message names the line.</exception>
    public static PackageIndex Read(Stream packages, IndexOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(origin);
        using SHA256 hash = SHA256.Create();
        using CryptoStream hashed = new(packages, hash, CryptoStreamMode.Read, leaveOpen: true);
        Deb822Reader reader = new(hashed, $"Packages of {origin}");
        Collector collector = new(reader, origin);
        while (reader.Read())
        {
            collector.Add();
        }
        return PackageIndex.Load(collector.Finish(hash.Hash), origin);
    }

    private sealed class Collector(Deb822Reader reader, IndexOrigin origin)
    {
        private readonly ArrayBufferWriter<byte> _heap = new(1 << 16);
        private readonly ArrayBufferWriter<byte> _records = new(1 << 16);
        private readonly byte[] _architecture = Encoding.ASCII.GetBytes(origin.Architecture);
        private readonly int[] _texts = new int[PackageIndexFormat.TextCount]; // field of each text in this stanza, or -1
        private readonly StringBuilder _refused = new(); // as PackageIndexFormat keeps them
        private int _count;
        private int _refusedCount;

        public void Add()
        {
            if (origin.IsFlat && reader.TryGet("Architecture"u8, out ReadOnlySpan<byte> architecture)
                && !architecture.SequenceEqual("all"u8) && !architecture.SequenceEqual(_architecture))
            {
                return; // a flat archive has one index for all of them
            }
            Span<byte> record = _records.GetSpan(PackageIndexFormat.RecordSize)[..PackageIndexFormat.RecordSize];
            try
            {
                Check(record);
            }
            catch (ImageFormatException e)
            {
                Refuse(e);
                return;
            }
            AddTexts(record);
            _records.Advance(PackageIndexFormat.RecordSize);
            if (++_count > MaxPackages)
            {
                throw Fault($"more than {MaxPackages} packages");
            }
        }

        // Finds the fields and fills in the numbers. What a solver asks for later is checked here too: in one package it is a fault of that
        // package.
        private void Check(Span<byte> record)
        {
            Array.Fill(_texts, -1);
            if (reader.StanzaFault is { } fault)
            {
                throw fault;
            }
            record.Clear();
            record[PackageIndexFormat.Record.Priority] = (byte)PackagePriority.Optional;
            bool hasDigest = false;
            for (int field = 0; field < reader.FieldCount; field++)
            {
                PackageField kind = PackageFields.Classify(reader.NameOf(field));
                if (kind < PackageField.Size)
                {
                    _texts[(int)kind] = field;
                }
                else if (kind != PackageField.Other)
                {
                    AddNumber(record, kind, field);
                    hasDigest |= kind == PackageField.Sha256;
                }
            }
            if (BinaryPrimitives.ReadUInt64LittleEndian(record[PackageIndexFormat.Record.Size..]) == 0)
            {
                throw Fault("Size is missing or 0");
            }
            if (hasDigest)
            {
                _texts[(int)PackageText.Sha512] = -1; // one is enough
            }
            else if (_texts[(int)PackageText.Sha512] < 0)
            {
                throw Fault("SHA256 is missing, and SHA512 too");
            }
            for (PackageText text = 0; (int)text < _texts.Length; text++)
            {
                if (ProblemOf(text, ValueOf(text)) is { } problem)
                {
                    throw _texts[(int)text] < 0 ? Fault($"{text} is missing") : Fault($"{text}: {problem}", _texts[(int)text]);
                }
            }
        }

        private void Refuse(ImageFormatException fault)
        {
            if (++_refusedCount > MaxRefused)
            {
                throw Fault($"more than {MaxRefused} stanzas break a rule; the last: {fault.Problem}");
            }
            reader.TryGet("Package"u8, out ReadOnlySpan<byte> name);
            string problem = fault.Problem.Length <= MaxProblemLength ? fault.Problem : fault.Problem[..MaxProblemLength] + "…";
            AddLine(Encoding.UTF8.GetString(name[..Math.Min(name.Length, PackageName.MaxLength)]), '\t');
            AddLine(problem, '\n');

            void AddLine(string text, char end) =>
                _refused.Append([.. text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]).Append(end);
        }

        public byte[] Finish(ReadOnlySpan<byte> sourceDigest)
        {
            int[] order = [.. Enumerable.Range(0, _count)];
            ReadOnlyMemory<byte> records = _records.WrittenMemory;
            ReadOnlyMemory<byte> heap = _heap.WrittenMemory;
            Array.Sort(order, (a, b) =>
            {
                int names = NameOf(a).SequenceCompareTo(NameOf(b));
                return names != 0 ? names : a.CompareTo(b); // the archive's order among equals
            });
            byte[] refused = Encoding.UTF8.GetBytes(_refused.ToString());
            byte[] bytes = new byte[PackageIndexFormat.HeaderSize + records.Length + heap.Length + refused.Length + Sha256Digest.Size];
            Span<byte> rest = bytes.AsSpan(PackageIndexFormat.HeaderSize);
            Span<byte> sortedHeap = rest[records.Length..];
            refused.CopyTo(sortedHeap[heap.Length..]);
            int end = 0;
            foreach (int place in order)
            {
                ReadOnlySpan<byte> from = records.Span.Slice(place * PackageIndexFormat.RecordSize, PackageIndexFormat.RecordSize);
                Span<byte> to = rest[..PackageIndexFormat.RecordSize];
                rest = rest[PackageIndexFormat.RecordSize..];
                from.CopyTo(to);
                int start = (int)PackageIndexFormat.U32(from, PackageIndexFormat.Record.HeapStart);
                int length = (int)PackageIndexFormat.U32(from, PackageIndexFormat.Record.TextEnds + (4 * (int)PackageText.Replaces)) - start;
                heap.Span.Slice(start, length).CopyTo(sortedHeap[end..]);
                for (int at = PackageIndexFormat.Record.HeapStart; at < PackageIndexFormat.Record.Size; at += 4)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(to[at..], (uint)((int)PackageIndexFormat.U32(from, at) - start + end));
                }
                end += length;
            }
            PackageIndexFormat.Magic.CopyTo(bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(PackageIndexFormat.Header.Count), (uint)_count);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(PackageIndexFormat.Header.HeapLength), (uint)heap.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(PackageIndexFormat.Header.RefusedLength), (uint)refused.Length);
            sourceDigest.CopyTo(bytes.AsSpan(PackageIndexFormat.Header.SourceDigest));
            Sha256Digest.Of(bytes.AsSpan(..^Sha256Digest.Size)).Bytes.CopyTo(bytes.AsSpan(^Sha256Digest.Size..));
            return bytes;

            ReadOnlySpan<byte> NameOf(int place)
            {
                ReadOnlySpan<byte> record = records.Span.Slice(place * PackageIndexFormat.RecordSize, PackageIndexFormat.RecordSize);
                int start = (int)PackageIndexFormat.U32(record, PackageIndexFormat.Record.HeapStart);
                return heap.Span.Slice(start, (int)PackageIndexFormat.U32(record, PackageIndexFormat.Record.TextEnds) - start);
            }
        }

        private void AddNumber(Span<byte> record, PackageField kind, int field)
        {
            ReadOnlySpan<byte> value = reader.ValueOf(field);
            switch (kind)
            {
                case PackageField.Size:
                    WriteNumber(record[PackageIndexFormat.Record.Size..], value, field, long.MaxValue);
                    break;
                case PackageField.InstalledSize:
                    WriteNumber(record[PackageIndexFormat.Record.InstalledSize..], value, field, long.MaxValue / 1024);
                    break;
                case PackageField.Sha256:
                    Span<char> digits = stackalloc char[2 * Sha256Digest.Size];
                    if (value.Length != digits.Length || Encoding.Latin1.GetChars(value, digits) == 0
                        || !Sha256Digest.TryParse(digits, out Sha256Digest digest))
                    {
                        throw Fault("SHA256 is not 64 lower-case hex digits", field);
                    }
                    digest.Bytes.CopyTo(record[PackageIndexFormat.Record.Digest..]);
                    break;
                case PackageField.MultiArch:
                    record[PackageIndexFormat.Record.MultiArch] = (byte)(PackageFields.MultiArchOf(value)
                        ?? throw Fault("Multi-Arch is none of no, same, foreign, allowed", field));
                    break;
                case PackageField.Priority:
                    record[PackageIndexFormat.Record.Priority] = (byte)PackageFields.PriorityOf(value);
                    break;
                case PackageField.Essential:
                    record[PackageIndexFormat.Record.Essential] = Ascii.EqualsIgnoreCase(value, "yes"u8) ? (byte)1 : (byte)0;
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(kind));
            }
        }

        private void WriteNumber(Span<byte> to, ReadOnlySpan<byte> value, int field, long most)
        {
            if (!Utf8Parser.TryParse(value, out ulong number, out int used) || used != value.Length || number > (ulong)most)
            {
                throw Fault($"{Encoding.ASCII.GetString(reader.NameOf(field))} is no number of 0..{most}", field);
            }
            BinaryPrimitives.WriteUInt64LittleEndian(to, number);
        }

        private void AddTexts(Span<byte> record)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(record[PackageIndexFormat.Record.HeapStart..], (uint)_heap.WrittenCount);
            for (int text = 0; text < _texts.Length; text++)
            {
                ReadOnlySpan<byte> value = ValueOf((PackageText)text);
                if (value.Length > MaxHeapBytes - _heap.WrittenCount)
                {
                    throw Fault($"the texts have more than {MaxHeapBytes} bytes");
                }
                _heap.Write(value);
                BinaryPrimitives.WriteUInt32LittleEndian(record[(PackageIndexFormat.Record.TextEnds + (4 * text))..], (uint)_heap.WrittenCount);
            }
        }

        private ReadOnlySpan<byte> ValueOf(PackageText text)
        {
            ReadOnlySpan<byte> value = _texts[(int)text] < 0 ? [] : reader.ValueOf(_texts[(int)text]);
            return text == PackageText.Filename ? ArchivePath.WithoutLeadingDots(value) : value;
        }

        // Names, versions, paths and relations are used without further question afterwards.
        private string? ProblemOf(PackageText text, ReadOnlySpan<byte> value)
        {
            if (text >= PackageText.Depends)
            {
                return ProblemOfRelations(text, value);
            }
            if (value.Length > ArchivePath.MaxLength || value.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) >= 0)
            {
                return $"it is longer than {ArchivePath.MaxLength} bytes or not printable ASCII";
            }
            Span<char> buffer = stackalloc char[value.Length];
            Encoding.Latin1.GetChars(value, buffer);
            return text switch
            {
                PackageText.Name => PackageName.ProblemOf(buffer),
                PackageText.Version => DebianVersion.ProblemOf(buffer),
                PackageText.Filename => ArchivePath.ProblemOf(buffer),
                PackageText.Sha512 when !buffer.IsEmpty && !Sha512Files.IsDigest(buffer) => "it is not 128 lower-case hex digits",
                PackageText.Architecture when !buffer.SequenceEqual(origin.Architecture) && buffer is not "all" =>
                    $"'{buffer}' is neither '{origin.Architecture}' nor 'all'",
                _ => null,
            };
        }

        private static string? ProblemOfRelations(PackageText text, ReadOnlySpan<byte> value)
        {
            try
            {
                string relations = Encoding.UTF8.GetString(value);
                if (text is PackageText.Depends or PackageText.PreDepends or PackageText.Recommends)
                {
                    RelationParser.Parse(relations, "");
                }
                else
                {
                    RelationParser.ParseSimple(relations, "");
                }
                return null;
            }
            catch (ImageFormatException e)
            {
                return e.Problem;
            }
        }

        private ImageFormatException Fault(string problem, int field = -1) =>
            reader.Fault(field < 0 ? reader.Line : reader.LineOf(field), problem);
    }
}
