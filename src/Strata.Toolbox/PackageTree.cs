using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;

namespace Strata.Toolbox;

/// <summary>Whole packages as one tree, /usr merged.</summary>
internal static class PackageTree
{
    private static readonly string[] s_links = ["bin", "lib", "lib64", "sbin"];

    /// <summary>Joins packages. Where two bring the same path, the first by name counts: what conflicts for a system does not for a tool.</summary>
    public static FileTree Of(PackageSet packages)
    {
        ArgumentNullException.ThrowIfNull(packages);
        FileTree tree = new();
        foreach (string link in s_links)
        {
            tree.Add(GuestPath.Parse("/usr/" + link), new DirectoryNode { Permissions = Modes.Folder }, new Origin(null, null, "merged /usr"));
            tree.Add(GuestPath.Parse("/" + link), new SymlinkNode { Permissions = Modes.Link, Target = "usr/" + link }, new Origin(null, null, "merged /usr"));
        }
        foreach (PackagedEntry packaged in packages.Entries.OrderBy(e => e.Path))
        {
            ListingEntry entry = packaged.Entry;
            if (packaged.Path.IsRoot || MergedUsr.IsMovedDirectory(entry.Path))
            {
                continue;
            }
            TreeNode node = entry.Kind switch
            {
                ListingKind.Directory => new DirectoryNode { Permissions = Modes.Folder },
                ListingKind.Symlink => new SymlinkNode { Permissions = Modes.Link, Target = entry.Target },
                _ => new FileNode { Permissions = entry.Permissions, Content = entry.ContentIn(packaged.Package.Digest) },
            };
            tree.Add(packaged.Path, node, new Origin(null, packaged.Package.Name, "whole package"));
        }
        return tree;
    }
}
