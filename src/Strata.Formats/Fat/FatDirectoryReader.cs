using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>Reads the records of one directory (FAT §6, §7).</summary>
internal sealed class FatDirectoryReader(FatBootSector boot, GuestPath path, byte[] records)
{
    private const string FormatName = "FAT directory";

    private readonly StringBuilder _long = new();
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private int _partsLeft; // parts of a long name still to come
    private byte _checksum; // which short name they belong to
    private bool _longWhole;
    private int _at;

    public List<FatEntry> Entries { get; } = [];

    public string Label { get; private set; } = "";

    /// <summary>Reads up to the first record that was never used.</summary>
    /// <param name="cluster">Own first cluster, for the check of <c>.</c></param>
    /// <param name="parent">That of the parent, 0 for the root, for the check of <c>..</c></param>
    public void Read(uint cluster, uint parent)
    {
        int number = 0;
        for (_at = 0; _at < records.Length; _at += FatFormat.RecordSize, number++)
        {
            ReadOnlySpan<byte> record = records.AsSpan(_at, FatFormat.RecordSize);
            if (record[0] == 0)
            {
                break;
            }
            if (!path.IsRoot && number < 2)
            {
                CheckDot(record, number == 0 ? ".          "u8 : "..         "u8, number == 0 ? cluster : parent);
            }
            else if (record[0] == FatRecord.Deleted)
            {
                RefuseOpenLongName("a deleted record");
            }
            else if ((record[FatRecord.At.Attributes] & 0x3F) == (byte)FatAttributes.LongName)
            {
                AddPart(record);
            }
            else if ((record[FatRecord.At.Attributes] & (byte)FatAttributes.VolumeLabel) != 0)
            {
                AddLabel(record);
            }
            else
            {
                AddEntry(record);
            }
        }
        RefuseOpenLongName("the end of the directory");
        if (!path.IsRoot && number < 2)
        {
            throw Broken("'.' and '..' are missing");
        }
    }

    private void CheckDot(ReadOnlySpan<byte> record, ReadOnlySpan<byte> name, uint cluster)
    {
        string shown = Encoding.ASCII.GetString(name).TrimEnd(' ');
        if (!record[..FatName.ShortLength].SequenceEqual(name) || record[FatRecord.At.Attributes] != (byte)FatAttributes.Directory)
        {
            throw Broken($"its record for '{shown}' is something else");
        }
        if (ClusterOf(record) != cluster)
        {
            throw Broken($"'{shown}' leads to cluster {ClusterOf(record)}, expected {cluster}");
        }
    }

    private void AddPart(ReadOnlySpan<byte> record)
    {
        int order = record[FatRecord.LongAt.Order];
        if (record[FatRecord.LongAt.Kind] != 0 || BinaryPrimitives.ReadUInt16LittleEndian(record[FatRecord.LongAt.Cluster..]) != 0)
        {
            throw Broken("a long-name record has values in its fixed fields");
        }
        if ((order & FatRecord.LastPart) != 0)
        {
            RefuseOpenLongName("another long name");
            _partsLeft = order & ~FatRecord.LastPart;
            _checksum = record[FatRecord.LongAt.Checksum];
            _long.Clear();
            if (_partsLeft is < 1 or > 20)
            {
                throw Broken($"a long name has {_partsLeft} parts, expected 1..20");
            }
        }
        else if (_partsLeft == 0 || order != _partsLeft || record[FatRecord.LongAt.Checksum] != _checksum)
        {
            throw Broken($"part {order} of a long name does not follow on its predecessor");
        }
        bool last = (order & FatRecord.LastPart) != 0;
        StringBuilder part = new(FatName.UnitsInPart);
        bool ended = false;
        foreach (byte offset in FatRecord.UnitOffsets)
        {
            ushort unit = BinaryPrimitives.ReadUInt16LittleEndian(record[offset..]);
            if (ended ? unit != 0xFFFF : unit == 0 && !last)
            {
                throw Broken("a long name is not padded with 0xffff, or ends before its last part");
            }
            ended |= unit == 0;
            if (!ended)
            {
                part.Append((char)unit);
            }
        }
        if (part.Length == 0)
        {
            throw Broken("a part of a long name is empty");
        }
        _long.Insert(0, part);
        _partsLeft--;
        _longWhole = _partsLeft == 0;
    }

