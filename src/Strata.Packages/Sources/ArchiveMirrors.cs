using Strata.Core;
using Strata.Packages.Keys;

namespace Strata.Packages.Sources;

/// <summary>Where Debian's main archive and its security archive are reached.</summary>
/// <param name="Main">Roots of the main archive, one for each mirror, tried in this order; at least one.</param>
/// <param name="Security">Roots of the security archive, likewise.</param>
/// <param name="Snapshot">Address of a snapshot service, asked for files that all mirrors have dropped; null for none.</param>
public sealed record ArchiveMirrors(IReadOnlyList<Uri> Main, IReadOnlyList<Uri> Security, Uri? Snapshot = null)
{
    /// <summary>Setting that names the main archive.</summary>
    public const string MainSetting = "STRATA_MIRROR";

    /// <summary>Setting that names the security archive.</summary>
    public const string SecuritySetting = "STRATA_SECURITY_MIRROR";

    /// <summary>Keys that Debian's releases are signed with; those that came with Strata unless somebody says otherwise.</summary>
    public IReadOnlyList<Keyring> Keyrings { get; init; } = Keyring.Debian;

    private const string Hint =
        $"Set {MainSetting} to the address of a Debian archive (the folder that holds 'dists' and 'pool'), " +
        $"and {SecuritySetting} to that of its security archive; several mirrors are separated by blanks.";

    private const int MostMirrors = 8;

    // Names of releases and their roles; new ones are added here. Other people's repositories use other words, or these with more after them.
    private static readonly string[] s_suites =
    [
        "stable", "oldstable", "oldoldstable", "testing", "unstable", "sid",
        "buster", "bullseye", "bookworm", "trixie", "forky", "duke",
    ];

    /// <summary>Takes the settings, and what they leave open from the host's apt configuration, whatever release that is for.</summary>
    /// <param name="configuration">The host's package sources.</param>
    /// <param name="main">Value of <see cref="MainSetting"/>: addresses separated by blanks; or null.</param>
    /// <param name="security">Value of <see cref="SecuritySetting"/>, or null.</param>
    /// <param name="snapshot">Value of <see cref="SnapshotArchive.Setting"/>, or null.</param>
    /// <exception cref="StrataException">Neither says where an archive is, or an address cannot be used.</exception>
    public static ArchiveMirrors Find(AptConfiguration configuration, string? main = null, string? security = null, string? snapshot = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new ArchiveMirrors(
            string.IsNullOrWhiteSpace(main) ? FromHost(configuration, isSecurity: false) : FromSetting(MainSetting, main),
            string.IsNullOrWhiteSpace(security) ? FromHost(configuration, isSecurity: true) : FromSetting(SecuritySetting, security),
            string.IsNullOrWhiteSpace(snapshot) ? null : FromSetting(SnapshotArchive.Setting, snapshot)[0]);
    }

    /// <summary>
    /// Stands for a suite where no package comes from Debian's own archive: all come from archives that a blueprint names.
    /// </summary>
    public const string NoSuite = "none";

    // they get their updates themselves; for any other name a missing suite of updates is a fault, not a matter of course
    private static readonly string[] s_alone = ["unstable", "sid", "experimental", "rc-buggy"];

    /// <summary>
    /// The suites of a release: itself, and where it has them its updates from the main archive, its security updates from the security
    /// archive; then those of other archives. A folder of packages has none to fetch.
    /// </summary>
    /// <param name="codename">Such as <c>trixie</c>, or <see cref="NoSuite"/>.</param>
    /// <param name="components">Such as <c>main</c>, <c>non-free-firmware</c>.</param>
    /// <param name="others">Archives that a blueprint names; none when null.</param>
    public IReadOnlyList<ArchiveSuite> SuitesOf(
        string codename, IReadOnlyList<string> components, IReadOnlyList<PackageArchive>? others = null)
    {
        IEnumerable<PackageArchive> named = (others ?? []).Where(a => a.Folder is null);
        if (codename == NoSuite)
        {
            return [.. named.SelectMany(a => a.Suites.Select(s => SuiteOf(a, s)))];
        }
        string[] names = s_alone.Contains(codename) ? [codename] : [codename, $"{codename}-updates", $"{codename}-security"];
        PackageArchive debian = new() { Name = PackageArchive.DebianName, Suites = names, Components = components, Packages = ["*"] };
        return [.. named.Prepend(debian).SelectMany(a => a.Suites.Select(s => SuiteOf(a, s)))];
    }

