using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Layers;

/// <summary>What a layer is made of.</summary>
public sealed record LayerInput
{
    /// <summary>Name of the capability or group.</summary>
    public required string Name { get; init; }

    /// <summary>Debian architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Layers that have to be mounted below it.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>Capabilities it brings.</summary>
    public required IReadOnlyList<string> Provides { get; init; }

    /// <summary>Its files.</summary>
    public required FileTree Tree { get; init; }

    /// <summary>Version and digest of every package that the tree may name.</summary>
    public IReadOnlyDictionary<string, (string Version, Sha256Digest Digest)> Packages { get; init; } =
        new Dictionary<string, (string, Sha256Digest)>(StringComparer.Ordinal);

    /// <summary>Sorted names of the licences of packages that the tree may name; none for a package of which nobody knows them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Licences { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>Effects that were applied for it.</summary>
    public IReadOnlyList<string> Effects { get; init; } = [];

    /// <summary>Compression.</summary>
    public required LayerPacking Packing { get; init; }

    /// <summary>Digest of the tree and of which package each name is from, for that decides what lies beside what.</summary>
    internal Sha256Digest TreeDigest
    {
        get
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Core.Trees.TreeDigest.Of(Tree).Bytes);
            foreach (TreeEntry entry in Tree.Entries)
            {
                string line = string.Create(CultureInfo.InvariantCulture, $"{entry.Path}\0{entry.Origin.Package}\0\n");
                hash.AppendData(Encoding.UTF8.GetBytes(line));
            }
            return Sha256Digest.Finish(hash);
        }
    }
}
