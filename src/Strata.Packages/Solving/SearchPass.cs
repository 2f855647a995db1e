using Strata.Packages.Indexes;
using Strata.Packages.Relations;

namespace Strata.Packages.Solving;

/// <summary>Why a package is in: by whom, through which relation, and whether something else could have been taken.</summary>
/// <param name="Selected">The package with its first reason.</param>
/// <param name="IsDecision">True when another alternative was open, or nothing needed to be taken at all.</param>
/// <param name="Because">Packages besides the one that required it without which another alternative would have been open.</param>
/// <param name="Closed">Why the other alternatives were closed, for people; empty for a decision.</param>
internal sealed record Choice(SelectedPackage Selected, bool IsDecision, IReadOnlyList<PackageEntry> Because, IReadOnlyList<string> Closed);

/// <summary>Decisions that together lead to a dead end. Of each such set one is left out.</summary>
/// <param name="Members">At least one.</param>
/// <param name="Explanation">What happened, for people.</param>
internal sealed record DeadEnd(IReadOnlyList<PackageEntry> Members, string Explanation);

/// <summary>A pass that came to a stop.</summary>
/// <param name="Involved">Packages that were in and together made it impossible to go on.</param>
/// <param name="At">The package whose relation could not be satisfied; null when a root fits with no other.</param>
/// <param name="Problem">What is wrong there, for people, without how one came there.</param>
internal sealed record Stop(IReadOnlyList<PackageEntry> Involved, SelectedPackage? At, string Problem);

/// <summary>
/// One walk over the dependencies, depth first, without turning back: takes the first alternative that nothing speaks against.
/// </summary>
internal sealed class SearchPass
{
    private sealed class Frame(SelectedPackage package, IReadOnlyList<(string Field, RelationGroup Group)> groups)
    {
        public SelectedPackage Package { get; } = package;

        public IReadOnlyList<(string Field, RelationGroup Group)> Groups { get; } = groups;

        public int Next { get; set; }
    }

    private sealed record Exclusion(PackageEntry Excluded, IReadOnlyList<PackageEntry> Because, string Explanation);

    private readonly CandidateTable _candidates;
    private readonly PackageRequest _request;
    private readonly HashSet<string> _cut;
    private readonly ILookup<PackageEntry, DeadEnd> _deadEnds;
    private readonly Dictionary<PackageEntry, Choice> _choices = [];
    private readonly List<SelectedPackage> _order = [];
    private readonly ConflictTable _conflicts;

    public SearchPass(CandidateTable candidates, PackageRequest request, IReadOnlyList<DeadEnd> deadEnds)
    {
        (_candidates, _request) = (candidates, request);
        _cut = new(request.Cut, StringComparer.Ordinal);
        _deadEnds = deadEnds.SelectMany(d => d.Members.Select(m => (Member: m, DeadEnd: d))).ToLookup(p => p.Member, p => p.DeadEnd);
        _conflicts = new(candidates.Pool.Architecture);
    }

    /// <summary>All packages.</summary>
    public PackagePool Pool => _candidates.Pool;

    /// <summary>What was chosen, in the order in which it was.</summary>
    public IReadOnlyList<SelectedPackage> Selected => _order;

    /// <summary>Walks; null when everything is satisfied.</summary>
    /// <param name="roots">The packages that were asked for, with the roots they stand for.</param>
    public Stop? Run(IReadOnlyList<(PackageRoot Root, PackageEntry Entry)> roots)
    {
        List<(PackageRoot Root, SelectedPackage Package)> chosen = [];
        foreach ((PackageRoot root, PackageEntry entry) in roots)
        {
            if (_choices.TryGetValue(entry, out Choice? known))
            {
                chosen.Add((root, known.Selected));
                continue;
            }
            SelectedPackage package = new(entry, null, root.ToString());
            if (_conflicts.Find(entry) is { } conflict)
            {
                return new Stop([], null, $"{conflict}, and both are asked for");
            }
            Add(new Choice(package, IsDecision: false, [], []));
            chosen.Add((root, package));
        }
        HashSet<PackageEntry> alone = [.. chosen.Where(c => !c.Root.FollowDependencies).Select(c => c.Package.Entry)];
        alone.ExceptWith(chosen.Where(c => c.Root.FollowDependencies).Select(c => c.Package.Entry));
        foreach ((_, SelectedPackage package) in chosen)
        {
            if (!alone.Contains(package.Entry) && Walk(package) is { } stop)
            {
                return stop;
            }
        }
        return null;
    }

