using Strata.Blueprints;
using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Editions.Readmes;

/// <summary>Files of a blueprint that strata comes with: capabilities, kernels, editions that are extended.</summary>
internal static class ShippedFiles
{
    /// <summary>Their paths below strata's own folder, in ordinal order, with their digests.</summary>
    public static IReadOnlyList<(string Path, Sha256Digest Digest)> Of(Blueprint blueprint, string home)
    {
        string prefix = Path.TrimEndingDirectorySeparator(home) + Path.DirectorySeparatorChar;
        IEnumerable<string> extended = blueprint.Edition.Folders.Skip(1).Select(f => Path.Combine(f, "edition.yaml"));
        return
        [
            .. blueprint.Capabilities.Select(c => c.File).Where(f => f.Length > 0).Concat(blueprint.KernelProfile?.Files ?? [])
                .Concat(extended)
                .Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)
                .Where(f => f.StartsWith(prefix, StringComparison.Ordinal)
                    && !f.StartsWith(blueprint.Edition.Folder, StringComparison.Ordinal))
                .Select(f => f[prefix.Length..])
                .Where(f => f.Split('/')[0] is "capabilities" or "kernel" or "editions")
                .Order(StringComparer.Ordinal).Select(f => (f, DigestOf(home, f))),
        ];
    }

    /// <summary>Those of a README that are missing here, or are others; a line for people each.</summary>
    public static IEnumerable<string> Differences(IEnumerable<(string Path, string Digest)> named, string home)
    {
        foreach ((string path, string digest) in named)
        {
            if (!File.Exists(Path.Combine(home, path)))
            {
                yield return $"{path} is not among the files of this strata; the README was written with one that has it";
            }
            else if (DigestOf(home, path).ToString() != digest)
            {
                yield return $"{path} of this strata is not the one that the README was written with; the system may be another";
            }
        }
    }

    private static Sha256Digest DigestOf(string home, string path)
    {
        using ForeignFolder folder = new(home);
        return Sha256Digest.Of(folder.Read(path, YamlLimits.Standard.MaxCharacters));
    }
}
