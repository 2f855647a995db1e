using System.Globalization;
using System.Text;
using Strata.Composition.Scripts.Shell;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Programs that turn one text into another, in the forms in which they are well known; in others what they say is not
/// known.</summary>
internal static class Filters
{
    private const int MostCount = 100_000;

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["cut"] = (_, c) => Lines(c, Cut(c)),
            ["head"] = (_, c) => Whole(c, Count(c) is int count ? t => string.Concat(LinesOf(t).Take(count).Select(l => l + "\n")) : null),
            ["tail"] = (_, c) => Whole(c, Count(c) is int count ? t => string.Concat(LinesOf(t).TakeLast(count).Select(l => l + "\n"))
                : null),
            ["sort"] = (_, c) => Whole(c, c.Arguments.All(a => a is "-u")
                ? t => string.Concat((c.Arguments.Count > 0 ? LinesOf(t).Distinct() : LinesOf(t)).Order(StringComparer.Ordinal)
                    .Select(l => l + "\n")) : null),
            ["wc"] = (_, c) => Whole(c, c.Arguments is ["-l"] ? t => t.Count(ch => ch == '\n').ToString(CultureInfo.InvariantCulture)
                + "\n" : null),
            ["tr"] = (_, c) => Whole(c, Translate(c)),
            ["tac"] = (_, c) => Whole(c, c.Arguments.Count == 0 ? Reverse : null),
            ["stat"] = (_, c) => Stat(c),
        };

    // a last line without an end stays without one, in front: tac(1)
    private static string Reverse(string text)
    {
        List<string> lines = [];
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(text[at..end]);
            at = end;
        }
        lines.Reverse();
        return string.Concat(lines);
    }

    private static int? Whole(CommandCall call, Func<string, string>? filter)
    {
        call.Write(filter is null || call.Streams.Input.TakeAll() is not string input ? null : filter(input));
        return filter is null ? null : 0;
    }

    private static int? Lines(CommandCall call, Func<string, string>? filter) =>
        Whole(call, filter is null ? null : t => string.Concat(LinesOf(t).Select(l => filter(l) + "\n")));

    private static string[] LinesOf(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    // -n 1, -n1, -1
    private static int? Count(CommandCall call) => call.Arguments switch
    {
        [] => 10,
        ["-n", string text] => Number(text),
        [['-', 'n', .. string text]] => Number(text),
        [['-', .. string text]] => Number(text),
        _ => null,
    };

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MostCount ? number : null;

    private static Func<string, string>? Cut(CommandCall call)
    {
        if (call.Arguments.Contains(null))
        {
            return null;
        }
        Options options = Options.Of(call, "-d= -f= -c= -b= -s --delimiter= --fields=");
        if (options.Rest.Count > 0)
        {
            return null; // of files
        }
        char delimiter = options.Value("-d", "--delimiter") is { Length: 1 } given ? given[0] : '\t';
        if (options.Value("-f", "--fields") is string fields && RangeOf(fields) is (int first, int last))
        {
            return line => line.Contains(delimiter, StringComparison.Ordinal)
                ? string.Join(delimiter, line.Split(delimiter).Skip(first - 1).Take(last - first + 1)) : line;
        }
        return options.Value("-c", "-b") is string characters && RangeOf(characters) is (int begin, int end)
            ? line => begin > line.Length ? "" : line[(begin - 1)..Math.Min(end, line.Length)] : null;
    }

    private static (int First, int Last)? RangeOf(string text)
    {
        string[] ends = text.Split('-');
        int? first = ends[0].Length == 0 ? 1 : Number(ends[0]);
        int? last = ends.Length == 1 ? first : ends[1].Length == 0 ? MostCount : Number(ends[1]);
        return ends.Length <= 2 && first is int f and > 0 && last is int l ? (f, l) : null;
    }

    private static Func<string, string>? Translate(CommandCall call) => call.Arguments switch
    {
        ["-d", string set] when IsPlain(set) => t => string.Concat(t.Where(c => !Unescape(set).Contains(c, StringComparison.Ordinal))),
        [string from, string to] when IsPlain(from) && IsPlain(to) && Unescape(from).Length == Unescape(to).Length =>
            t => string.Concat(t.Select(c => Unescape(from).IndexOf(c, StringComparison.Ordinal) is >= 0 and int at ? Unescape(to)[at]
                : c)),
        _ => null,
    };

    private static bool IsPlain(string set) => !set.AsSpan().ContainsAny('[', '-') && set.Length > 0;

    private static string Unescape(string text) => text.Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("\\t", "\t", StringComparison.Ordinal);

    private static int? Stat(CommandCall call)
    {
        if (call.Arguments.Contains(null))
        {
            call.Write(null);
            return null;
        }
        Options options = Options.Of(call, "-L --dereference -c= --format= --printf= -f -t");
        if (options.Value("-c", "--format") is not string format || options.Rest is not [string path]
            || options.Has("-f", "-t", "--printf"))
        {
            call.Write(null);
            return null;
        }
        if (FileCommands.At(call, path, follows: options.Has("-L", "--dereference")) is not (_, ScriptedFile file))
        {
            return 1;
        }
        StringBuilder text = new();
        for (int i = 0; i < format.Length; i++)
        {
            string? part = format[i] != '%' || i + 1 == format.Length ? format[i].ToString() : format[++i] switch
            {
                'U' => file.User ?? (file.Node.Uid == 0 ? "root" : null),
                'G' => file.Group ?? (file.Node.Gid == 0 ? "root" : null),
                'a' => Convert.ToString(file.Node.Permissions, 8),
                'n' => path,
                _ => null,
            };
            if (part is null)
            {
                call.Write(null);
                return 0;
            }
            text.Append(part);
        }
        call.Write(text + "\n");
        return 0;
    }
}