    /// <summary>The decisions without which these packages would not all be in.</summary>
    public IReadOnlyList<PackageEntry> DecisionsBehind(IEnumerable<PackageEntry> involved)
    {
        HashSet<PackageEntry> seen = [.. involved];
        Queue<PackageEntry> open = new(seen);
        List<PackageEntry> decisions = [];
        while (open.TryDequeue(out PackageEntry? entry))
        {
            Choice choice = _choices[entry];
            if (choice.IsDecision)
            {
                decisions.Add(entry);
                continue;
            }
            IEnumerable<PackageEntry> causes = choice.Selected.RequiredBy is { } by ? choice.Because.Append(by.Entry) : choice.Because;
            foreach (PackageEntry cause in causes.Where(seen.Add))
            {
                open.Enqueue(cause);
            }
        }
        return decisions;
    }

    /// <summary>How one comes from the nearest decision, or from the root, to a package: <c>a 1 depends on b; b 2 depends on c</c>.</summary>
    public string PathTo(SelectedPackage package, bool fromDecision)
    {
        List<string> steps = [];
        for (SelectedPackage step = package; step.RequiredBy is { } by && !(fromDecision && _choices[step.Entry].IsDecision); step = by)
        {
            steps.AddRange(_choices[step.Entry].Closed);
            steps.Add(Explanations.Step(by, step.Reason));
        }
        steps.Reverse();
        return string.Join("; ", steps);
    }

    private Stop? Walk(SelectedPackage root)
    {
        Stack<Frame> frames = new([FrameOf(root)]);
        while (frames.TryPeek(out Frame? frame))
        {
            if (frame.Next == frame.Groups.Count)
            {
                frames.Pop();
                continue;
            }
            (string field, RelationGroup group) = frame.Groups[frame.Next++];
            if (Satisfy(frame.Package, field, group, out SelectedPackage? added) is { } stop)
            {
                return stop;
            }
            if (added is not null)
            {
                frames.Push(FrameOf(added));
            }
        }
        return null;
    }

    private Frame FrameOf(SelectedPackage package)
    {
        PackageEntry entry = package.Entry;
        List<(string, RelationGroup)> groups = // the order in which apt looks at them
        [
            .. entry.PreDepends.Select(g => ("Pre-Depends", g)),
            .. entry.Depends.Select(g => ("Depends", g)),
        ];
        if (_request.Recommends)
        {
            groups.AddRange(entry.Recommends.Select(g => ("Recommends", g)));
        }
        return new Frame(package, groups);
    }

    private Stop? Satisfy(SelectedPackage package, string field, RelationGroup group, out SelectedPackage? added)
    {
        added = null;
        bool isInstaller = package.Entry.Origin.IsInstaller;
        if (group.Alternatives.Any(r => _cut.Contains(r.Name)))
        {
            return null;
        }
        IReadOnlyList<PackageEntry> targets = _candidates.TargetsOf(group, isInstaller);
        if (targets.Any(_choices.ContainsKey))
        {
            return null;
        }
        bool isOptional = field == "Recommends";
        List<Exclusion> exclusions = [];
        PackageEntry? chosen = null;
        int open = 0;
        foreach (PackageEntry target in targets)
        {
            if (ExclusionOf(target) is { } exclusion)
            {
                exclusions.Add(exclusion);
            }
            else
            {
                chosen ??= target;
                open++;
            }
        }
        if (chosen is not null)
        {
            added = new SelectedPackage(chosen, package, $"{field}: {group}");
            bool isDecision = open > 1 || isOptional;
            IEnumerable<Exclusion> closed = isDecision ? [] : exclusions; // a decision is its own reason
            Add(new Choice(added, isDecision, [.. closed.SelectMany(e => e.Because)], [.. closed.Select(e => e.Explanation).Distinct()]));
            return null;
        }
        return isOptional ? null : new Stop(
            [package.Entry, .. exclusions.SelectMany(e => e.Because)],
            package,
            Explanations.Unsatisfied(_candidates, package, field, group, isInstaller, [.. exclusions.Select(e => e.Explanation)]));
    }

    private Exclusion? ExclusionOf(PackageEntry target)
    {
        if (_cut.Contains(target.Name))
        {
            return new Exclusion(target, [], $"{target.Name} is cut off by the request");
        }
        if (_conflicts.Find(target) is { } conflict)
        {
            PackageEntry other = conflict.Owner == target ? conflict.Other : conflict.Owner;
            SelectedPackage present = _choices[other].Selected;
            string why = present.RequiredBy is null ? $"and {other.Name} is asked for" : $"but {PathTo(present, fromDecision: false)}";
            return new Exclusion(target, [other], $"{conflict}, {why}");
        }
        foreach (DeadEnd deadEnd in _deadEnds[target])
        {
            PackageEntry[] others = [.. deadEnd.Members.Where(m => m != target)];
            if (others.All(_choices.ContainsKey))
            {
                return new Exclusion(target, others, deadEnd.Explanation);
            }
        }
        return null;
    }

    private void Add(Choice choice)
    {
        _choices.Add(choice.Selected.Entry, choice);
        _order.Add(choice.Selected);
        _conflicts.Add(choice.Selected.Entry);
    }
}
