using System.Buffers;
using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Elf;

namespace Strata.Measure.Surface;

/// <summary>Counts what there is to attack in a composed tree. Contents are read once, in the order in which they lie in their packages.</summary>
public static class SurfaceSurvey
{
    private const int LargestBinary = 512 << 20;
    private const int AnyExecute = 0x49; // 0111
    private const int SetUid = 0x800; // 04000
    private const int SetGid = 0x400; // 02000
    private const int Sticky = 0x200; // 01000
    private const int OthersWrite = 2; // 0002

    private static readonly string[] s_programFolders = ["/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/games"];
    private static readonly string[] s_shells = ["ash", "bash", "busybox", "csh", "dash", "fish", "hush", "ksh", "mksh", "sh", "tcsh", "yash", "zsh"];
    private static readonly string[] s_interpreters =
        ["awk", "busybox", "gawk", "gdb", "guile", "java", "lua", "luajit", "mawk", "node", "nodejs", "ocaml", "original-awk", "perl", "php", "python", "ruby", "tclsh"];

    /// <summary>Surveys.</summary>
    /// <param name="blueprint">Its services.</param>
    /// <param name="tree">Its composed tree.</param>
    /// <param name="openContents">Opens the files of the tree.</param>
    /// <param name="kernel">What a check of its kernel said, or null.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static SurfaceNumbers Of(
        Blueprint blueprint, FileTree tree, Func<IContentReader> openContents, KernelSurface? kernel, IProgressReporter progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(openContents);
        ArgumentNullException.ThrowIfNull(progress);
        List<BinaryHardening> binaries = [];
        List<string> programs = [];
        List<string> unreadable = [];
        IReadOnlyList<TreeEntry> entries = tree.InContentOrder();
        using (IProgressTask task = progress.Begin("looking at programs and libraries", entries.Count))
        using (IContentReader contents = openContents())
        {
            HashSet<TreeNode> seen = new(ReferenceEqualityComparer.Instance);
            foreach (TreeEntry entry in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                task.Advance(1);
                if (entry.Node is FileNode { Content.Size: > 4 } file && seen.Add(file))
                {
                    Look(entry, file, contents, binaries, programs, unreadable);
                }
            }
        }
        TreeEntry[] files = [.. tree.Entries.Where(e => e.Node is FileNode)];
        return new SurfaceNumbers
        {
            Packages = tree.Entries.Select(e => e.Origin.Package).OfType<string>().Distinct(StringComparer.Ordinal).Count(),
            Programs = Sorted(programs),
            Commands = tree.Entries.Count(e => e.Node is not DirectoryNode && s_programFolders.Contains(e.Path.Parent.ToString(), StringComparer.Ordinal)),
            SetUid = Sorted(files.Where(e => (e.Node.Permissions & SetUid) != 0).Select(e => e.Path.ToString())),
            SetGid = Sorted(files.Where(e => (e.Node.Permissions & SetGid) != 0).Select(e => e.Path.ToString())),
            FileCapabilities = [],
            Services =
            [
                .. blueprint.Capabilities.SelectMany(c => c.Services.Select(s => new SurfaceService(s.Name, s.Kind.ToString().ToLowerInvariant(), c.Name, string.Join(' ', s.Command))))
                    .OrderBy(s => s.Name, StringComparer.Ordinal),
            ],
            Shells = Named(tree, s_shells),
            Interpreters = Named(tree, s_interpreters),
            WorldWritable = Sorted(tree.Entries.Where(e => e.Node is not SymlinkNode && (e.Node.Permissions & OthersWrite) != 0)
                .Select(e => e.Path + ((e.Node.Permissions & Sticky) != 0 ? " (sticky)" : ""))),
            Binaries = [.. binaries.OrderBy(b => b.Path, StringComparer.Ordinal)],
            Unreadable = Sorted(unreadable),
            Kernel = kernel,
        };
    }

    private static void Look(
        TreeEntry entry, FileNode file, IContentReader contents, List<BinaryHardening> binaries, List<string> programs, List<string> unreadable)
    {
        string path = entry.Path.ToString();
        bool canStart = (file.Permissions & AnyExecute) != 0;
        Stream stream = contents.Open(file.Content);
        Span<byte> start = stackalloc byte[4];
        stream.ReadExactly(start);
        if (canStart && start.StartsWith("#!"u8))
        {
            programs.Add(path);
            return;
        }
        if (!ElfFile.HasMagic(start))
        {
            return;
        }
        if (file.Content.Size > LargestBinary)
        {
            unreadable.Add($"{path}: {new ByteSize(file.Content.Size)} are more than {new ByteSize(LargestBinary)}");
            return;
        }
        int size = (int)file.Content.Size;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            start.CopyTo(bytes);
            stream.ReadExactly(bytes, start.Length, size - start.Length);
            if (ElfHardening.Read(bytes.AsSpan(0, size)) is not ElfHardening elf)
            {
                return; // a kernel module
            }
            binaries.Add(new BinaryHardening(
                path, entry.Origin.Package ?? "", elf.IsProgram, elf.IsPositionIndependent, elf.Relro, elf.StackProtector, elf.HasNonExecutableStack, elf.Fortify));
            if (canStart && elf.IsProgram)
            {
                programs.Add(path);
            }
        }
        catch (ImageFormatException e)
        {
            unreadable.Add($"{path}: {e.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Names in folders of programs that are one of some words, with a version or not, and what they lead to.</summary>
    private static List<string> Named(FileTree tree, string[] words) => Sorted(
        from entry in tree.Entries
        where entry.Node is not DirectoryNode && s_programFolders.Contains(entry.Path.Parent.ToString(), StringComparer.Ordinal)
        where words.Contains(entry.Path.Name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '-'), StringComparer.Ordinal)
        select entry.Node is SymlinkNode && tree.TryResolve(entry.Path, out TreeEntry target) ? $"{entry.Path} -> {target.Path}" : entry.Path.ToString());

    private static List<string> Sorted(IEnumerable<string> lines) => [.. lines.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
