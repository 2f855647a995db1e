using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Solving;

/// <summary>Chooses the packages that satisfy a request, the same ones for the same indexes and request on every machine.</summary>
/// <remarks>
/// Semantics of Debian Policy §7 for a system of one architecture. One version of each package may be chosen, the highest over all suites (for a
/// root the highest that was asked for). Of alternatives one already chosen counts first, then the first that can be installed, as apt does.
/// Essential packages are not implied.
/// <para>
/// The search walks once through the dependencies. When it comes to a stop it finds the decisions that led there, remembers that they do not go
/// together, and walks anew; with no decision behind a stop there is no solution. Each round excludes at least one more set of decisions, so it
/// ends; <see cref="MaxRounds"/> bounds it besides.
/// </para>
/// </remarks>
internal static class PackageSolver
{
    /// <summary>Most rounds before giving up.</summary>
    public const int MaxRounds = 2_000;

    private static readonly Dictionary<string, DebianVersion> s_none = [];

    /// <summary>Chooses packages.</summary>
    /// <param name="pool">All packages.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="kept">
    /// Versions to choose instead of the highest, by name, as long as the packages that are not among them can live with that; null for
    /// none.
    /// </param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Every package once, in the order in which it was chosen; roots first.</returns>
    /// <exception cref="StrataException">It cannot be satisfied; the message is the chain that shows why.</exception>
    /// <exception cref="ImageFormatException">A relation of a package breaks the syntax.</exception>
    public static IReadOnlyList<SelectedPackage> Solve(
        PackagePool pool,
        PackageRequest request,
        IReadOnlyDictionary<string, DebianVersion>? kept = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        CandidateTable candidates = new(pool, request.Roots, kept is null ? s_none : KeptVersions.Settle(pool, request, kept));
        List<(PackageRoot Root, PackageEntry Entry)> roots = [.. request.Roots.Select(r => (r, EntryOf(candidates, r)))];
        List<DeadEnd> deadEnds = [];
        for (int round = 0; round < MaxRounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SearchPass pass = new(candidates, request, deadEnds);
            if (pass.Run(roots) is not { } stop)
            {
                return pass.Selected;
            }
            IReadOnlyList<PackageEntry> decisions = pass.DecisionsBehind(stop.Involved);
            if (decisions.Count == 0)
            {
                throw Failure(request, pass, stop);
            }
            deadEnds.Add(new DeadEnd(decisions, Explain(pass, stop, fromDecision: true)));
        }
        throw new StrataException(
            $"cannot install {Names(request)}: no combination of alternatives was found in {MaxRounds} attempts; " +
            $"the last: {deadEnds[^1].Explanation}",
            "Name the packages you want among the alternatives as packages of the capability.");
    }

    private static PackageEntry EntryOf(CandidateTable candidates, PackageRoot root)
    {
        foreach (bool isInstaller in (bool[])[false, true])
        {
            if (candidates.TryGet(root.Name, isInstaller, out PackageEntry? entry))
            {
                return entry;
            }
        }
        PackagePool pool = candidates.Pool;
        Relation relation = new(root.Name, root.Constraint);
        List<PackageEntry> providers = [.. candidates.TargetsOf(relation, isInstaller: false)];
        bool isProvidedOnly = pool.VersionsOf(root.Name).Count == 0 && !pool.RefusedOf(root.Name).Any();
        if (providers.Count == 1 && isProvidedOnly)
        {
            return providers[0];
        }
        if (providers.Count > 1 && isProvidedOnly)
        {
            throw new StrataException(
                $"cannot install {root}: it is a name that several packages provide: {string.Join(", ", providers.Take(8).Select(p => p.Name))}",
                "Name one of them.");
        }
        bool isUdeb = pool.VersionsOf(root.Name, isInstaller: true).Count > 0;
        string suites = string.Join(", ", pool.Indexes.Select(i => i.Origin.ToString()).Distinct());
        throw new StrataException(
            $"cannot install {root}: {Explanations.Unavailable(pool, relation, isUdeb)}",
            $"Searched: {suites}.{Explanations.NotSearched(pool)}{Explanations.NotAsked(pool, root)}");
    }

    private static StrataException Failure(PackageRequest request, SearchPass pass, Stop stop)
    {
        string name = stop.At is { } at ? at.Chain()[0].Reason : Names(request);
        return new StrataException($"cannot install {name}: {Explain(pass, stop, fromDecision: false)}",
            "Leave one of the packages out, choose another version, or cut the dependency if only maintainer scripts need it."
            + Explanations.NotSearched(pass.Pool));
    }

    private static string Explain(SearchPass pass, Stop stop, bool fromDecision)
    {
        string path = stop.At is null ? "" : pass.PathTo(stop.At, fromDecision);
        return Explanations.Shorten(path.Length == 0 ? stop.Problem : $"{path}; {stop.Problem}");
    }

    private static string Names(PackageRequest request) => string.Join(", ", request.Roots.Select(r => r.Name));
}
