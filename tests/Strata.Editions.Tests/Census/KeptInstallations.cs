using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Editions.Installing;

namespace Strata.Editions.Tests.Census;

/// <summary>
/// What dpkg made of packages, kept under the digests of all package files, so that it is done once: the same files give the same.
/// </summary>
internal sealed class KeptInstallations(string folder)
{
    private const string Form = "3"; // another when the room does something else

    /// <summary>What is kept for these package files; null for nothing.</summary>
    public InstalledFiles? TryGet(IEnumerable<Sha256Digest> packages)
    {
        string file = PathOf(packages);
        if (!File.Exists(file))
        {
            return null;
        }
        FileTree tree = new();
        HashSet<GuestPath> privileged = [];
        using StreamReader reader = new(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (reader.ReadLine() is string line)
        {
            KeptNode node = JsonSerializer.Deserialize<KeptNode>(line)!;
            GuestPath path = GuestPath.Parse(node.Path);
            tree.Replace(path, node.ToNode(), new Origin(null, null, "installed"));
            if (node.IsPrivileged)
            {
                privileged.Add(path);
            }
        }
        return new InstalledFiles(tree, privileged);
    }

    /// <summary>Keeps it.</summary>
    public void Put(IEnumerable<Sha256Digest> packages, InstalledFiles files)
    {
        string file = PathOf(packages);
        Directory.CreateDirectory(folder);
        string temporary = $"{file}.{Guid.NewGuid():N}";
        using (StreamWriter writer = new(new GZipStream(File.Create(temporary), CompressionLevel.Fastest)))
        {
            foreach (TreeEntry entry in files.Tree.Entries)
            {
                writer.WriteLine(JsonSerializer.Serialize(KeptNode.Of(entry, files.Privileged.Contains(entry.Path))));
            }
        }
        File.Move(temporary, file, overwrite: true);
    }

    private string PathOf(IEnumerable<Sha256Digest> packages) => Path.Combine(
        folder, Sha256Digest.Of(Encoding.UTF8.GetBytes($"{Form}\n{string.Join('\n', packages.Order())}")) + ".gz");

    private sealed record KeptNode(
        string Path, string Kind, int Mode, uint User, uint Group, bool IsPrivileged, string? Target = null, long Size = 0,
        string? Digest = null, byte[]? Bytes = null)
    {
        public static KeptNode Of(TreeEntry entry, bool isPrivileged)
        {
            KeptNode any = new(
                entry.Path.ToString(), entry.Node.GetType().Name, entry.Node.Permissions, entry.Node.Uid, entry.Node.Gid, isPrivileged);
            // texts that are read again: accounts, configuration
            bool hasBytes = any.Path.StartsWith("/etc/", StringComparison.Ordinal) || any.Path.StartsWith(TreeJudge.Tmpfiles,
                StringComparison.Ordinal);
            return entry.Node switch
            {
                SymlinkNode link => any with { Target = link.Target },
                SpecialNode special => any with { Target = special.Kind.ToString() },
                FileNode { Content: InlineContent content } when hasBytes => any with { Bytes = content.Bytes.ToArray() },
                FileNode file => any with { Size = file.Content.Size, Digest = file.Content.Digest.ToString() },
                _ => any,
            };
        }

        public TreeNode ToNode() => Kind switch
        {
            nameof(DirectoryNode) => new DirectoryNode { Permissions = Mode, Uid = User, Gid = Group },
            nameof(SymlinkNode) => new SymlinkNode { Permissions = Mode, Uid = User, Gid = Group, Target = Target! },
            nameof(SpecialNode) => new SpecialNode { Permissions = Mode, Uid = User, Gid = Group, Kind = Enum.Parse<SpecialKind>(Target!) },
            _ => new FileNode
            {
                Permissions = Mode, Uid = User, Gid = Group,
                Content = Bytes is not null ? new InlineContent(Bytes) : new StoredContent(Size, Sha256Digest.Parse(Digest!)),
            },
        };
    }
}
