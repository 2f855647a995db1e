using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Kernel.Profiles;

/// <summary>A named part of a kernel's configuration: <c>kernel/fragments/NAME.config</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">The comment at its top.</param>
/// <param name="File">Its file as shown to people.</param>
/// <param name="Lines">What it asks for, each with its line in the file.</param>
public sealed record KernelFragment(string Name, string Description, string File, IReadOnlyList<PlacedLine> Lines)
{
    private const int LargestFile = 1 << 20;

    /// <summary>Reads a fragment. Faults are collected, none is thrown; null when there is nothing to go on with.</summary>
    public static KernelFragment? Load(string path, string shownAs, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        try
        {
            string text = ForeignFolder.ReadTextFile(path, depth: 3, LargestFile);
            return Read(text, Path.GetFileNameWithoutExtension(path), shownAs, faults);
        }
        catch (StrataException e)
        {
            faults.Add(new Fault(shownAs, 1, 1, e.Message));
            return null;
        }
    }

    /// <summary>Reads the text of a fragment.</summary>
    public static KernelFragment Read(string text, string name, string shownAs, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(faults);
        string[] lines = text.Split('\n');
        string description = string.Join(' ', lines.TakeWhile(l => l.StartsWith("# ", StringComparison.Ordinal) && ConfigLine.TryParse(l.TrimEnd()) is null)
            .Select(l => l[2..].Trim()));
        if (description.Length == 0)
        {
            faults.Add(new Fault(shownAs, 1, 1, "the first line is no comment; expected '# ' and what the fragment is for"));
        }
        return new KernelFragment(name, description, shownAs, PlacedLine.ReadAll(lines, shownAs, firstLine: 1, faults));
    }
}

/// <summary>A wish and where it stands.</summary>
/// <param name="Line">The wish.</param>
/// <param name="File">File as shown to people.</param>
/// <param name="Number">Line in it, from 1.</param>
public sealed record PlacedLine(ConfigLine Line, string File, long Number)
{
    /// <summary><c>file:line</c>.</summary>
    public string Place => $"{File}:{Number}";

    /// <summary>Reads lines as <c>.config</c> has them; comments and empty lines are passed over, everything else is a fault.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="file">File as shown to people.</param>
    /// <param name="firstLine">Number of the first of them.</param>
    /// <param name="faults">Gets the faults.</param>
    public static IReadOnlyList<PlacedLine> ReadAll(IReadOnlyList<string> lines, string file, long firstLine, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(faults);
        List<PlacedLine> read = [];
        Dictionary<string, long> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < lines.Count; i++)
        {
            string text = lines[i].Trim();
            long number = firstLine + i;
            if (ConfigLine.TryParse(text) is ConfigLine line)
            {
                if (!seen.TryAdd(line.Symbol, number))
                {
                    faults.Add(new Fault(file, number, 1, $"CONFIG_{line.Symbol} stands here a second time; the first is in line {seen[line.Symbol]}"));
                    continue;
                }
                if (!line.IsPlain)
                {
                    faults.Add(new Fault(
                        file, number, 1,
                        $"the text of CONFIG_{line.Symbol} reaches makefiles and shells; expected letters, digits, spaces and . _ , : "
                        + "+ / = @ % - alone"));
                    continue;
                }
                read.Add(new PlacedLine(line, file, number));
            }
            else if (text.Length > 0 && !text.StartsWith('#'))
            {
                faults.Add(new Fault(file, number, 1, $"'{text}' is no line of a kernel configuration; expected CONFIG_NAME=y, m, n, a number or a \"text\""));
            }
        }
        return read;
    }
}
