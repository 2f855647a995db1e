using System.Text;
using Strata.Core;
using Strata.Formats.Digests;
using Strata.Formats.Elf;

namespace Strata.Formats.Deb;

/// <summary>Reads the body of <see cref="PackageListingFormat"/>. Counts never reserve memory: each element takes bytes that must be there.</summary>
internal sealed class PackageListingReader(ReadOnlyMemory<byte> body)
{
    /// <summary>No ELF file that was read has lists longer than this.</summary>
    private const int MaxList = 1 << 16;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int _at;

    /// <summary>Reads all entries.</summary>
    public PackageListing Read()
    {
        ListingRules rules = new(PackageLimits.Default);
        long count = Number(body.Length);
        byte[] path = [];
        for (int i = 0; i < count; i++)
        {
            int start = _at;
            path = Path(path);
            string? problem = rules.Add(Entry(path, rules)) ?? (rules.Entries.Count == i + 1 ? null : "a directory comes twice");
            if (problem is not null)
            {
                throw Error(start, problem);
            }
        }
        return _at == body.Length ? new PackageListing(rules) : throw Error(_at, "something follows the last entry");
    }

    private byte[] Path(byte[] before)
    {
        int start = _at;
        long shared = Number(before.Length);
        ReadOnlySpan<byte> rest = Bytes();
        if (shared + rest.Length > GuestPath.MaxLength)
        {
            throw Error(start, $"a path is longer than {GuestPath.MaxLength} bytes");
        }
        byte[] path = [.. before.AsSpan(0, (int)shared), .. rest];
        return before.AsSpan().CommonPrefixLength(path) == shared ? path : throw Error(start, "a path shares more with the one before than it says");
    }

    private ListingEntry Entry(byte[] path, ListingRules rules)
    {
        int start = _at;
        if (!GuestPath.TryParse(Decode(path, start), out GuestPath name, out string? problem))
        {
            throw Error(start, $"a path is refused: {problem}");
        }
        ListingKind kind = (ListingKind)Number((long)ListingKind.HardLink);
        if (kind == ListingKind.HardLink)
        {
            ListingEntry target = rules.Entries.ElementAtOrDefault((int)Number(int.MaxValue)) is { Kind: ListingKind.File } file
                ? file
                : throw Error(start, "a hard link leads to no earlier file");
            return target with { Path = name, Kind = kind, Target = target.Path.ToString() };
        }
        ListingEntry entry = new()
        {
            Path = name,
            Kind = kind,
            Permissions = kind == ListingKind.Symlink ? Modes.Link : (int)Number(0xFFF),
            Uid = (uint)Number(uint.MaxValue - 1),
            Gid = (uint)Number(uint.MaxValue - 1),
        };
        return kind switch
        {
            ListingKind.Symlink => entry with { Target = Text() },
            ListingKind.File => Content(entry),
            _ => entry,
        };
    }

    private ListingEntry Content(ListingEntry entry)
    {
        entry = entry with
        {
            Size = Number(long.MaxValue),
            Offset = Number(long.MaxValue),
            Digest = new Sha256Digest(Take(Sha256Digest.Size)),
            Sha1 = new Sha1Digest(Take(Sha1Digest.Size)),
        };
        return Number(PackageListingFormat.Script) switch
        {
            PackageListingFormat.SomeElf => entry with { Elf = Elf() },
            PackageListingFormat.BadElf when Text() is { Length: > 0 } problem => entry with { ElfProblem = problem },
            PackageListingFormat.BadElf => throw Error(_at, "the problem of an ELF file is not said"),
            PackageListingFormat.Script when Text() is { Length: > 0 } interpreter => entry with { Interpreter = interpreter },
            PackageListingFormat.Script => throw Error(_at, "the interpreter of a script is not said"),
            _ => entry,
        };
    }

    private ElfFile Elf()
    {
        int start = _at;
        ElfFile elf = new()
        {
            Class = (ElfClass)Number(2),
            Machine = (ElfMachine)Number(ushort.MaxValue),
            Type = (ElfType)Number(3),
            IsPie = Number(1) == 1,
            Interpreter = OptionalText(),
            Soname = OptionalText(),
            Rpath = OptionalText(),
            Runpath = OptionalText(),
            Needed = Texts(),
            DlopenNotes = Notes(),
            ModuleInfo = Texts(),
        };
        return elf is { Class: 0 } or { Type: 0 } ? throw Error(start, "an ELF class or type is 0") : elf;
    }

    private List<DlopenNote> Notes()
    {
        List<DlopenNote> notes = [];
        for (long left = Number(MaxList); left > 0; left--)
        {
            notes.Add(new DlopenNote(Text(), Text(), (DlopenPriority)Number((long)DlopenPriority.Suggested), Texts()));
        }
        return notes;
    }

    private List<string> Texts()
    {
        List<string> texts = [];
        for (long left = Number(MaxList); left > 0; left--)
        {
            texts.Add(Text());
        }
        return texts;
    }

    private string? OptionalText() => Text() is { Length: > 0 } text ? text : null;

    private string Text()
    {
        int start = _at;
        return Decode(Bytes(), start);
    }

    private ReadOnlySpan<byte> Bytes() => Take((int)Number(body.Length));

    private long Number(long most)
    {
        int start = _at;
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value <= most && (next > 0 || shift == 0)
                    ? value
                    : throw Error(start, $"a number is {value}, allowed 0..{most} in its shortest form");
            }
        }
        throw Error(start, "a number has more than 9 bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > body.Length - _at)
        {
            throw Error(_at, $"{count} bytes are expected, {body.Length - _at} are left");
        }
        _at += count;
        return body.Span.Slice(_at - count, count);
    }

    private static string Decode(ReadOnlySpan<byte> bytes, int start)
    {
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error(start, "a text is not UTF-8");
        }
    }

    private static ImageFormatException Error(int at, string problem) =>
        new(PackageListingFormat.Name, PackageListingFormat.HeaderSize + at, problem);
}
