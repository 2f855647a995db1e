using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Strata.Core.Trees;

/// <summary>Identity of a tree: SHA-256 over every name, node and content digest, in content order, hard links included; origins do not count.</summary>
public static class TreeDigest
{
    /// <summary>Computes it; contents are not read, their digests stand for them.</summary>
    public static Sha256Digest Of(FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Dictionary<TreeNode, GuestPath> first = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.InContentOrder())
        {
            TreeNode node = entry.Node;
            string what = node switch
            {
                FileNode file => "f " + file.Content.Digest,
                SymlinkNode link => "l " + link.Target,
                SpecialNode s => string.Create(CultureInfo.InvariantCulture, $"s {s.Kind} {s.Major} {s.Minor}"),
                _ => "d",
            };
            string same = first.TryAdd(node, entry.Path) ? "" : first[node].ToString();
            // NUL cannot stand in a path or target, so it separates without doubt
            string line = string.Create(CultureInfo.InvariantCulture, $"{entry.Path}\0{what}\0{node.Permissions}\0{node.Uid}\0{node.Gid}\0{same}\0\n");
            hash.AppendData(Encoding.UTF8.GetBytes(line));
        }
        return Sha256Digest.Finish(hash);
    }
}
