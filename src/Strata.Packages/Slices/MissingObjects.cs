using Strata.Core;
using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>Something that a loaded object wants and the loader does not find.</summary>
/// <param name="WantedBy">The object.</param>
/// <param name="Want">What it does with what: <c>needs library libz.so.1</c>.</param>
/// <param name="Sonames">Libraries one of which would do; none when it is no library.</param>
internal sealed record MissingObject(LoadedObject WantedBy, string Want, IReadOnlyList<string> Sonames);

/// <summary>What the loader did not find: a program that cannot start is a fault, a plugin that cannot be loaded is told.</summary>
internal sealed class MissingObjects
{
    private readonly List<MissingObject> _ofPrograms = [];
    private readonly List<MissingObject> _ofPlugins = [];
    private readonly List<MissingObject> _ofProgramsAlong = [];
    private readonly HashSet<(GuestPath Path, Sha256Digest Package)> _inPrograms = [];
    private readonly HashSet<string> _namesInPrograms = new(StringComparer.Ordinal);

    /// <summary>Keeps what a program lacks that has to start.</summary>
    public void AddFault(MissingObject missing) => _ofPrograms.Add(missing);

    /// <summary>Keeps what a program lacks that only came along.</summary>
    public void AddAlong(MissingObject missing) => _ofProgramsAlong.Add(missing);

    /// <summary>Keeps what a plugin lacks, or a library that nobody has to load.</summary>
    public void AddOfPlugin(MissingObject missing) => _ofPlugins.Add(missing);

    /// <summary>Remembers what a program that starts has in its process: what the program opens later finds it there.</summary>
    public void NoteProgram(LoadedProcess process)
    {
        foreach (LoadedObject loaded in process.Objects.Where(o => !o.IsOptional))
        {
            _inPrograms.Add((loaded.Entry.Path, loaded.Entry.Package.Digest));
            _namesInPrograms.Add(loaded.Elf.Soname ?? loaded.Entry.Path.Name);
        }
    }

    /// <summary>One sentence for each thing that is missing, with the first program that cannot start without it.</summary>
    public IReadOnlyList<string> Problems(LibrarySearch search) => OfPrograms(_ofPrograms, search);

    /// <summary>The same of programs that came along, and one sentence for each thing that plugins of a package miss.</summary>
    public IReadOnlyList<string> Warnings(LibrarySearch search) => [.. OfPrograms(_ofProgramsAlong, search), .. OfPlugins(search)];

    private static List<string> OfPrograms(List<MissingObject> missing, LibrarySearch search) =>
    [
        .. missing.GroupBy(m => (m.WantedBy.Entry.Path, m.Want)).Select(same =>
        {
            int others = same.Select(m => m.WantedBy.Start.Entry.Path).Distinct().Count() - 1;
            string more = others == 0 ? "" : $"; {others} other {(others == 1 ? "program" : "programs")} cannot start for that reason";
            return Sentence(same.First(), search) + more;
        }),
    ];

    // what some program of the system has in its process, it has when it opens the plugin
    private List<string> OfPlugins(LibrarySearch search) =>
    [
        .. _ofPlugins.Where(m => !_inPrograms.Contains((m.WantedBy.Entry.Path, m.WantedBy.Entry.Package.Digest)))
            .Where(m => !m.Sonames.Any(_namesInPrograms.Contains))
            .GroupBy(m => (m.WantedBy.Entry.Package.Name, m.Want)).Select(same =>
            {
                int others = same.Select(m => m.WantedBy.Entry.Path).Distinct().Count() - 1;
                string more = others == 0 ? "" : $", nor can {others} more of that package";
                return $"{Sentence(same.First(), search)}; it cannot be loaded{more}";
            }),
    ];

    private static string Sentence(MissingObject missing, LibrarySearch search)
    {
        LoadedObject wanting = missing.WantedBy;
        PackagedEntry? elsewhere = search.Elsewhere(missing.Sonames);
        string start = wanting.Loader is null ? "" : $"{wanting.Start.Description} cannot start: ";
        string place = elsewhere is null ? ""
            : $" where the loader looks ({elsewhere.Path} of package {elsewhere.Package.Name} is not there)";
        string chain = wanting.Loader?.Loader is null ? "" : $" ({wanting.Chain})";
        return $"{start}{wanting.Description} {missing.Want}, which none of the packages brings{place}{chain}";
    }
}
