using System.Globalization;
using Strata.Core;

namespace Strata.Kernel.Sizes;

/// <summary>Reads the map of GNU ld (ld(1), <c>-Map</c>; the form is that of ldlang.c, "Linker script and memory map").</summary>
/// <remarks>
/// A section of an object is one line: a space, its name, its address, its size, its file; a long name stands on a line of its own before the
/// rest. Where equal texts were merged, the first object's section has the size of all of them and a line below it says what it was before;
/// those of the other objects are still listed, at the place where it ends and with sizes that they no longer have. What the linker script says of symbols and patterns stands between them and is passed over.
/// </remarks>
public static class LinkMapReader
{
    private const string Heading = "Linker script and memory map";
    private const string Merged = "(size before relaxing)";
    private const int LongestLine = 16 << 10;
    private const int MostLines = 20_000_000;
    private const int MostSections = 4_000_000;

    /// <summary>Reads a map.</summary>
    /// <exception cref="StrataException">It is no map, or beyond every bound; a number in it is none.</exception>
    public static LinkMap Read(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        State state = new();
        bool isOpen = false;
        for (int number = 1; reader.ReadLine() is string line; number++)
        {
            if (line.Length > LongestLine || number > MostLines)
            {
                throw new StrataException($"cannot read a link map: {(number > MostLines ? $"it has more than {MostLines} lines" : $"line {number} is longer than {LongestLine} characters")}");
            }
            if (!isOpen)
            {
                isOpen = line.StartsWith(Heading, StringComparison.Ordinal);
            }
            else
            {
                state.Take(line, number);
            }
        }
        return isOpen ? new LinkMap(state.Sections) : throw new StrataException($"cannot read a link map: it has no line '{Heading}'");
    }

    /// <summary>Where in the map the reading is.</summary>
    private sealed class State
    {
        private readonly Dictionary<string, string> _objects = new(StringComparer.Ordinal); // each name is kept once
        private SectionKind? _kind;
        private ulong _end = ulong.MaxValue; // where the section that is being read ends; the largest number when that is not known
        private bool _headed; // the last line was the long name of a section alone
        private int _first; // index of the first piece of the section that is being read
        private bool _waits; // the last line was a long name alone
        private bool _added; // the last line added a section

        public List<LinkedSection> Sections { get; } = [];

        public void Take(string line, int number)
        {
            (bool waited, bool added, bool headed) = (_waits, _added, _headed);
            (_waits, _added, _headed) = (false, false, false);
            if (line.Length == 0)
            {
                return;
            }
            string[] words = line.Split((char[]?)null, 4, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                return;
            }
            if (line[0] != ' ')
            {
                // 'OUTPUT(vmlinux elf64-x86-64)' and 'LOAD lib.a' end the last section
                _first = Sections.Count;
                _end = words.Length >= 3 && words[1].StartsWith("0x", StringComparison.Ordinal) ? EndOf(words[1], words[2], number) : ulong.MaxValue;
                _headed = words.Length == 1;
                _kind = words[0].StartsWith("OUTPUT(", StringComparison.Ordinal) || words[0] == "LOAD" ? null : LinkMap.KindOf(words[0]);
            }
            else if (line.Length > 1 && line[1] != ' ')
            {
                if (words[0] == "*fill*")
                {
                    Add(LinkMap.Padding, words.AsSpan(1), number);
                }
                else if (words[0][0] is not ('*' or '(')) // those are patterns of the linker script
                {
                    _waits = words.Length == 1;
                    if (words.Length == 4)
                    {
                        Add(words[3], words.AsSpan(1), number);
                    }
                }
            }
            else if (headed && words.Length >= 2 && words[0].StartsWith("0x", StringComparison.Ordinal) && words[1].StartsWith("0x", StringComparison.Ordinal))
            {
                _end = EndOf(words[0], words[1], number);
            }
            else if (added && line.EndsWith(Merged, StringComparison.Ordinal))
            {
                Sections[^1] = Sections[^1] with { File = LinkMap.Strings };
            }
            else if (waited && words.Length >= 3 && words[0].StartsWith("0x", StringComparison.Ordinal) && words[1].StartsWith("0x", StringComparison.Ordinal))
            {
                Add(string.Join(' ', words[2..]), words, number);
            }
        }

        private void Add(string name, ReadOnlySpan<string> numbers, int number)
        {
            if (_kind is not SectionKind kind || numbers.Length < 2)
            {
                return;
            }
            ulong address = Number(numbers[0], number);
            ulong size = Number(numbers[1], number);
            if (size > long.MaxValue >> 16 || Sections.Count >= MostSections)
            {
                throw new StrataException($"cannot read a link map: line {number} names a section of {size} bytes, or is beyond {MostSections} sections");
            }
            if (size > 0 && address < _end) // behind the end stand texts that were merged into another object's
            {
                // what begins before the last piece ends shows that the last one is not there either
                while (Sections.Count > _first && address < unchecked(Sections[^1].Address + (ulong)Sections[^1].Size))
                {
                    Sections.RemoveAt(Sections.Count - 1);
                }
                Sections.Add(new LinkedSection(Kept(name), kind, address, (long)size));
                _added = true;
            }
        }

        /// <summary>The name of a member of an archive is that of the member, where the archive lies: <c>lib/lib.a(ctype.o)</c>.</summary>
        private string Kept(string name)
        {
            if (!_objects.TryGetValue(name, out string? kept))
            {
                kept = name;
                int open = name.IndexOf('(', StringComparison.Ordinal);
                if (open > 0 && name.EndsWith(')'))
                {
                    string member = name[(open + 1)..^1];
                    int slash = name.LastIndexOf('/', open);
                    kept = member.Contains('/', StringComparison.Ordinal) || slash < 0 ? member : name[..(slash + 1)] + member;
                }
                _objects.Add(name, kept);
            }
            return kept;
        }

        private static ulong EndOf(string address, string size, int line) => unchecked(Number(address, line) + Number(size, line));

        private static ulong Number(string text, int line) =>
            text.StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
                ? value
                : throw new StrataException($"cannot read a link map: '{text}' in line {line} is no address or size");
    }
}