    // an archive without an address is a part of Debian's: backports, another component of the same suite
    private ArchiveSuite SuiteOf(PackageArchive archive, string name)
    {
        if (archive.Roots.Count > 0)
        {
            return new ArchiveSuite(archive, name);
        }
        bool isSecurity = name.EndsWith("-security", StringComparison.Ordinal);
        return new ArchiveSuite(archive with { Roots = isSecurity ? Security : Main, Keyrings = Keyrings }, name)
        {
            Snapshot = SnapshotOf(isSecurity ? "debian-security" : "debian"),
        };
    }

    private SnapshotArchive? SnapshotOf(string archive) => Snapshot is null ? null : new SnapshotArchive(Snapshot, archive);

    private static Uri[] FromSetting(string name, string value)
    {
        string[] words = value.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > MostMirrors)
        {
            throw new StrataException($"cannot use {name}: it names {words.Length} mirrors, at most {MostMirrors} are tried", Hint);
        }
        return [.. words.Select(word => Uri.TryCreate(word, UriKind.Absolute, out Uri? uri) && IsSupported(uri)
            ? uri
            : throw new StrataException(
                $"cannot use {name}: '{WebAddress.Shown(word)}' is no address that starts with http:// or https://", Hint))];
    }

    private static Uri[] FromHost(AptConfiguration configuration, bool isSecurity)
    {
        List<AptSourceEntry> fitting =
        [
            .. configuration.Entries.Where(e => e.Components.Contains("main") && RoleOf(e.Suite) is { } role && role == isSecurity),
        ];
        // Those that look most like Debian's own, in their order; the signature decides in the end whether they are.
        Uri[] found =
        [
            .. fitting
                .Where(e => Uri.TryCreate(e.Uri, UriKind.Absolute, out Uri? uri) && IsSupported(uri))
                .GroupBy(e => Score(e, fitting))
                .MaxBy(g => g.Key)?
                .Select(e => new Uri(e.Uri))
                .DistinctBy(u => u.AbsoluteUri.TrimEnd('/'), StringComparer.Ordinal)
                .Take(MostMirrors) ?? [],
        ];
        if (found.Length > 0)
        {
            return found;
        }
        string what = isSecurity ? "Debian's security archive" : "a Debian archive";
        string why = fitting.FirstOrDefault() is { } other
            ? $"'{WebAddress.Shown(other.Uri)}' of {other.Place} is not of a kind that Strata reads (http or https)"
            : configuration.Problems.Count > 0 ? $"the apt configuration of this host names none; passed over: {configuration.Problems[0]}"
            : "the apt configuration of this host names none";
        throw new StrataException($"cannot find {what}: {why}", Hint);
    }

    // True for a security suite, false for another suite of Debian, null for anything else.
    private static bool? RoleOf(string suite)
    {
        string trimmed = suite.TrimEnd('/');
        foreach (string name in s_suites)
        {
            if (trimmed == name || trimmed == $"{name}-updates")
            {
                return false;
            }
            if (trimmed == $"{name}-security" || trimmed == $"{name}/updates")
            {
                return true;
            }
        }
        return null;
    }

    private static int Score(AptSourceEntry entry, List<AptSourceEntry> all) =>
        (entry.SignedBy.Contains("debian-archive", StringComparison.Ordinal) ? 4 : 0)
        + (all.Any(e => e.Uri == entry.Uri && e.Suite != entry.Suite) ? 2 : 0)
        + (new Uri(entry.Uri).AbsolutePath.TrimEnd('/').Split('/')[^1].StartsWith("debian", StringComparison.Ordinal) ? 1 : 0);

    private static bool IsSupported(Uri uri) => uri.Scheme is "http" or "https";
}
