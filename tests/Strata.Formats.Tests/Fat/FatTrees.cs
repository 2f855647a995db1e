using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;

namespace Strata.Formats.Tests.Fat;

/// <summary>Inputs and round trips for the tests of FAT.</summary>
internal static class FatTrees
{
    private static readonly Origin s_origin = new("test", null, "test");

    public static FileTree Add(this FileTree tree, string path, byte[] bytes)
    {
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = new InlineContent(bytes) }, s_origin);
        return tree;
    }

    public static FileTree AddDirectory(this FileTree tree, string path)
    {
        tree.Add(GuestPath.Parse(path), new DirectoryNode { Permissions = Modes.Folder }, s_origin);
        return tree;
    }

    public static FileTree AddNode(this FileTree tree, string path, TreeNode node)
    {
        tree.Add(GuestPath.Parse(path), node, s_origin);
        return tree;
    }

    public static byte[] Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Names of all kinds, sizes around every boundary, directories of more than one cluster.</summary>
    public static FileTree Random(int seed, int files, int largest)
    {
        Random random = new(seed);
        FileTree tree = new();
        List<string> folders = [""];
        for (int i = 0; i < files; i++)
        {
            if (random.Next(5) == 0)
            {
                string folder = folders[random.Next(folders.Count)] + "/" + Name(random, 1000 + i);
                if (folder.Count(c => c == '/') < 7)
                {
                    tree.AddDirectory(folder);
                    folders.Add(folder);
                }
            }
            int[] sizes = [0, 1, 511, 512, 513, 2048, 4096, 32768, random.Next(largest)];
            int size = Math.Min(sizes[random.Next(sizes.Length)], largest);
            tree.Add(folders[random.Next(folders.Count)] + "/" + Name(random, i), Bytes(size, seed + i));
        }
        return tree;
    }

    public static async Task<MemoryStream> WriteAsync(FileTree tree, FatOptions options)
    {
        FatPlan plan = FatPlan.Create(tree, options);
        MemoryStream image = new();
        await FatWriter.WriteAsync(plan, new InlineReader(), image);
        Assert.Equal(plan.SizeBytes, image.Length);
        return image;
    }

    public static async Task WriteFileAsync(FileTree tree, FatOptions options, string path)
    {
        await using FileStream file = File.Create(path);
        await FatWriter.WriteAsync(FatPlan.Create(tree, options), new InlineReader(), file);
    }

    /// <summary>Names and contents, to compare a tree with what came back from somewhere.</summary>
    public static string Lines(FileTree tree) => string.Concat(tree.Entries.Where(e => !e.Path.IsRoot).Select(e =>
        e.Node is FileNode file ? $"{e.Path} {file.Content.Size} {file.Content.Digest}\n" : $"{e.Path}/\n"));

    public static string Lines(FatReader volume) => string.Concat(volume.Entries.Select(e =>
        e.IsDirectory ? $"{e.Path}/\n" : $"{e.Path} {e.Size} {FatDump.DigestOf(volume, e)}\n"));

    public static string Lines(string folder)
    {
        IEnumerable<string> paths = Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });
        return string.Concat(paths
            .Select(p => (Path: "/" + Path.GetRelativePath(folder, p), Full: p))
            .OrderBy(p => p.Path, StringComparer.Ordinal)
            .Select(p => Directory.Exists(p.Full)
                ? $"{p.Path}/\n"
                : $"{p.Path} {new FileInfo(p.Full).Length} {Sha256Digest.Of(File.ReadAllBytes(p.Full))}\n"));
    }

    private static string Name(Random random, int number) => random.Next(6) switch
    {
        0 => $"F{number}.TXT",
        1 => $"lower{number}.efi",
        2 => $"a rather long name, number {number}.config.d",
        3 => new string((char)('a' + (number % 26)), 1 + random.Next(200)) + number,
        4 => $"linux-6.12.{number}+deb13-amd64.efi",
        _ => $".hidden.{number}",
    };

    private sealed class InlineReader : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
