using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Composition.Tests;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Images.Steps;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Images.Tests.Building.Bench;

/// <summary>
/// Whole editions out of made packages, a made kernel and made tools, in a store of their own: a build takes a part of a second and needs
/// neither network nor guest.
/// </summary>
/// <remarks>
/// Editions: <see cref="Small"/> lies in its initramfs, <see cref="Layered"/> and <see cref="Wide"/> have layers, <see cref="Box"/> is a
/// container image. Tests change an input with <see cref="Edit"/>, <see cref="Guest"/> or <see cref="Tool"/> and build again.
/// </remarks>
public sealed class EditionBench : IDisposable
{
    public const string Small = "small";
    public const string Layered = "layered";
    public const string Wide = "wide";
    public const string Box = "box";

    private readonly Workbench _made = new();
    private readonly List<(string Name, string Version, Sha256Digest Digest)> _tools = [];

    /// <summary>A bench of its own store.</summary>
    public EditionBench()
        : this(SilentProgress.Instance)
    {
    }

    /// <summary>The same with somebody who is told what is being done.</summary>
    internal EditionBench(IProgressReporter progress)
    {
        Actions = new ActionCache(Store);
        Services = new BuildServices
        {
            Store = Store,
            Actions = Actions,
            Downloader = new NoDownloads(),
            // nothing is chosen or compiled here
            Resolver = null!,
            Kernels = null!,
            KernelTools = null!,
            Toolbox = new ToolboxInstaller(
                Path.Combine(_made.Folder, "toolbox"), Store, new NoDownloads(), null!, new PackageLister(Store, Actions), progress),
            BuildTools = new ToolSet("build", "made for a test", [], []),
            ScriptRules = ScriptRules.Load(_made.Write("scripts.yaml", "kinds:\n  prerm: {irrelevant: nothing is ever removed}\n")),
            DevicePrograms = new MadePrograms(this),
            Progress = progress,
        };
        Reset();
    }

    public ObjectStore Store => _made.Store;

    public ActionCache Actions { get; }

    public BuildServices Services { get; set; }

    /// <summary>What boots.</summary>
    public static byte[] KernelImage { get; } = TinyPe.Kernel();

    /// <summary>What a package has that takes several blocks of a layer.</summary>
    public static byte[] Page { get; } = [.. Enumerable.Range(0, 400_000).Select(i => (byte)(((i * 2654435761L) >> 13) & 0xFF))];

    /// <summary>What the editions of layers are started by.</summary>
    public byte[] EarlyInit { get; set; } = "early init"u8.ToArray();

    /// <summary>All packages as an edition's lock would have them; more than it asks for does no harm.</summary>
    public EditionLock Lock => new(LockOf(_made.Packages), LockOf(_tools));

    /// <summary>Takes back every change of packages and blueprints. What was built stays in the store.</summary>
    public void Reset()
    {
        EarlyInit = "early init"u8.ToArray();
        foreach (DebBuilder tool in MadeTools.Packages())
        {
            Tool(tool);
        }
        AddGuest();
        AddEditions();
    }

    /// <summary>A package of the guest, in the place of an earlier one of its name.</summary>
    public void Guest(DebBuilder package) => _made.Package(package);

    /// <summary>The kernel's package anew.</summary>
    public void Kernel(byte[] image) => _made.Kernel(
        image, "kernel/fs/overlayfs/overlay.ko\nkernel/drivers/block/loop.ko\nkernel/drivers/scsi/sd_mod.ko\n",
        ("fs/squashfs.ko", TinyElf.Module()), ("md/dm-verity.ko", TinyElf.Module("depends=dm-mod")), ("md/dm-mod.ko", TinyElf.Module()),
        ("net/dummy.ko", TinyElf.Module()));

    /// <summary>A package of the tools, in the place of an earlier one of its name.</summary>
    public void Tool(DebBuilder package)
    {
        _tools.RemoveAll(p => p.Name == package.Name);
        _tools.Add((package.Name, package.Version, Store.AddBytes(package.Build())));
    }

