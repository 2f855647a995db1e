using Strata.Blueprints;
using Strata.Composition.Effects;
using Strata.Composition.Kernels;
using Strata.Composition.Scripts;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Composition.Tests;

/// <summary>A catalogue of blueprints and a store of packages, both made in the test.</summary>
internal sealed class Workbench : IDisposable
{
    public const string KernelVersion = "6.12-test";

    private readonly TemporaryFolder _folder = new();
    private readonly List<(string Name, string Version, Sha256Digest Digest)> _packages = [];

    public Workbench()
    {
        Store = new ObjectStore(_folder["store"]);
        Write("kernel/small.yaml", "kernel: small\npackages: {amd64: linux-small}\n");
    }

    public ObjectStore Store { get; }

    public string Folder => _folder["catalog"];

    public Catalog Catalog => new([Folder]);

    /// <summary>The packages that were made, the last of each name.</summary>
    public IReadOnlyList<(string Name, string Version, Sha256Digest Digest)> Packages => _packages;

    public string Write(string relative, string text)
    {
        string path = Path.Combine(Folder, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A capability with a description; the rest of the file is given.</summary>
    public Workbench Capability(string name, string rest)
    {
        Write($"capabilities/{name}.yaml", $"capability: {name}\ndescription: made for a test\n{rest}\n");
        return this;
    }

    /// <summary>A package; it takes the place of an earlier one of its name.</summary>
    public Workbench Package(DebBuilder package)
    {
        _packages.RemoveAll(p => p.Name == package.Name);
        _packages.Add((package.Name, package.Version, Store.AddBytes(package.Build())));
        return this;
    }

    /// <summary>A kernel package with modules by name and module information.</summary>
    public Workbench Kernel(string builtin, params (string Path, byte[] Content)[] modules) => Kernel(TinyPe.Kernel(), builtin, modules);

    /// <summary>The same with what boots.</summary>
    public Workbench Kernel(byte[] image, string builtin, params (string Path, byte[] Content)[] modules)
    {
        DebBuilder package = new("linux-small");
        string folder = "/usr/lib/modules/" + KernelVersion;
        package.File("/boot/vmlinuz-" + KernelVersion, image).File(folder + "/modules.builtin", builtin)
            .File(folder + "/modules.builtin.modinfo", "").File(folder + "/modules.order", "");
        foreach ((string path, byte[] content) in modules)
        {
            package.File($"{folder}/kernel/{path}", content);
        }
        return Package(package);
    }

    /// <summary>An edition of the named capabilities.</summary>
    public Blueprint Load(string capabilities, string rest = "")
    {
        Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: small\ncapabilities: [{capabilities}]\n{rest}\n");
        return Catalog.Load("e");
    }

    public async Task<PackageSet> ListAsync() =>
        new(await new PackageLister(Store, new ActionCache(Store)).ListAsync(_packages, SilentProgress.Instance, CancellationToken.None));

    public async Task<(FileTree Tree, IReadOnlySet<string> Used, IReadOnlyList<string> Warnings)> ComposeAsync(string capabilities,
        string rest = "") =>
        Composer.Compose(Load(capabilities, rest), await ListAsync());

    /// <summary>Composes, and applies one effect with the settings that a capability gives it.</summary>
    internal async Task<FileTree> ApplyAsync(IEffect effect, string capabilities, string rest = "", FollowedScripts? scripts = null)
    {
        if (_packages.All(p => p.Name != "linux-small"))
        {
            Kernel("");
        }
        Blueprint blueprint = Load(capabilities, rest);
        PackageSet packages = await ListAsync();
        (FileTree tree, _, _) = Composer.Compose(blueprint, packages);
        using PackageContentReader contents = new(Store.OpenRead);
        EffectUse? use = blueprint.Capabilities.SelectMany(c => c.Effects).FirstOrDefault(u => u.Name == effect.Name);
        KernelFiles kernel = KernelFiles.OfPackages(packages, "linux-small");
        EffectContext context = new(blueprint, tree, contents, use, kernel, new ToolTree(_folder["tools"]), Store, packages);
        effect.Apply(context with { Modules = new KernelModules(kernel, contents), Scripts = scripts ?? new FollowedScripts() });
        return tree;
    }

    /// <summary>Text of a file of a tree.</summary>
    public string Text(FileTree tree, string path)
    {
        using StreamReader reader = new(new MemoryStream(Bytes(tree, path)));
        return reader.ReadToEnd();
    }

    public byte[] Bytes(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(GuestPath.Parse(path), out TreeEntry entry), path + " is missing");
        using PackageContentReader contents = new(Store.OpenRead);
        using MemoryStream bytes = new();
        contents.Open(Assert.IsType<FileNode>(entry.Node).Content).CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Every path but directories, with what it is.</summary>
    public static string[] Names(FileTree tree) =>
        [.. tree.Entries.Where(e => e.Node is not DirectoryNode).Select(e => e.Path + (e.Node is SymlinkNode l ? " -> " + l.Target : ""))];

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }
}