    private void AddLabel(ReadOnlySpan<byte> record)
    {
        RefuseOpenLongName("a label");
        if (!path.IsRoot || Label.Length > 0 || ClusterOf(record) != 0)
        {
            throw Broken("a label record that is not the root's only one, or that has clusters");
        }
        Label = Ascii(record[..FatName.ShortLength]).TrimEnd(' ');
    }

    private void AddEntry(ReadOnlySpan<byte> record)
    {
        ReadOnlySpan<byte> field = record[..FatName.ShortLength];
        string shortName = FatName.Display(Ascii(field));
        if (!FatName.IsPlainShort(shortName))
        {
            throw Broken($"short name '{shortName}' breaks the rules for them");
        }
        string name = shortName;
        if (_longWhole)
        {
            if (FatName.Checksum(field) != _checksum)
            {
                throw Broken($"the long name '{_long}' belongs to another short name than {shortName}");
            }
            name = _long.ToString();
            _longWhole = false;
        }
        else
        {
            RefuseOpenLongName("a short name");
        }
        if (FatName.ProblemOf(name) is string problem || !GuestPath.TryParse(path.IsRoot ? "/" + name : $"{path}/{name}", out GuestPath entryPath, out problem!))
        {
            throw Broken($"name '{name}' is not possible: {problem}");
        }
        if (!_names.Add(name) || (!string.Equals(name, shortName, StringComparison.OrdinalIgnoreCase) && !_names.Add(shortName)))
        {
            throw Broken($"the name '{name}' or {shortName} is there twice");
        }
        FatAttributes attributes = (FatAttributes)record[FatRecord.At.Attributes];
        long size = BinaryPrimitives.ReadUInt32LittleEndian(record[FatRecord.At.Size..]);
        if ((attributes & FatAttributes.Directory) != 0 && size != 0)
        {
            throw Broken($"directory '{name}' has size {size}, expected 0");
        }
        FatTime stamp = new(
            BinaryPrimitives.ReadUInt16LittleEndian(record[FatRecord.At.ModifiedDate..]),
            BinaryPrimitives.ReadUInt16LittleEndian(record[FatRecord.At.ModifiedTime..]),
            0);
        if (!stamp.TryToDateTime(out DateTimeOffset modified))
        {
            throw Broken($"'{name}' was changed at date 0x{stamp.Date:x4}, time 0x{stamp.Time:x4}, which is no moment");
        }
        Entries.Add(new FatEntry(entryPath, shortName, attributes, ClusterOf(record), size, modified));
    }

    private uint ClusterOf(ReadOnlySpan<byte> record)
    {
        uint high = BinaryPrimitives.ReadUInt16LittleEndian(record[FatRecord.At.ClusterHigh..]);
        if (boot.Type != FatType.Fat32 && high != 0)
        {
            throw Broken("the high half of a cluster number is set, which only FAT32 has");
        }
        return (high << 16) | BinaryPrimitives.ReadUInt16LittleEndian(record[FatRecord.At.ClusterLow..]);
    }

    private void RefuseOpenLongName(string instead)
    {
        if (_partsLeft > 0 || _longWhole)
        {
            throw Broken($"a long name is followed by {instead} instead of its short name");
        }
    }

    private string Ascii(ReadOnlySpan<byte> field) => field.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E)
        ? throw Broken("a short name or label has characters outside printable ASCII")
        : Encoding.ASCII.GetString(field);

    // The position is that within the directory: its clusters may lie anywhere.
    private ImageFormatException Broken(string problem) => new(FormatName + " " + path, _at, problem);
}