    /// <summary>Replaces a text in every blueprint that has it.</summary>
    public void Edit(string before, string after)
    {
        string[] files = [.. Directory.EnumerateFiles(_made.Folder, "*.yaml", SearchOption.AllDirectories)
            .Where(f => File.ReadAllText(f).Contains(before, StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        Array.ForEach(files, f => File.WriteAllText(f, File.ReadAllText(f).Replace(before, after, StringComparison.Ordinal)));
    }

    /// <summary>Adds a line to the blueprint of an edition.</summary>
    public void Append(string edition, string line) =>
        File.AppendAllText(Path.Combine(_made.Folder, $"editions/{edition}/edition.yaml"), line + "\n");

    /// <summary>Gives two editions a folder of own files; each seed makes them, and then all blueprints anew, in another order.</summary>
    public void AddFolder(int seed)
    {
        Random random = new(seed);
        int[] numbers = [.. Enumerable.Range(0, 40)];
        random.Shuffle(numbers);
        foreach (string edition in new[] { Small, Box })
        {
            Append(edition, "files: {/srv/site: {source: site}}");
            Array.ForEach(numbers, n => _made.Write($"editions/{edition}/site/{n % 3}/page-{n}", $"page {n}"));
        }
        (string Path, string Text)[] files = [.. Directory.EnumerateFiles(_made.Folder, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(f => (Path.GetRelativePath(_made.Folder, f), File.ReadAllText(f)))];
        Directory.Delete(_made.Folder, recursive: true);
        random.Shuffle(files);
        Array.ForEach(files, f => _made.Write(f.Path, f.Text));
    }

    /// <summary>Writes images of all four editions into a folder, named by edition and kind.</summary>
    public async Task WriteImagesAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string edition, ImageKind kind) in new[]
            { (Small, ImageKind.Disk), (Small, ImageKind.Iso), (Layered, ImageKind.Iso), (Wide, ImageKind.Iso), (Box, ImageKind.Oci) })
        {
            BuildResult built = await BuildAsync(edition, kind);
            await File.WriteAllBytesAsync(Path.Combine(folder, kind.PlaceOf(edition)), Bytes(built[kind].File));
        }
    }

    /// <summary>The blueprint of an edition.</summary>
    public Blueprint Load(string edition) => _made.Catalog.Load(edition);

    /// <summary>Builds, or finds everything built.</summary>
    public Task<BuildResult> BuildAsync(
        string edition, ImageKind kind, GoodBuild? last = null, CancellationToken cancellationToken = default) =>
        new EditionBuilder(Services).BuildAsync(_made.Catalog.Load(edition), Lock, kind, new StepClock(), last, cancellationToken);

    /// <summary>The same for a kind by its name: attributes of tests take no other.</summary>
    public Task<BuildResult> BuildAsync(
        string edition, string kind, GoodBuild? last = null, CancellationToken cancellationToken = default) =>
        BuildAsync(edition, ImageKind.Named(kind)!, last, cancellationToken);

    /// <summary>Everything that a build made, images after what was packed.</summary>
    public static IReadOnlyList<ActionOutput> OutputsOf(BuildResult built) =>
    [
        .. built.Product.ToResult().Outputs,
        .. built.Images.Where(i => i.File != built.Product.Container).SelectMany(i => i.Files.Select(f => f with { Name = i.Kind.IsFolder ? $"{i.Kind}/{f.Name}" : i.Kind.Name })),
    ];

    /// <summary>One more image of what was built.</summary>
    public Task<BuildResult> AddAsync(BuildResult built, ImageKind kind) =>
        new EditionBuilder(Services).AddAsync(built, kind, new StepClock(), CancellationToken.None);

    /// <summary>Bytes of an output.</summary>
    public byte[] Bytes(ActionOutput output)
    {
        using FileStream file = Store.OpenRead(output.Digest);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        Assert.Equal(output.Size, bytes.Length);
        return bytes;
    }

    /// <summary>How often each step has been done, by its name: results in the action cache.</summary>
    public IReadOnlyDictionary<string, int> StepsDone() => SharedSteps.Taken.Keys.Concat(SharedSteps.Kept.Keys)
        .ToDictionary(step => step, step => Actions.ResultsOf(step).Count(), StringComparer.Ordinal);

    /// <summary>What lies in the store unfinished.</summary>
    public string[] UnfinishedFiles() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Store.Root, "tmp"), "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "lock"),
    ];

    /// <summary>
    /// Name, digest and size of every output of every edition in every kind it can be made in: equal lines are equal bytes.
    /// </summary>
    public async Task<IReadOnlyList<string>> DigestsAsync()
    {
        List<string> lines = [];
        foreach ((string edition, ImageKind kind) in new[]
        {
            (Small, ImageKind.Disk), (Small, ImageKind.Iso), (Small, ImageKind.Pxe), (Small, ImageKind.Oci),
            (Layered, ImageKind.Disk), (Layered, ImageKind.Iso), (Wide, ImageKind.Disk), (Wide, ImageKind.Iso), (Box, ImageKind.Oci),
        })
        {
            BuildResult built = await BuildAsync(edition, kind);
            lines.AddRange(EditionBench.OutputsOf(built).Select(o => $"{edition} {kind} {o.Name} {o.Digest} {o.Size}"));
        }
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    public void Dispose() => _made.Dispose();

    private PackageLock LockOf(IEnumerable<(string Name, string Version, Sha256Digest Digest)> packages) => new(
        "amd64",
        [new LockedRelease("trixie", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), Sha256Digest.Of("release"u8))],
        new LockedRequest([], [], Recommends: false),
        [.. packages.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => new LockedPackage
        {
            Name = p.Name,
            Version = p.Version,
            Architecture = "amd64",
            Suite = "trixie",
            Component = "main",
            Filename = $"pool/main/{p.Name}_{p.Version}_amd64.deb",
            Size = Store.TryGetSize(p.Digest, out long size) ? size : 0,
            Sha256 = p.Digest,
            Reason = p.Name,
        })]);

    private void AddGuest()
    {
        Kernel(KernelImage);
        Guest(new DebBuilder("busybox-static").File("/usr/bin/busybox", "program\0[\0[[\0init\0sh\0\0"u8.ToArray(), Modes.Program));
        Guest(new DebBuilder("web").File("/usr/bin/web", "web 1", Modes.Program).File("/usr/share/web/page", Page)
            .File(
                "/usr/share/doc/web/copyright",
                "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
                + "Files: *\nCopyright: nobody\nLicense: MIT\n"));
        Guest(new DebBuilder("notes").File("/usr/share/notes/page", "notes"));
        _made.Capability(
            "base", "directories: {/dev: {}, /proc: {}, /root: {mode: \"0700\"}}\nlinks: {/bin: usr/bin}\n"
                + "users: {root: {id: 0, home: /root}}");
        _made.Capability(
            "shell",
            "requires: [base]\npackages: {busybox-static: {programs: [busybox]}}\neffects: {busybox-applets: {sbin: [init]}}");
        _made.Capability("proven", "requires: [init]"); // comes with 'encrypt: tpm'
        _made.Capability("init", "requires: [shell]\nprovides: {init-system: busybox}\nkernel: {modules: [dummy]}");
        _made.Capability(
            "web",
            "requires: [init]\npackages: {web: {}}\nfiles: {/etc/web.conf: {content: first}}\nusers: {www: {id: 33}}\n"
                + "services: {web: {command: [/usr/bin/web]}}");
        _made.Capability("notes", "requires: [base]\npackages: {notes: {}}");
    }

    private void AddEditions()
    {
        Add(Small, "kernel: small\ncapabilities: [web]\ncommand-line: console=ttyS0,115200 quiet\n");
        Add(Layered, "kernel: small\ncapabilities: [init, web]\nlayout: layers\npacking: fast\nbase: [init]\ncommand-line: quiet\n");
        Add(Wide, "kernel: small\ncapabilities: [init, web, notes]\nlayout: layers\npacking: fast\nbase: [init]\ncommand-line: quiet\n");
        Add(Box, "kernel: none\ncapabilities: [shell, notes]\ncontainer: {command: [/bin/sh], user: \"33\"}\n");

        void Add(string name, string rest) => _made.Write(
            $"editions/{name}/edition.yaml",
            $"edition: {name}\ntitle: The {name} one\nversion: \"1\"\ndescription: made\n{rest}");
    }

    /// <summary>Every program is the bench's early init.</summary>
    private sealed class MadePrograms(EditionBench bench) : IDevicePrograms
    {
        public Sha256Digest SourcesOf(DeviceProgram program, GuestArchitecture architecture) => Sha256Digest.Of(bench.EarlyInit);

        public Task<ActionOutput> BuildAsync(DeviceProgram program, GuestArchitecture architecture, CancellationToken cancellationToken) =>
            Task.FromResult(new ActionOutput("init", bench.Store.AddBytes(bench.EarlyInit), bench.EarlyInit.Length));
    }

    /// <summary>Everything is in the store.</summary>
    private sealed class NoDownloads : IDownloader
    {
        public Task FetchAsync(Download download, CancellationToken cancellationToken) => throw new NotSupportedException(download.Label);

        public Task<T> GetAsync<T>(
            IReadOnlyList<DocumentAddress> documents, long maxBytes, Func<IReadOnlyList<Document>, CancellationToken, Task<T>> accept,
            CancellationToken cancellationToken) =>
            throw new NotSupportedException(documents[0].Label);
    }
}
