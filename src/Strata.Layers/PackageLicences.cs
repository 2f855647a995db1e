using System.Collections.Concurrent;
using System.Text;
using Strata.Packages.Licences;
using Strata.Packages.Listings;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Layers;

/// <summary>Finds out which licences packages name in <c>/usr/share/doc/PACKAGE/copyright</c>, and remembers it.</summary>
/// <param name="store">Holds the packages, takes the lists.</param>
/// <param name="actions">Remembers the lists under the digest of the copyright file, which packages of one source have in common.</param>
public sealed class PackageLicences(ObjectStore store, ActionCache actions)
{
    private const int Version = 2; // goes up when the same file is read differently

    /// <summary>Looks at several packages.</summary>
    /// <param name="packages">All packages of the edition: a folder of documentation may be a link into that of another one.</param>
    /// <param name="names">Which of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Sorted names for each package; none for one without such a file, or with one that programs cannot read.</returns>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> OfAsync(PackageSet packages, IEnumerable<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ConcurrentDictionary<string, IReadOnlyList<string>> licences = new(StringComparer.Ordinal);
        await Parallel.ForEachAsync(names, cancellationToken, async (name, token) => licences[name] = await OfAsync(packages, name, token));
        return licences;
    }

    private async Task<IReadOnlyList<string>> OfAsync(PackageSet packages, string name, CancellationToken cancellationToken)
    {
        if (CopyrightTexts.Find(packages, name) is not PackagedEntry file)
        {
            return [];
        }
        ActionKey key = new ActionKeyBuilder("licences", Version).Add("copyright", file.Entry.Digest).Build();
        ActionResult result = await actions.GetOrAddAsync(key, _ => Task.FromResult(Read(file)), cancellationToken);
        using StreamReader reader = new(store.OpenRead(result["licences"].Digest), Encoding.UTF8);
        return (await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private ActionResult Read(PackagedEntry file)
    {
        byte[] text = new CopyrightTexts(store).Read(file);
        byte[] lines = Encoding.UTF8.GetBytes(string.Concat(CopyrightFile.LicencesOf(text).Select(l => l + "\n")));
        return new ActionResult([new ActionOutput("licences", store.AddBytes(lines), lines.Length)]);
    }
}
