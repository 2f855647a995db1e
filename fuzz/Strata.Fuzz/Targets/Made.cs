using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Formats.Tar;
using Strata.Testing;

namespace Strata.Fuzz.Targets;

/// <summary>Sound inputs that several targets start from.</summary>
internal static class Made
{
    private static readonly Origin s_origin = new(null, null, "fuzz");

    /// <summary>A package with every kind of entry that packages may have.</summary>
    public static byte[] Package() => new DebBuilder("sample", "1:2.0-1")
        .Directory("/usr").Directory("/usr/bin")
        .Elf("/usr/bin/tool", TinyElf.Program("libc.so.6"))
        .File("/usr/bin/text", "#!/bin/sh\necho hello\n", Modes.Program)
        .Link("/usr/bin/other", "tool")
        .HardLink("/usr/bin/again", "/usr/bin/tool")
        .Script("postinst", "#!/bin/sh\nset -e\n# Automatically added by dh_makeshlibs/13.24.2\nldconfig\n"
            + "# End automatically added section\n")
        .Build();

    /// <summary>A small tree: folders, a link, an empty file, one of one byte, one of several blocks of 4,096.</summary>
    public static FileTree Tree(bool withLinks = true)
    {
        FileTree tree = new();
        File(tree, "/etc/empty", []);
        File(tree, "/etc/one", [1]);
        File(tree, "/usr/share/a-name-that-is-longer-than-eight.text", [.. Enumerable.Range(0, 9000).Select(i => (byte)(i / 7 % 256))]);
        if (withLinks)
        {
            tree.Add(GuestPath.Parse("/usr/lib"), new SymlinkNode { Permissions = Modes.Link, Target = "share/a-name" }, s_origin);
        }
        return tree;
    }

    /// <summary>Opens what a tree of ours holds inline.</summary>
    public static PackageContentReader Contents() =>
        new(_ => throw new InvalidOperationException("nothing of a made tree lies in a store"));

    /// <summary>A tar archive.</summary>
    public static byte[] Tar(params IEnumerable<(TarEntry Entry, byte[] Content)> entries)
    {
        using MemoryStream target = new();
        using TarWriter writer = new(target);
        foreach ((TarEntry entry, byte[] content) in entries)
        {
            writer.Write(entry, new MemoryStream(content));
        }
        writer.Finish();
        return target.ToArray();
    }

    /// <summary>A compressed form of some bytes.</summary>
    public static byte[] Compressed(byte[] plain, CompressionKind kind)
    {
        using MemoryStream target = new();
        using (Stream stream = kind switch
        {
            CompressionKind.Gzip => Compressor.OpenGzip(target, leaveOpen: true),
            CompressionKind.Xz => Compressor.OpenXz(target, new XzOptions { Preset = 0 }, leaveOpen: true),
            _ => Compressor.OpenZstd(target, leaveOpen: true),
        })
        {
            stream.Write(plain);
        }
        return target.ToArray();
    }

    /// <summary>Files of the repository, the same ones in every run.</summary>
    public static IEnumerable<string> Files(string folder, string ending, int most = 40) => Repository.Files
        .Where(f => f.StartsWith(folder, StringComparison.Ordinal)
            && f.EndsWith(ending, StringComparison.Ordinal)).Take(most).Select(Repository.Read);

    /// <summary>Reads a stream to its end and forgets it; a stream that gives more than any input of ours stands for is a defect.</summary>
    public static long Drain(Stream stream, long most = 1L << 28)
    {
        byte[] buffer = new byte[32 << 10];
        long total = 0;
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            total += read;
            if (total > most)
            {
                break; // what a decompressing stream may give is for its user to bound
            }
        }
        return total;
    }

    private static void File(FileTree tree, string path, byte[] bytes) =>
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = new InlineContent(bytes) }, s_origin);
}
