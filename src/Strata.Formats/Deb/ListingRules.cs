using Strata.Core;

namespace Strata.Formats.Deb;

/// <summary>Decides which entries may stand in one package, one after the other.</summary>
/// <remarks>
/// Refused: a name twice (a directory may come again unchanged), a name below something that is no directory, a hard link to anything but an
/// earlier file, links without a target. Absolute names and <c>..</c> never become a <see cref="GuestPath"/>.
/// </remarks>
internal sealed class ListingRules(PackageLimits limits)
{
    private readonly List<ListingEntry> _entries = [];
    private readonly Dictionary<GuestPath, ListingEntry> _byPath = [];
    private readonly HashSet<GuestPath> _parents = [];
    private long _characters;

    /// <summary>Entries taken so far.</summary>
    public IReadOnlyList<ListingEntry> Entries => _entries;

    /// <summary>Entries taken so far, by path.</summary>
    public IReadOnlyDictionary<GuestPath, ListingEntry> ByPath => _byPath;

    /// <summary>Takes one entry, or says why not.</summary>
    public string? Add(ListingEntry entry)
    {
        if (_byPath.TryGetValue(entry.Path, out ListingEntry? existing))
        {
            return existing == entry && entry.Kind == ListingKind.Directory ? null : $"the path {entry.Path} comes twice";
        }
        string? problem = ProblemOfTarget(entry) ?? ProblemOfPlace(entry);
        _characters += entry.Path.ToString().Length + entry.Target.Length;
        problem ??= _entries.Count >= limits.MaxEntries ? $"there are more than {limits.MaxEntries} entries" : null;
        problem ??= _characters > limits.MaxNameCharacters ? $"all names together have more than {limits.MaxNameCharacters} characters" : null;
        if (problem is null)
        {
            _entries.Add(entry);
            _byPath.Add(entry.Path, entry);
        }
        return problem;
    }

    private string? ProblemOfTarget(ListingEntry entry) => entry.Kind switch
    {
        ListingKind.Symlink when entry.Target.Length == 0 => "the link has no target",
        ListingKind.Symlink when entry.Target.Contains('\0', StringComparison.Ordinal) => "the link's target contains a NUL",
        ListingKind.HardLink when !GuestPath.TryParse(entry.Target, out GuestPath target, out _)
            || !_byPath.TryGetValue(target, out ListingEntry? file) || file.Kind is not (ListingKind.File or ListingKind.HardLink)
            => $"the hard link's target {entry.Target} is no earlier file of the package",
        _ => null,
    };

    private string? ProblemOfPlace(ListingEntry entry)
    {
        if (entry.Kind != ListingKind.Directory && _parents.Contains(entry.Path))
        {
            return $"{entry.Path} is no directory, but earlier entries lie below it";
        }
        // Parents that the package lists were checked when they came; the others are remembered, and their names count.
        for (GuestPath parent = entry.Path.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            if (_byPath.TryGetValue(parent, out ListingEntry? above))
            {
                return above.Kind == ListingKind.Directory ? null : $"it lies below {parent}, which is a {above.Kind} of the same package";
            }
            if (!_parents.Add(parent))
            {
                return null;
            }
            _characters += parent.ToString().Length;
            if (_characters > limits.MaxNameCharacters)
            {
                return null; // reported by the caller
            }
        }
        return null;
    }
}
