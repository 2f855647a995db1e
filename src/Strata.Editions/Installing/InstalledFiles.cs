using System.Formats.Tar;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Editions.Installing;

/// <summary>The files of a root in which packages were installed.</summary>
/// <param name="Tree">
/// Kinds, modes, owners, targets, and contents by digest; bytes are at hand of what is small (<see cref="InlineContent"/>).
/// </param>
/// <param name="Privileged">Files with capabilities of their own (capabilities(7)), which no tree holds.</param>
public sealed record InstalledFiles(FileTree Tree, IReadOnlySet<GuestPath> Privileged)
{
    private const int MostKept = 256 << 10;
    private static readonly Origin s_origin = new(null, null, "installed");

    /// <summary>Reads what changed, as tar, over what was there before; a device 0:0 of an overlay says that something is gone.</summary>
    /// <param name="tar">Of a tar that this program started.</param>
    /// <param name="before">What it changes.</param>
    internal static InstalledFiles Read(Stream tar, InstalledFiles before)
    {
        SortedDictionary<GuestPath, TreeNode> nodes = new(before.Tree.Entries.ToDictionary(e => e.Path, e => e.Node));
        HashSet<GuestPath> privileged = [.. before.Privileged];
        using TarReader reader = new(tar, leaveOpen: true);
        while (reader.GetNextEntry(copyData: false) is TarEntry entry)
        {
            string name = "/" + entry.Name.TrimStart('.').Trim('/');
            if (!GuestPath.TryParse(name, out GuestPath path, out _))
            {
                throw new StrataException($"cannot read what was installed: '{name}' is no path");
            }
            IReadOnlyDictionary<string, string> extended = (entry as PaxTarEntry)?.ExtendedAttributes ?? new Dictionary<string, string>();
            bool isGone = entry is PosixTarEntry { EntryType: TarEntryType.CharacterDevice, DeviceMajor: 0, DeviceMinor: 0 };
            if (isGone || extended.Keys.Any(k => k.EndsWith("overlay.opaque", StringComparison.Ordinal)))
            {
                foreach (GuestPath below in nodes.Keys.Where(p => p.IsAtOrBelow(path) && !p.IsRoot).ToList())
                {
                    nodes.Remove(below);
                }
            }
            if (!isGone)
            {
                nodes[path] = NodeOf(entry, nodes);
                _ = extended.ContainsKey("SCHILY.xattr.security.capability") ? privileged.Add(path) : privileged.Remove(path);
            }
        }
        // to its end, whatever padding follows: what writes it must not wait
        tar.CopyTo(Stream.Null);
        FileTree tree = new();
        foreach ((GuestPath path, TreeNode node) in nodes)
        {
            tree.Replace(path, node, s_origin);
        }
        return new InstalledFiles(tree, privileged);
    }

    private static TreeNode NodeOf(TarEntry entry, SortedDictionary<GuestPath, TreeNode> nodes)
    {
        (int mode, uint user, uint group) = ((int)entry.Mode & Modes.All, (uint)entry.Uid, (uint)entry.Gid);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                return new DirectoryNode { Permissions = mode, Uid = user, Gid = group };
            case TarEntryType.SymbolicLink:
                return new SymlinkNode { Permissions = Modes.Link, Uid = user, Gid = group, Target = entry.LinkName };
            case TarEntryType.HardLink:
                return nodes[GuestPath.Parse("/" + entry.LinkName.TrimStart('.').TrimStart('/'))];
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                return new FileNode { Permissions = mode, Uid = user, Gid = group, Content = ContentOf(entry) };
            default:
                SpecialKind kind = entry.EntryType switch
                {
                    TarEntryType.BlockDevice => SpecialKind.BlockDevice, TarEntryType.Fifo => SpecialKind.Fifo, _ =>
                        SpecialKind.CharacterDevice,
                };
                return new SpecialNode { Permissions = mode, Uid = user, Gid = group, Kind = kind };
        }
    }

    private static FileContent ContentOf(TarEntry entry)
    {
        if (entry.DataStream is not Stream data)
        {
            return new InlineContent(Array.Empty<byte>());
        }
        if (entry.Length <= MostKept)
        {
            byte[] bytes = new byte[entry.Length];
            data.ReadExactly(bytes);
            return new InlineContent(bytes);
        }
        return new StoredContent(entry.Length, new Sha256Digest(SHA256.HashData(data)));
    }
}
