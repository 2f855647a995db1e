using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Packages.Slices;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Composition.Effects.Caches;

/// <summary>Runs programs of the image's own packages on files of the image, each once for the same inputs.</summary>
/// <remarks>
/// They are unpacked with what they depend on, and run as tools do: in a room, without network, seeing what they are given alone. Why not
/// tools of ours: docs/decisions/0088-caches-by-the-images-own-programs.md.
/// </remarks>
/// <param name="store">Keeps what comes out.</param>
/// <param name="actions">Remembers it.</param>
/// <param name="toolbox">Unpacks packages.</param>
/// <param name="tools">Tools of the build, which make the room.</param>
/// <param name="packages">Packages of the lock.</param>
internal sealed class CacheMaker(ObjectStore store, ActionCache actions, ToolboxInstaller toolbox, ToolTree tools, PackageSet packages)
{
    private const long LargestFile = 64L << 20;
    private const int MostFiles = 10_000;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    /// <summary>
    /// What the program makes of the sources; null when no package of the lock has it: without the package that has the trigger dpkg
    /// makes none either.
    /// </summary>
    /// <param name="kind">Which cache.</param>
    /// <param name="architecture">Of the image.</param>
    /// <param name="sources">Files of the image, in ordinal order.</param>
    /// <param name="contents">Reads them.</param>
    /// <exception cref="StrataException">The program fails, or is not for this host.</exception>
    public IReadOnlyList<(GuestPath Path, FileContent Content)>? Make(
        CacheKind kind, GuestArchitecture architecture, IReadOnlyList<TreeEntry> sources, IContentReader contents)
    {
        if (!packages.TryGet(GuestPath.Parse(kind.Program), out PackagedEntry? program))
        {
            return null;
        }
        if (architecture.Name != ToolboxInstaller.Architecture)
        {
            throw new StrataException(
                $"cannot make {kind.What} of {sources[0].Path}: {kind.Program} of package {program.Package.Name} is a program for "
                    + $"{architecture.Name}, and runs where images are made, on {ToolboxInstaller.Architecture}",
                "Leave the file out with 'except'.");
        }
        IReadOnlyList<ListedPackage> needed = PackagesOf(program.Package, kind.LoadsSources ? sources : []);
        ActionKey key = new ActionKeyBuilder("image-cache", 1)
            .WithCode(typeof(CacheMaker))
            .Add("program", kind.Program)
            .Add("packages", needed.Select(p => p.Digest))
            .Add("sources", sources.Select(s => $"{s.Path} {((FileNode)s.Node).Content.Digest}"))
            .Build();
        ActionResult result = actions.GetOrAddAsync(key, async token =>
        {
            string folder = store.NewTemporaryPath(); // not kept: what it makes is
            try
            {
                ToolTree unpacked = await toolbox.UnpackAsync(needed, Path.Combine(folder, "packages"), token);
                return new ActionResult(Run(kind, unpacked, Path.Combine(folder, "files"), sources, contents));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }).GetAwaiter().GetResult();
        return
        [
            .. result.Outputs.Select(o => (GuestPath.Parse($"{kind.Folder}/{o.Name}"), (FileContent)new StoredContent(o.Size, o.Digest))),
        ];
    }

    // in the order of the lock, so that the same packages give the same key
    private List<ListedPackage> PackagesOf(ListedPackage program, IReadOnlyList<TreeEntry> sources)
    {
        HashSet<string> names = [.. DependencyClosure.Of(program, packages).Select(p => p.Name)];
        foreach (string name in sources.Select(s => s.Origin.Package).OfType<string>().Distinct())
        {
            if (packages.TryGetPackage(name, out ListedPackage? package))
            {
                names.UnionWith(DependencyClosure.Of(package, packages).Select(p => p.Name));
            }
        }
        return [.. packages.Packages.Where(p => names.Contains(p.Name))];
    }

    private List<ActionOutput> Run(
        CacheKind kind, ToolTree unpacked, string folder, IReadOnlyList<TreeEntry> sources, IContentReader contents)
    {
        string home = folder + kind.Folder;
        List<string> staged = [];
        foreach (TreeEntry source in sources)
        {
            string file = folder + source.Path;
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using FileStream copy = new(file, FileMode.CreateNew, FileAccess.Write);
            contents.Open(((FileNode)source.Node).Content).CopyTo(copy);
            staged.Add(file);
        }
        string said = Start(kind, unpacked, folder, kind.Printed is null ? [home] : staged);
        if (kind.Printed is string name)
        {
            // paths as in the image: those of modules, and its own
            string text = said.Replace(folder, "", StringComparison.Ordinal).Replace(unpacked.Root, "", StringComparison.Ordinal);
            if (kind.Comment is string comment && text.IndexOf('"', StringComparison.Ordinal) is >= 0 and int first)
            {
                text = text.Insert(first, comment);
                text = text.EndsWith("\n\n", StringComparison.Ordinal) ? text[..^1] : text; // one more than without arguments
            }
            byte[] printed = Encoding.UTF8.GetBytes(text);
            return [new ActionOutput(name, store.AddBytes(printed), printed.Length)];
        }
        using ForeignFolder left = new(home);
        return Take(kind, left, [.. staged.Select(s => Path.GetRelativePath(home, s))]);
    }

    private string Start(CacheKind kind, ToolTree unpacked, string folder, IEnumerable<string> arguments)
    {
        ToolStart start = unpacked.InRoomOf(tools, new ToolView([], [folder]), kind.Program.TrimStart('/'), arguments);
        ToolResult result = ToolRun.ToEnd(start, s_deadline);
        return result.ExitCode == 0 ? result.Output : throw new StrataException(
            $"cannot make {kind.What}: {kind.Program} ended with {result.ExitCode}: "
                + (result.Errors + result.Output).Replace(folder, "", StringComparison.Ordinal).Trim(),
            $"It reads what packages put below {kind.Folder}; a file that it cannot read is left out with 'except'.");
    }

    private List<ActionOutput> Take(CacheKind kind, ForeignFolder left, HashSet<string> sources)
    {
        List<ActionOutput> outputs = [];
        Stack<string> folders = new(["."]);
        while (folders.TryPop(out string? folder))
        {
            foreach (ForeignName entry in left.TryList(folder, MostFiles) ?? [])
            {
                string name = folder == "." ? entry.Name : $"{folder}/{entry.Name}";
                if (entry.IsFolder)
                {
                    folders.Push(name);
                }
                else if (!sources.Contains(name))
                {
                    byte[] bytes = left.Read(name, LargestFile);
                    outputs.Add(new ActionOutput(name, store.AddBytes(bytes), bytes.Length));
                }
                if (outputs.Count > MostFiles)
                {
                    throw new StrataException($"cannot make {kind.What}: {kind.Program} left more than {MostFiles} files");
                }
            }
        }
        return outputs;
    }
}
