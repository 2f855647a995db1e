using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Composition.Trees;
using Strata.Composition.Units;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Packages.Slices;
using Strata.Toolbox;

namespace Strata.Composition;

/// <summary>How exposed a service of systemd is.</summary>
/// <param name="Unit">Its name.</param>
/// <param name="Exposure">What <c>systemd-analyze security</c> says: 0 (confined) … 10 (may do all that its user may).</param>
/// <param name="Level">The same as a word of systemd's: OK, MEDIUM, EXPOSED, UNSAFE.</param>
public sealed record UnitExposure(string Unit, double Exposure, string Level);

/// <summary>Asks the <c>systemd-analyze</c> of an edition's own package how exposed its services are, without starting any.</summary>
public static partial class UnitExposures
{
    private const string Analyze = "/usr/bin/systemd-analyze";
    private const int MostUnits = 500;

    private static readonly GuestPath[] s_folders =
        [.. new[] { "/etc/systemd/system", "/usr/lib/systemd/system" }.Select(GuestPath.Parse)];

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    /// <summary>Of all services that start with the system, by name; none without systemd, or with one of another architecture.</summary>
    /// <exception cref="StrataException">The program fails.</exception>
    public static async Task<IReadOnlyList<UnitExposure>> OfAsync(
        BuildServices services, ComposedEdition edition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(edition);
        if (edition.Edition.Architecture.Name != ToolboxInstaller.Architecture
            || !edition.Tree.Contains(GuestPath.Parse("/usr/lib/systemd/systemd"))
            || !edition.Packages.TryGet(GuestPath.Parse(Analyze), out PackagedEntry? program))
        {
            return [];
        }
        using IContentReader contents = services.OpenContents();
        string[] units =
        [
            .. ServiceUnits.Of(edition.Tree, contents.ReadText).Select(u => u.Name)
                .Where(n => !n.Contains("@.", StringComparison.Ordinal)).Take(MostUnits),
        ];
        if (units.Length == 0)
        {
            return [];
        }
        string folder = services.Store.NewTemporaryPath();
        try
        {
            HashSet<string> needed = [.. DependencyClosure.Of(program.Package, edition.Packages).Select(p => p.Name)];
            ToolTree tools = await services.Toolbox.UnpackAsync(
                [.. edition.Packages.Packages.Where(p => needed.Contains(p.Name))], Path.Combine(folder, "packages"), cancellationToken);
            string root = Path.Combine(folder, "units");
            CopyUnits(edition.Tree, contents, root);
            ToolStart start = tools.InRoomOf(
                edition.Tools, new ToolView([], [root]), Analyze[1..],
                ["security", "--offline=yes", "--no-pager", $"--root={root}", .. units]);
            ToolResult result = ToolRun.ToEnd(start, s_deadline);
            return result.ExitCode == 0 ? Read(result.Output, units) : throw new StrataException(
                $"cannot tell how exposed services are: systemd-analyze ended with {result.ExitCode}: {result.Errors.Trim()}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads what it prints; a line that is none of these is passed over.</summary>
    internal static IReadOnlyList<UnitExposure> Read(string output, IReadOnlyCollection<string> units)
    {
        List<UnitExposure> exposures = [];
        foreach (Match line in OverallLine().Matches(output))
        {
            string unit = line.Groups[1].Value;
            if (units.Contains(unit) && exposures.All(e => e.Unit != unit))
            {
                double exposure = double.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture);
                exposures.Add(new UnitExposure(unit, exposure, line.Groups[3].Value));
            }
        }
        return [.. exposures.OrderBy(e => e.Unit, StringComparer.Ordinal)];
    }

    private static void CopyUnits(FileTree tree, IContentReader contents, string root)
    {
        foreach (TreeEntry entry in tree.Entries.Where(e => s_folders.Any(f => e.Path.IsAtOrBelow(f))))
        {
            string path = root + entry.Path;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            switch (entry.Node)
            {
                case FileNode file:
                    File.WriteAllText(path, contents.ReadText(file.Content));
                    break;
                case SymlinkNode link when !link.Target.StartsWith('/')
                    || s_folders.Any(f => link.Target.StartsWith(f + "/", StringComparison.Ordinal)):
                    File.CreateSymbolicLink(path, link.Target);
                    break;
                default:
                    break;
            }
        }
    }

    [GeneratedRegex(
        @"Overall exposure level for ([A-Za-z0-9:_.\\@-]{1,255}): ([0-9]{1,2}\.[0-9]) ([A-Z]{1,20})", RegexOptions.CultureInvariant)]
    private static partial Regex OverallLine();
}
