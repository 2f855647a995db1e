using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Sources;
using Strata.Store;

namespace Strata.Packages.Releases;

/// <summary>
/// Remembers the newest release of each suite that was accepted, so that an older one that is signed as well is not taken for today's.
/// </summary>
/// <remarks>
/// docs/formats/store.md, "Accepted releases". A suite is known by the name asked for, what its release says of its publisher, and the
/// keys that sign it, never by an address: mirrors of one archive share a memory, and other people's suites of the same name have their
/// own. The name asked for has that of the archive in front when a blueprint gave it one, for a publisher may sign several alike.
/// </remarks>
/// <param name="store">Holds the memory.</param>
/// <param name="progress">Told of damage.</param>
internal sealed class AcceptedReleases(ObjectStore store, IProgressReporter progress)
{
    /// <summary>The folder in a store.</summary>
    public const string FolderName = "releases";

    private const string FirstLine = "strata-accepted-release 1";
    private const int LongestFile = 64 * 1024;
    private const int DateLine = 4;
    private const int KeysLine = 5;

    /// <summary>The date of the newest accepted release of the same suite of the same archive; null when there was none.</summary>
    public DateTimeOffset? NewestLike(ArchiveSuite suite, ReleaseFile release, IReadOnlyList<string> fingerprints)
    {
        List<Accepted> all = [.. Read(FolderOf(suite, release))];
        HashSet<string> keys = [.. fingerprints];
        List<Accepted> same = [];
        // keys change one after the other: each has signed beside another
        while (all.FindIndex(a => keys.Overlaps(a.Keys)) is int next and >= 0)
        {
            keys.UnionWith(all[next].Keys);
            same.Add(all[next]);
            all.RemoveAt(next);
        }
        return same.Count == 0 ? null : same.Max(a => a.Date);
    }

    /// <summary>Remembers a release. Each has a file of its own, so that two builds at once cannot lose what the other noted.</summary>
    /// <exception cref="StrataException">The store cannot be written to.</exception>
    public void Add(ArchiveSuite suite, ReleaseFile release, IReadOnlyList<string> fingerprints)
    {
        ArgumentNullException.ThrowIfNull(suite);
        ArgumentNullException.ThrowIfNull(release);
        string folder = FolderOf(suite, release);
        string[] keys = [.. fingerprints.Order(StringComparer.Ordinal)];
        List<Accepted> known = [.. Read(folder)];
        if (known.Exists(a => a.Date >= release.Date && keys.All(a.Keys.Contains)))
        {
            return;
        }
        byte[] content = Encoding.UTF8.GetBytes(string.Join('\n',
        [
            FirstLine, $"suite {suite}", $"origin {release.Origin}", $"label {release.Label}",
            $"date {release.Date.ToString("O", CultureInfo.InvariantCulture)}", $"keys {string.Join(' ', keys)}", "",
        ]));
        string path = Path.Combine(folder, Sha256Digest.Of(content).ToString());
        DurableFile.Replace(store, path, content, $"remember the release of {suite}");
        foreach (Accepted older in known.Where(a => a.Date <= release.Date && a.Keys.All(keys.Contains)))
        {
            File.Delete(older.Path);
        }
    }

    private string FolderOf(ArchiveSuite suite, ReleaseFile release) => Path.Combine(store.Root, FolderName,
        Sha256Digest.Of(Encoding.UTF8.GetBytes($"{suite}\n{release.Origin}\n{release.Label}")).ToString());

    private IEnumerable<Accepted> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            Accepted? accepted = null;
            try
            {
                accepted = Parse(path);
            }
            catch (FileNotFoundException)
            {
                continue; // a newer one took its place
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                progress.Warn($"cannot read which release was accepted before: {e.Message}");
                continue;
            }
            if (accepted is null)
            {
                progress.Warn($"{path} is damaged and counts for nothing; an older release may be accepted once more");
                continue;
            }
            yield return accepted;
        }
    }

    private static Accepted? Parse(string path)
    {
        byte[] content = new FileInfo(path).Length <= LongestFile ? File.ReadAllBytes(path) : [];
        string[] lines = Encoding.UTF8.GetString(content).Split('\n');
        return Path.GetFileName(path) == Sha256Digest.Of(content).ToString()
            && lines.Length == KeysLine + 2 && lines[0] == FirstLine
            && DateTimeOffset.TryParseExact(After("date ", lines[DateLine]), "O", CultureInfo.InvariantCulture, DateTimeStyles.None,
                out DateTimeOffset date)
            ? new Accepted(date, [.. After("keys ", lines[KeysLine]).Split(' ', StringSplitOptions.RemoveEmptyEntries)], path)
            : null;
    }

    private static string After(string word, string line) => line.StartsWith(word, StringComparison.Ordinal) ? line[word.Length..] : "";

    private sealed record Accepted(DateTimeOffset Date, IReadOnlyList<string> Keys, string Path);
}
