using System.Text.RegularExpressions;

namespace Strata.Tidy.Tests;

/// <summary>The folders of a project stand in an order, as the projects do: whoever reads one need not know what is above it.</summary>
/// <remarks>A folder is taken with all that is below it; what lies beside the project file counts as a folder of its own.</remarks>
public class FolderTests
{
    [Theory]
    [MemberData(nameof(SourceCode.Projects), MemberType = typeof(SourceCode))]
    public void Folders_OfAProject_UseOneAnotherInNoCircle(string project)
    {
        Dictionary<(string From, string To), SortedSet<string>> arrows = ArrowsOf(project);
        Assert.Empty(InCircles(arrows.Keys).Select(a => $"{Show(a)} closes a circle: {string.Join(", ", arrows[a])}"));
    }

    [Fact]
    public void Circle_IsFound_WhereverItPassesThrough() => Assert.Equal(
        [("a", "b"), ("b", "c"), ("c", "a")],
        InCircles([("a", "b"), ("b", "c"), ("c", "a"), ("a", "d"), ("e", "a")]));

    /// <summary>The compiler goes by namespaces, a reader by folders.</summary>
    [Theory]
    [MemberData(nameof(SourceCode.Projects), MemberType = typeof(SourceCode))]
    public void Namespaces_AreThoseOfTheFolders(string project) => Assert.Empty(SourceCode.Of(project)
        .Where(f => f.Namespace is not null && f.Namespace != Path.GetDirectoryName(f.Path)!["src/".Length..].Replace('/', '.'))
        .Select(f => $"{f.Path} declares {f.Namespace}"));

    private static string Show((string From, string To) arrow) => $"{arrow.From} -> {arrow.To}";

    /// <summary>Who uses whom, and the files that do.</summary>
    private static Dictionary<(string From, string To), SortedSet<string>> ArrowsOf(string project)
    {
        IReadOnlyList<SourceCode> sources = SourceCode.Of(project);
        ILookup<string, string> types = sources.SelectMany(f => f.Types.Select(t => (Folder: FolderOf(f), t.Name)))
            .ToLookup(t => t.Folder, t => t.Name);
        // what the project itself declares is visible everywhere in it, and Folder.Type too, without a word on top of the file
        Dictionary<string, Regex> seenFromInside = types.ToDictionary(
            f => f.Key,
            f => new Regex(
                $@"(?<![.\w]){(f.Key == project ? "" : f.Key[(project.Length + 1)..] + @"\.(\w+\.)*")}({string.Join('|', f)})\b"));
        Dictionary<(string, string), SortedSet<string>> arrows = [];
        foreach (SourceCode file in sources)
        {
            string from = FolderOf(file);
            IEnumerable<string> used = file.NamesOfOurs().Select(n => string.Join('.', n.Split('.').Take(3))).Where(types.Contains)
                .Concat(seenFromInside.Where(f => f.Value.IsMatch(file.Code)).Select(f => f.Key));
            foreach (string to in used.Where(to => to != from))
            {
                if (!arrows.TryGetValue((from, to), out SortedSet<string>? files))
                {
                    arrows.Add((from, to), files = new(StringComparer.Ordinal));
                }
                files.Add(Path.GetFileName(file.Path));
            }
        }
        return arrows;

        string FolderOf(SourceCode file) => file.Namespace is null ? project : string.Join('.', file.Namespace.Split('.').Take(3));
    }

    /// <summary>The arrows from whose end a way leads back to their beginning, in the given order.</summary>
    private static List<(string From, string To)> InCircles(IEnumerable<(string From, string To)> arrows)
    {
        ILookup<string, string> next = arrows.ToLookup(a => a.From, a => a.To);
        return [.. arrows.Where(a => Reached(a.To).Contains(a.From))];

        HashSet<string> Reached(string start)
        {
            HashSet<string> reached = [start];
            Stack<string> open = new([start]);
            while (open.TryPop(out string? folder))
            {
                foreach (string to in next[folder].Where(reached.Add))
                {
                    open.Push(to);
                }
            }
            return reached;
        }
    }
}
