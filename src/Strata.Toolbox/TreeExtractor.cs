using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Toolbox;

/// <summary>Writes a <see cref="FileTree"/> into an empty folder of the host, without root: owners are the caller's, devices are left out.</summary>
/// <remarks>
/// Nothing can land outside the folder: in a <see cref="FileTree"/> every parent of a name is a real directory, so no link is ever
/// walked through, and the folder must be new.
/// </remarks>
public static class TreeExtractor
{
    /// <summary>Writes everything, contents checked against their digests.</summary>
    /// <exception cref="StrataException">The folder exists and is not empty, or writing failed.</exception>
    public static void Write(FileTree tree, IContentReader contents, string folder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(contents);
        try
        {
            WriteAll(tree, contents, folder, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot unpack into {folder}: {e.Message}", innerException: e);
        }
    }

    private static void WriteAll(FileTree tree, IContentReader contents, string folder, CancellationToken cancellationToken)
    {
        string root = Directory.CreateDirectory(folder).FullName;
        if (Directory.EnumerateFileSystemEntries(root).Any())
        {
            throw new StrataException($"cannot unpack into {root}: the folder is not empty");
        }
        Dictionary<TreeNode, string> written = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.InContentOrder())
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = Path.Combine(root, entry.Path.Relative);
            switch (entry.Node)
            {
                case DirectoryNode:
                    Directory.CreateDirectory(path);
                    break;
                case SymlinkNode link:
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    File.CreateSymbolicLink(path, link.Target);
                    break;
                case FileNode file when written.TryGetValue(file, out string? first):
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    File.Copy(first, path); // a second name: a copy serves a tool as well as a hard link
                    break;
                case FileNode file:
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    WriteFile(file, contents, path);
                    written.Add(file, path);
                    break;
            }
        }
    }

    private static void WriteFile(FileNode file, IContentReader contents, string path)
    {
        // the owner keeps the right to write, else the folder could not be removed or corrected without root; setuid means nothing here
        UnixFileMode mode = ((UnixFileMode)file.Permissions & ~(UnixFileMode.SetUser | UnixFileMode.SetGroup)) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, PreallocationSize = file.Content.Size };
        using FileStream target = new(path, options);
        contents.Open(file.Content).CopyTo(target);
    }
}
