using Strata.Tuf.Json;
using Strata.Tuf.Keys;

namespace Strata.Tuf.Metadata;

/// <summary>Which files there are, and to whom others are left (§4.5).</summary>
internal sealed class TargetsMetadata
{
    private const int MostTargets = 65536;
    private const int MostDelegations = 1024;

    private TargetsMetadata(SignedMetadata file)
    {
        File = file;
        Dictionary<string, FileClaim> targets = new(StringComparer.Ordinal);
        foreach ((string path, MetadataReader claim) in file.Signed.Object("targets").Objects(MostTargets))
        {
            targets.Add(path, FileClaim.Read(claim));
        }
        Targets = targets;
        Keys = new Dictionary<string, PublicKey>();
        if (file.Signed.TryObject("delegations") is MetadataReader delegations)
        {
            Keys = RoleKeys.ReadKeys(delegations.Object("keys"));
            Delegations = [.. delegations.List("roles", MostDelegations).Select(Delegation.Read)];
            if (Delegations.DistinctBy(d => d.Name, StringComparer.Ordinal).Count() != Delegations.Count)
            {
                throw MetadataReader.Fault("signed.delegations.roles names a role twice");
            }
        }
    }

    /// <summary>The file.</summary>
    public SignedMetadata File { get; }

    /// <summary>What it says of files, by their paths.</summary>
    public IReadOnlyDictionary<string, FileClaim> Targets { get; }

    /// <summary>The same, each with its path.</summary>
    public IEnumerable<TargetFile> Files => Targets.Select(t => new TargetFile(t.Key, t.Value.Length!.Value, t.Value.Digests));

    /// <summary>Keys of the roles that others are left to.</summary>
    public IReadOnlyDictionary<string, PublicKey> Keys { get; }

    /// <summary>To whom others are left; the first that has an answer is believed.</summary>
    public IReadOnlyList<Delegation> Delegations { get; } = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="Core.ImageFormatException">It breaks a rule.</exception>
    public static TargetsMetadata Read(byte[] text) => new(SignedMetadata.Read(text, TopRole.Targets));
}

/// <summary>A role that answers for some paths.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Keys">Whose signatures count.</param>
/// <param name="Paths">Patterns of paths; null when there are digests.</param>
/// <param name="DigestPrefixes">First digits of the SHA-256 of paths; null when there are patterns.</param>
/// <param name="IsTerminating">Whether nobody after it is asked about its paths.</param>
internal sealed record Delegation(
    string Name, RoleKeys Keys, IReadOnlyList<string>? Paths, IReadOnlyList<string>? DigestPrefixes, bool IsTerminating)
{
    private const int MostPatterns = 4096;
    private const int LongestPattern = 1024;

    /// <summary>Reads it.</summary>
    public static Delegation Read(MetadataReader role)
    {
        Delegation read = new(
            role.Text("name"), RoleKeys.Read(role),
            role.Has("paths") ? role.Texts("paths", MostPatterns) : null,
            role.Has("path_hash_prefixes") ? role.Texts("path_hash_prefixes", MostPatterns) : null,
            role.Flag("terminating", otherwise: false));
        if (TopRole.Is(read.Name)) // its file would take the place of that of the top
        {
            throw MetadataReader.Fault($"something is left to a role '{read.Name}', which is a name of the top");
        }
        return read.Paths is null == read.DigestPrefixes is null
            ? throw MetadataReader.Fault(
                $"the role '{MetadataReader.Printable(read.Name)}' has {(read.Paths is null ? "neither" : "both")} of paths and "
                    + "path_hash_prefixes, expected one of them")
            : read.Paths?.Any(p => p.Length > LongestPattern) == true
                ? throw MetadataReader.Fault(
                    $"a pattern of the role '{MetadataReader.Printable(read.Name)}' is longer than {LongestPattern}")
                : read;
    }

    /// <summary>Whether it answers for a path.</summary>
    public bool Covers(string path)
    {
        if (Paths is not null)
        {
            return Paths.Any(p => Fits(path, p));
        }
        string digest = Core.Sha256Digest.Of(MetadataReader.StrictUtf8.GetBytes(path)).ToString();
        return DigestPrefixes!.Any(p => digest.StartsWith(p, StringComparison.Ordinal));
    }

    /// <summary>As a shell does it, folder by folder: <c>*</c> and <c>?</c> stand for no slash (§4.5, PATHPATTERN).</summary>
    private static bool Fits(string path, string pattern)
    {
        string[] names = path.Split('/');
        string[] patterns = pattern.Split('/');
        return names.Length == patterns.Length && names.Zip(patterns).All(p => FitsName(p.First, p.Second));
    }

    private static bool FitsName(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        // one place to go back to is enough: a later star takes what an earlier one could have taken as well
        int at = 0;
        int wanted = 0;
        int star = -1;
        int taken = 0;
        while (at < name.Length)
        {
            if (wanted < pattern.Length && pattern[wanted] == '*')
            {
                star = wanted++;
                taken = at;
            }
            else if (wanted < pattern.Length && (pattern[wanted] == '?' || pattern[wanted] == name[at]))
            {
                at++;
                wanted++;
            }
            else if (star >= 0)
            {
                wanted = star + 1;
                at = ++taken;
            }
            else
            {
                return false;
            }
        }
        return pattern[wanted..].TrimStart('*').IsEmpty;
    }
}
