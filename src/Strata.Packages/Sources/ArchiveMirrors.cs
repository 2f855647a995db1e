using Strata.Core;

namespace Strata.Packages.Sources;

/// <summary>Where Debian's main archive and its security archive are reached.</summary>
/// <param name="Main">Root of the main archive.</param>
/// <param name="Security">Root of the security archive.</param>
public sealed record ArchiveMirrors(Uri Main, Uri Security)
{
    /// <summary>Setting that names the main archive.</summary>
    public const string MainSetting = "STRATA_MIRROR";

    /// <summary>Setting that names the security archive.</summary>
    public const string SecuritySetting = "STRATA_SECURITY_MIRROR";

    private const string Hint =
        $"Set {MainSetting} to the address of a Debian archive (the folder that holds 'dists' and 'pool'), " +
        $"and {SecuritySetting} to that of its security archive.";

    // Names of releases and their roles; new ones are added here. Other people's repositories use other words, or these with more after them.
    private static readonly string[] s_suites =
    [
        "stable", "oldstable", "oldoldstable", "testing", "unstable", "sid",
        "buster", "bullseye", "bookworm", "trixie", "forky", "duke",
    ];

    /// <summary>Takes the settings, and what they leave open from the host's apt configuration, whatever release that is for.</summary>
    /// <param name="configuration">The host's package sources.</param>
    /// <param name="main">Value of <see cref="MainSetting"/>, or null.</param>
    /// <param name="security">Value of <see cref="SecuritySetting"/>, or null.</param>
    /// <exception cref="StrataException">Neither says where an archive is, or an address cannot be used.</exception>
    public static ArchiveMirrors Find(AptConfiguration configuration, string? main = null, string? security = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new ArchiveMirrors(
            string.IsNullOrWhiteSpace(main) ? FromHost(configuration, isSecurity: false) : FromSetting(MainSetting, main),
            string.IsNullOrWhiteSpace(security) ? FromHost(configuration, isSecurity: true) : FromSetting(SecuritySetting, security));
    }

    /// <summary>The suites of a release: itself and its updates from the main archive, its security updates from the security archive.</summary>
    /// <param name="codename">Such as <c>trixie</c>.</param>
    /// <param name="components">Such as <c>main</c>, <c>non-free-firmware</c>.</param>
    public IReadOnlyList<ArchiveSuite> SuitesOf(string codename, IReadOnlyList<string> components) =>
    [
        new ArchiveSuite(Main, codename, components),
        new ArchiveSuite(Main, $"{codename}-updates", components),
        new ArchiveSuite(Security, $"{codename}-security", components),
    ];

    private static Uri FromSetting(string name, string value) => Uri.TryCreate(value.Trim(), UriKind.Absolute, out Uri? uri) && IsSupported(uri)
        ? uri
        : throw new StrataException($"cannot use {name}: '{WebAddress.Shown(value)}' is no address that starts with http:// or https://", Hint);

    private static Uri FromHost(AptConfiguration configuration, bool isSecurity)
    {
        List<AptSourceEntry> fitting =
        [
            .. configuration.Entries.Where(e => e.Components.Contains("main") && RoleOf(e.Suite) is { } role && role == isSecurity),
        ];
        // Among several the one that looks most like Debian's own; the signature decides in the end whether it is.
        AptSourceEntry? best = fitting
            .Where(e => Uri.TryCreate(e.Uri, UriKind.Absolute, out Uri? uri) && IsSupported(uri))
            .Select((entry, place) => (entry, place, score: Score(entry, fitting)))
            .Where(e => e.score > 0)
            .OrderByDescending(e => e.score)
            .ThenBy(e => e.place)
            .Select(e => e.entry)
            .FirstOrDefault();
        if (best is not null)
        {
            return new Uri(best.Uri);
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
