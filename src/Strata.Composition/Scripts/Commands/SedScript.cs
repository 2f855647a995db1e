using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Strata.Composition.Scripts.Commands;

/// <summary>
/// A script of sed, read once and run on texts (XCU, sed): <c>s</c>, <c>p</c>, <c>d</c>, <c>q</c> and groups, with addresses.
/// </summary>
/// <remarks>Anything else makes the script one that is not understood; nothing of it is left out.</remarks>
internal sealed class SedScript
{
    private const int MostCommands = 200;
    private const int MostGroups = 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    private readonly List<Command> _commands;

    private SedScript(List<Command> commands) => _commands = commands;

    /// <summary>Reads a script.</summary>
    /// <param name="script">The commands, each on a line of its own or apart by <c>;</c>.</param>
    /// <param name="isBasic">False for extended regular expressions (<c>-E</c>).</param>
    /// <returns>The script; null when it is not understood.</returns>
    public static SedScript? TryParse(string script, bool isBasic)
    {
        int at = 0;
        return new Reader(script, isBasic).TryReadCommands(ref at, depth: 0) is List<Command> commands && at == script.Length
            ? new SedScript(commands) : null;
    }

    /// <summary>What comes out for a text.</summary>
    /// <param name="text">Lines; the last may have no end.</param>
    /// <param name="isQuiet">True when only what is asked for is put out (<c>-n</c>).</param>
    public string Run(string text, bool isQuiet)
    {
        if (text.Length == 0)
        {
            return "";
        }
        bool hasEnd = text.EndsWith('\n');
        string[] lines = (hasEnd ? text[..^1] : text).Split('\n');
        List<string> output = [];
        bool lastIsOut = false;
        _commands.ForEach(c => c.Begin());
        for (int i = 0; i < lines.Length; i++)
        {
            Cycle cycle = new(lines[i], i + 1, i == lines.Length - 1, output);
            int before = output.Count;
            bool isDeleted = !cycle.Run(_commands);
            if (!isDeleted && !isQuiet)
            {
                output.Add(cycle.Line);
            }
            lastIsOut = cycle.IsLast && output.Count > before;
            if (cycle.Quits)
            {
                hasEnd |= !cycle.IsLast;
                break;
            }
        }
        // the missing end of the last line is missing where that line comes out
        return output.Count == 0 ? "" : string.Join('\n', output) + (hasEnd || !lastIsOut ? "\n" : "");
    }

    private static string Replacement(string to, Match match)
    {
        StringBuilder text = new();
        for (int i = 0; i < to.Length; i++)
        {
            bool isEscaped = to[i] == '\\' && i + 1 < to.Length;
            char c = isEscaped ? to[++i] : to[i];
            text.Append(isEscaped && char.IsAsciiDigit(c) ? match.Groups[c - '0'].Value : isEscaped && c == 'n' ? "\n"
                : isEscaped && c == 't' ? "\t" : !isEscaped
                && c == '&' ? match.Value : c.ToString());
        }
        return text.ToString();
    }

    private sealed class Cycle(string line, int number, bool isLast, List<string> output)
    {
        public string Line { get; set; } = line;

        public int Number => number;

        public bool IsLast => isLast;

        public bool Quits { get; set; }

        /// <summary>False when the line is deleted.</summary>
        public bool Run(List<Command> commands)
        {
            foreach (Command command in commands.Where(c => c.Selects(this)))
            {
                switch (command.Name)
                {
                    case 'd':
                        return false;
                    case 'p':
                        output.Add(Line);
                        break;
                    case 'q':
                        Quits = true;
                        return true;
                    case '{':
                        if (!Run(command.Group) || Quits)
                        {
                            return Quits;
                        }
                        break;
                    default:
                        Substitute(command);
                        break;
                }
            }
            return true;
        }

        private void Substitute(Command command)
        {
            int seen = 0;
            bool isChanged = false;
            Line = command.Pattern!.Replace(Line, m =>
            {
                bool isMeant = ++seen == command.From || (command.IsEach && seen > command.From);
                isChanged |= isMeant;
                return isMeant ? Replacement(command.To, m) : m.Value;
            });
            if (isChanged && command.Prints)
            {
                output.Add(Line);
            }
        }
    }

    // an address is a number, '$' or an expression; two are a range
    private sealed record Address(int Line, bool IsLast, Regex? Pattern)
    {
        public bool Is(Cycle cycle) => Pattern?.IsMatch(cycle.Line) ?? (IsLast ? cycle.IsLast : cycle.Number == Line);
    }

    private sealed class Command
    {
        private bool _isWithin;

        public required char Name { get; init; }

        public Address? First { get; init; }

        public Address? Second { get; init; }

        public bool IsNegated { get; init; }

        public Regex? Pattern { get; init; }

        public string To { get; init; } = "";

        public int From { get; init; } = 1;

        public bool IsEach { get; init; }

        public bool Prints { get; init; }

        public List<Command> Group { get; init; } = [];

        public void Begin()
        {
            _isWithin = false;
            Group.ForEach(c => c.Begin());
        }

        public bool Selects(Cycle cycle) => IsAddressed(cycle) != IsNegated;

        private bool IsAddressed(Cycle cycle)
        {
            if (First is null || Second is null)
            {
                return First?.Is(cycle) ?? true;
            }
            if (_isWithin)
            {
                _isWithin = Second.Line > 0 ? cycle.Number < Second.Line : !Second.Is(cycle);
                return Second.Line == 0 || cycle.Number <= Second.Line;
            }
            bool begins = First.Is(cycle);
            _isWithin = begins && (Second.Line > 0 ? Second.Line > cycle.Number : !(Second.IsLast && cycle.IsLast));
            return begins;
        }
    }

    private sealed class Reader(string script, bool isBasic)
    {
        private int _count;

        public List<Command>? TryReadCommands(ref int at, int depth)
        {
            List<Command> commands = [];
            while (true)
            {
                while (at < script.Length && (char.IsWhiteSpace(script[at]) || script[at] == ';'))
                {
                    at++;
                }
                if (at == script.Length || script[at] == '}')
                {
                    return (at < script.Length) == depth > 0 ? commands : null;
                }
                if (++_count > MostCommands || depth > MostGroups || TryRead(ref at, depth) is not Command command)
                {
                    return null;
                }
                commands.Add(command);
            }
        }

        private Command? TryRead(ref int at, int depth)
        {
            if (!TryReadAddress(ref at, out Address? first))
            {
                return null;
            }
            Address? second = null;
            if (first is not null && at < script.Length && script[at] == ',')
            {
                at++;
                SkipBlanks(ref at);
                if (!TryReadAddress(ref at, out second) || second is null)
                {
                    return null;
                }
            }
            SkipBlanks(ref at);
            bool isNegated = at < script.Length && script[at] == '!';
            at += isNegated ? 1 : 0;
            SkipBlanks(ref at);
            if (at == script.Length || (script[at] == 'q' && second is not null))
            {
                return null;
            }
            char name = script[at++];
            Command? read = name switch
            {
                'd' or 'p' or 'q' => new Command { Name = name, First = first, Second = second, IsNegated = isNegated },
                '{' => TryReadCommands(ref at, depth + 1) is List<Command> group && at < script.Length && script[at++] == '}'
                    ? new Command { Name = '{', First = first, Second = second, IsNegated = isNegated, Group = group } : null,
                's' => TryReadSubstitution(ref at, first, second, isNegated),
                _ => null,
            };
            SkipBlanks(ref at);
            return at == script.Length || script[at] is ';' or '\n' or '}' ? read : null;
        }

        private bool TryReadAddress(ref int at, out Address? address)
        {
            address = null;
            int begin = at;
            while (at < script.Length && char.IsAsciiDigit(script[at]))
            {
                at++;
            }
            if (at > begin)
            {
                bool isNumber = int.TryParse(script[begin..at], NumberStyles.None, CultureInfo.InvariantCulture, out int line) && line > 0;
                address = new Address(line, IsLast: false, null);
                return isNumber;
            }
            if (at < script.Length && script[at] == '$')
            {
                at++;
                address = new Address(0, IsLast: true, null);
            }
            else if (at < script.Length && script[at] == '/')
            {
                at++;
                address = TryReadPart(ref at, '/') is string text && text.Length > 0 && ToRegex(text, ignoresCase: false) is Regex pattern
                    ? new Address(0, IsLast: false, pattern) : null;
                return address is not null;
            }
            return true;
        }

        private Command? TryReadSubstitution(ref int at, Address? first, Address? second, bool isNegated)
        {
            if (at >= script.Length || script[at] is '\\' or '\n')
            {
                return null;
            }
            char delimiter = script[at++];
            if (TryReadPart(ref at, delimiter) is not { Length: > 0 } from || TryReadPart(ref at, delimiter) is not string to)
            {
                return null;
            }
            (bool isEach, bool prints, bool ignoresCase, int number) = (false, false, false, 0);
            for (; at < script.Length && script[at] is not (';' or '\n' or '}' or ' ' or '\t'); at++)
            {
                char flag = script[at];
                if (flag is not ('g' or 'p' or 'i' or 'I') && !char.IsAsciiDigit(flag))
                {
                    return null;
                }
                (isEach, prints, ignoresCase) = (isEach || flag == 'g', prints || flag == 'p', ignoresCase || flag is 'i' or 'I');
                number = char.IsAsciiDigit(flag) && number < 10_000 ? (number * 10) + (flag - '0') : number;
            }
            return ToRegex(from, ignoresCase) is Regex pattern
                ? new Command
                {
                    Name = 's', First = first, Second = second, IsNegated = isNegated, Pattern = pattern, To = to,
                    IsEach = isEach, Prints = prints, From = Math.Max(number, 1),
                }
                : null;
        }

        private Regex? ToRegex(string text, bool ignoresCase) =>
            PosixRegex.TryParse(Unescape(text), isBasic, isFixed: false, isWholeLine: false, ignoresCase, s_deadline);

        // up to the delimiter, which stands for itself behind a backslash
        private string? TryReadPart(ref int at, char delimiter)
        {
            StringBuilder part = new();
            for (; at < script.Length; at++)
            {
                if (script[at] == '\\' && at + 1 < script.Length)
                {
                    part.Append(script[at + 1] == delimiter ? "" : "\\").Append(script[++at]);
                }
                else if (script[at] == delimiter)
                {
                    at++;
                    return part.ToString();
                }
                else
                {
                    part.Append(script[at]);
                }
            }
            return null;
        }

        private void SkipBlanks(ref int at)
        {
            while (at < script.Length && script[at] is ' ' or '\t')
            {
                at++;
            }
        }

        // sed of GNU knows them everywhere, within a set of characters too
        private static string Unescape(string from)
        {
            StringBuilder text = new();
            for (int i = 0; i < from.Length; i++)
            {
                bool isPair = from[i] == '\\' && i + 1 < from.Length;
                _ = !isPair ? text.Append(from[i]) : from[++i] switch
                {
                    't' => text.Append('\t'),
                    'n' => text.Append('\n'),
                    char c => text.Append('\\').Append(c),
                };
            }
            return text.ToString();
        }
    }
}
