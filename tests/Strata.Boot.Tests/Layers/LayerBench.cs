using System.IO.Compression;
using Strata.Blueprints;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Cpio;
using Strata.Formats.Elf;
using Strata.Formats.Fat;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Verity;
using Strata.Images.DevicePrograms;
using Strata.Images.Packing;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;
using Strata.Updates.Releases;
using Strata.Updates.State;

namespace Strata.Boot.Tests.Layers;

/// <summary>A layer made for a test.</summary>
/// <param name="Layer">What the release says of it.</param>
/// <param name="Image">Its image.</param>
internal sealed record TestLayer(ReleaseLayer Layer, byte[] Image)
{
    /// <summary>The same entry of the release, with other bytes behind it.</summary>
    public TestLayer WithImage(byte[] image) => this with { Image = image };
}

/// <summary>What all tests of the early init share: the program, a kernel with modules, layers and media. Built once.</summary>
internal static class LayerBench
{
    /// <summary>Modules for layers in the initramfs.</summary>
    private static readonly string[] s_modules = [.. InitModules.ForLayers];

    /// <summary>Modules for layers on a disk as well.</summary>
    private static readonly string[] s_mediaModules = [
        .. InitModules.ForLayers, "virtio_pci", "virtio_blk", "vfat", "nls_cp437", "nls_ascii", "ext4", "efivarfs"];

    /// <summary>Modules for a machine that has SATA disks beside virtual ones.</summary>
    private static readonly string[] s_sataModules = [.. s_mediaModules, "ahci", "sd_mod"];

    /// <summary>Modules for layers on a disc.</summary>
    private static readonly string[] s_discModules = [.. InitModules.ForLayers, "virtio_pci", "virtio_blk", "ahci", "sr_mod", "isofs"];

    private static readonly string[] s_applets =
        ["cat", "dd", "df", "dmesg", "echo", "grep", "head", "ls", "md5sum", "mkdir", "mount", "poweroff", "readlink", "rm", "sh", "sleep", "stty", "sync", "touch", "umount", "wc"];

    private static readonly SemaphoreSlim s_one = new(1);
    private static byte[]? s_init;

    /// <summary>Tree with QEMU.</summary>
    public static string Qemu => Variable("STRATA_TOOLBOX_QEMU");

    /// <summary>Tree with the TPM.</summary>
    public static string Tpm => Variable("STRATA_TOOLBOX_TPM");

    /// <summary>The kernel; its modules lie beside it.</summary>
    public static string Kernel => Variable("STRATA_TEST_KERNEL");

    /// <summary>Bytes of the early init; compiled when the store does not have it yet.</summary>
    public static async Task<byte[]> InitAsync()
    {
        await s_one.WaitAsync();
        try
        {
            return s_init ??= await BuildInitAsync();
        }
        finally
        {
            s_one.Release();
        }
    }

    /// <summary>Compiles from the sources of a checkout into a store, or takes what the store has.</summary>
    public static Task<byte[]> BuildInitAsync(string? home = null, string? storeFolder = null, string architecture = "amd64") =>
        BuildAsync(DeviceProgram.EarlyInit, home, storeFolder, architecture);

    /// <summary>The same for any program of the device.</summary>
    public static async Task<byte[]> BuildAsync(
        DeviceProgram program, string? home = null, string? storeFolder = null, string architecture = "amd64")
    {
        using ObjectStore store = new(storeFolder ?? StoreLocation.Resolve(null).Path);
        DeviceProgramBuilder builder = new(
            store, new ActionCache(store), InstallAsync, SilentProgress.Instance, home ?? Repository.Root, TimeProvider.System);
        ActionOutput init = await builder.BuildAsync(program, GuestArchitecture.Named(architecture), CancellationToken.None);
        using Stream content = store.OpenRead(init.Digest);
        using MemoryStream bytes = new();
        await content.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static Task<ToolTree> InstallAsync(string set, CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(
            folder.Path, new Dictionary<string, string?> { ["STRATA_HOME"] = Repository.Root }, "toolbox", "install", set);
        Assert.True(outcome.ExitCode == 0, outcome.All);
        return Task.FromResult(new ToolTree(outcome.Output.Trim()));
    }

    /// <summary>Squashfs, tree and entry of the release.</summary>
    public static async Task<TestLayer> MakeAsync(string name, FileTree tree, bool isBase = false, params string[] requires)
    {
        using MemoryStream image = new();
        SquashfsImage squashfs = await SquashfsWriter.WriteAsync(
            new SquashfsSource(tree, new InlineReader()), image, new SquashfsOptions { Codec = SquashfsCodec.Zstd(3), Threads = 2 });
        byte[] data = image.ToArray();
        Assert.Equal(data.Length, squashfs.Length);
        image.Position = data.Length;
        VerityTree verity = await VerityWriter.WriteAsync(new MemoryStream(data), data.Length, image, new VerityOptions { Uuid = new Guid("00000000-0000-4000-8000-000000000001") });
        byte[] bytes = image.ToArray();
        return new TestLayer(
            new ReleaseLayer
            {
                Name = name,
                IsBase = isBase,
                Requires = requires,
                Manifest = Sha256Digest.Of([.. "manifest"u8]),
                Image = Sha256Digest.Of(bytes),
                Size = bytes.Length,
                Data = data.Length,
                Root = verity.RootHash,
                Salt = "",
            },
            bytes);
    }

    /// <summary>The lowest layer: BusyBox and an init that tells what it finds, runs <c>/script</c> and switches off.</summary>
    public static Task<TestLayer> BaseAsync()
    {
        FileTree tree = new();
        foreach (string folder in (string[])["/dev", "/etc", "/proc", "/run", "/sys", "/tmp", "/mnt"])
        {
            tree.Add(GuestPath.Parse(folder), new DirectoryNode { Permissions = Modes.Folder }, Origin);
        }
        Add(tree, "/bin/busybox", File.ReadAllBytes(Variable("STRATA_TEST_BUSYBOX")), Modes.Program);
        foreach (string applet in s_applets)
        {
            tree.Add(GuestPath.Parse("/bin/" + applet), new SymlinkNode { Permissions = Modes.Link, Target = "busybox" }, Origin);
        }
        Add(tree, "/sbin/init", """
            #!/bin/sh
            export PATH=/bin:/sbin
            dmesg -n 1
            echo "guest: up with $# arguments: $*"
            for mark in /marks/*; do echo "guest: has ${mark##*/}"; done
            echo "guest: report $(cat /run/strata/boot.json)"
            [ -e /script ] && . /script
            echo "guest: end"
            sync
            stty sane < /dev/console # waits until all is sent; the kernel's last words would stand in the middle of it
            poweroff -f

            """u8.ToArray(), Modes.Program);
        Add(tree, "/marks/base", [], Modes.File);
        return MakeAsync("base", tree, isBase: true);
    }

    /// <summary>A layer with nothing but a mark and some content.</summary>
    public static Task<TestLayer> MarkAsync(string name, int contentBytes = 0, params string[] requires)
    {
        FileTree tree = new();
        Add(tree, "/marks/" + name, [], Modes.File);
        if (contentBytes > 0)
        {
            byte[] content = new byte[contentBytes];
            uint state = 0x9E3779B9;
            for (int i = 0; i < content.Length; i++)
            {
                unchecked
                {
                    state = (state * 1664525) + 1013904223; // does not compress: a block of the image is a block of the file
                }
                content[i] = (byte)(state >> 24);
            }
            Add(tree, "/content/" + name, content, Modes.File);
        }
        return MakeAsync(name, tree, isBase: false, requires);
    }

    /// <summary>A layer of the base that has the guest do something.</summary>
    public static Task<TestLayer> ScriptAsync(string script)
    {
        FileTree tree = new();
        Add(tree, "/script", System.Text.Encoding.UTF8.GetBytes(script + "\n"), Modes.File);
        return MakeAsync("script", tree, isBase: true);
    }

    /// <summary>A release of layers, lowest first.</summary>
    public static Release ReleaseOf(params IEnumerable<TestLayer> layers) =>
        new() { Edition = "bench", Version = "1", Architecture = "amd64", Layers = [.. layers.Select(l => l.Layer)] };

    /// <summary>An initrd that carries its layers along.</summary>
    public static Task<string> InitrdWithLayersAsync(TemporaryFolder folder, params IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, ReleaseOf(layers), layers, s_modules);

    /// <summary>An initrd whose release names more, or others, than it carries.</summary>
    public static Task<string> InitrdWithLayersAsync(TemporaryFolder folder, Release release, IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, release, layers, s_modules);

    /// <summary>An initrd that carries its layers along, and a shell for <c>strata.debug</c>.</summary>
    public static Task<string> InitrdWithShellAsync(TemporaryFolder folder, params IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, ReleaseOf(layers), layers, s_modules, hasShell: true);

    /// <summary>An initrd whose layers lie on a medium.</summary>
    public static Task<string> InitrdForMediumAsync(TemporaryFolder folder, params IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, ReleaseOf(layers), [], s_mediaModules);

    /// <summary>An initrd of a release whose layers lie on a medium, with state and a watchdog.</summary>
    public static Task<string> InitrdOfReleaseAsync(TemporaryFolder folder, Release release, StatePlan plan) =>
        InitrdAsync(folder, release, [], [.. s_mediaModules, "i6300esb"], plan: plan);

    /// <summary>An initrd whose layers lie on a medium, and whose system has state.</summary>
    public static Task<string> InitrdWithStateAsync(TemporaryFolder folder, StatePlan plan, params IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, ReleaseOf(layers), [], s_mediaModules, plan: plan);

    /// <summary>The same for state that is encrypted, with what a boot image brings for the TPM.</summary>
    /// <param name="folder">Where it is written.</param>
    /// <param name="plan">What is kept.</param>
    /// <param name="extra">Files that systemd's stub would put into the initrd, by path.</param>
    /// <param name="layers">Layers on the medium.</param>
    public static Task<string> InitrdWithEncryptionAsync(
        TemporaryFolder folder, StatePlan plan, IReadOnlyDictionary<string, byte[]> extra, IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(
            folder, ReleaseOf(layers), [], [.. s_mediaModules, .. InitModules.ForEncryption, .. InitModules.ForTpm, .. InitModules.ForKeys],
            plan: plan, extra: extra);

    /// <summary>An initrd whose layers lie on a medium, with a driver for SATA disks too.</summary>
    public static Task<string> InitrdForSataAsync(TemporaryFolder folder, params IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, ReleaseOf(layers), [], s_sataModules);

    /// <summary>An initrd whose layers lie on a disc.</summary>
    public static Task<string> InitrdForDiscAsync(TemporaryFolder folder, params IReadOnlyList<TestLayer> layers) =>
        InitrdAsync(folder, ReleaseOf(layers), [], s_discModules);

    /// <summary>An ISO 9660 image with Rock Ridge names and a store of these layers, written by libarchive.</summary>
    public static string Disc(TemporaryFolder folder, string label, params IEnumerable<TestLayer> layers)
    {
        string content = StoreFolder(folder, layers);
        string path = folder["disc.iso"];
        (int exitCode, string output) = Oracle.Run("bsdtar", "-cf", path, "--format=iso9660", "--options", $"volume-id={label}", "-C", content, "strata");
        Assert.True(exitCode == 0, output);
        return path;
    }

    /// <summary>A FAT volume that is a whole disk, with a store of these layers.</summary>
    public static async Task<string> MediumAsync(TemporaryFolder folder, IEnumerable<TestLayer> layers, string label = "STRATA")
    {
        FileTree tree = new();
        Add(tree, "/README.TXT", "a medium of a test"u8.ToArray(), Modes.File);
        foreach (TestLayer layer in layers)
        {
            Add(tree, "/" + layer.Layer.MediumPath, layer.Image, Modes.File);
        }
        FatPlan plan = FatPlan.Create(tree, new FatOptions { Label = label, VolumeId = 0x57A7A001 });
        string path = NewPath(folder, label.ToLowerInvariant());
        await using FileStream file = File.Create(path);
        await FatWriter.WriteAsync(plan, new InlineReader(), file);
        file.SetLength((file.Length + 511) & ~511L);
        return path;
    }

    /// <summary>The same volume as the second partition of a disk, of the store's type and without its label.</summary>
    public static async Task<string> PartitionedMediumAsync(TemporaryFolder folder, IEnumerable<TestLayer> layers)
    {
        const int Start = 2 << 20;
        byte[] volume = await File.ReadAllBytesAsync(await MediumAsync(folder, layers, "DATA"));
        string path = folder["partitioned.img"];
        using (FileStream file = File.Create(path))
        {
            file.Position = Start;
            file.Write(volume);
            file.SetLength((Start + volume.Length + (2L << 20)) & ~1023L);
        }
        (int exitCode, string output) = Oracle.Run(
            "sgdisk", "-n", "1:1M:+512K", "-n", $"2:{Start / 512}:{((Start + volume.Length) / 512) - 1}", "-t", "2:5c1ed6ae-2f0b-4d35-9a3c-7d8f1b6e5a21", path);
        Assert.True(exitCode == 0, output);
        return path;
    }

    /// <summary>An ext4 volume that is a whole disk: empty, or with a store of layers.</summary>
    public static string StateDisk(TemporaryFolder folder, string label, params IEnumerable<TestLayer> layers)
    {
        string path = NewPath(folder, "state");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(32 << 20);
        }
        string content = StoreFolder(folder, layers);
        (int exitCode, string output) = Oracle.Run("mke2fs", "-q", "-t", "ext4", "-L", label, "-d", content, "-F", path);
        Assert.True(exitCode == 0, output);
        return path;
    }

    // two media of one label may be wanted in one test
    private static string NewPath(TemporaryFolder folder, string name)
    {
        string path = folder[$"{name}.img"];
        for (int i = 2; File.Exists(path); i++)
        {
            path = folder[$"{name}-{i}.img"];
        }
        return path;
    }

    private static string StoreFolder(TemporaryFolder folder, IEnumerable<TestLayer> layers)
    {
        string content = Directory.CreateDirectory(folder["content"]).FullName;
        foreach (TestLayer layer in layers)
        {
            string target = Path.Combine(content, layer.Layer.MediumPath);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, layer.Image);
        }
        return content;
    }

    private static Origin Origin { get; } = new(null, null, "test");

    /// <summary>Adds a file to a tree that <see cref="InlineReader"/> reads.</summary>
    public static void Add(FileTree tree, string path, byte[] content, int mode) =>
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = mode, Content = new InlineContent(content) }, Origin);

    private static async Task<string> InitrdAsync(TemporaryFolder folder, Release release, IReadOnlyList<TestLayer> layers, string[] modules, bool hasShell = false,
        StatePlan? plan = null, IReadOnlyDictionary<string, byte[]>? extra = null)
    {
        FileTree tree = InitrdTree.Of(new InitrdParts
        {
            Init = new InlineContent(await InitAsync()),
            Release = release,
            State = plan,
            Modules = [.. ModuleOrder.Of(TakenModules(modules)).Select(m => (m.Name, (FileContent)new InlineContent(m.Bytes)))],
            Shell = hasShell ? new InlineContent(await File.ReadAllBytesAsync(Variable("STRATA_TEST_BUSYBOX"))) : null,
        });
        foreach (TestLayer layer in layers) // under the name that the release knows, whatever the bytes are
        {
            Add(tree, "/" + layer.Layer.MediumPath, layer.Image, Modes.File);
        }
        foreach ((string name, byte[] bytes) in extra ?? new Dictionary<string, byte[]>())
        {
            Add(tree, name, bytes, Modes.File);
        }
        string path = folder["initrd.gz"];
        await using FileStream file = File.Create(path);
        await using GZipStream packed = new(file, CompressionLevel.Fastest);
        CpioWriter.Write(tree, new InlineReader(), packed);
        return path;
    }

    private static List<TakenModule> TakenModules(IEnumerable<string> names)
    {
        string version = Path.GetFileName(Kernel)["vmlinuz-".Length..];
        string root = Path.GetDirectoryName(Path.GetDirectoryName(Kernel)!)!;
        string folder = Path.Combine(root, "usr/lib/modules", version);
        Skip.IfNot(Directory.Exists(folder), $"the modules of {Kernel} are not beside it");
        EnumerationOptions deep = new() { RecurseSubdirectories = true };
        Dictionary<string, string> paths = Directory.GetFiles(Path.Combine(folder, "kernel"), "*.ko*", deep).ToDictionary(p => KernelModules.ModuleName(Path.GetFileName(p)), StringComparer.Ordinal);
        Dictionary<string, TakenModule> taken = new(StringComparer.Ordinal);
        Queue<string> open = new(names);
        while (open.TryDequeue(out string? name))
        {
            if (taken.ContainsKey(name) || !paths.TryGetValue(name, out string? path))
            {
                continue; // built in
            }
            CompressionKind kind = path.EndsWith(".xz", StringComparison.Ordinal) ? CompressionKind.Xz : CompressionKind.None;
            using FileStream stored = File.OpenRead(path);
            using Stream plain = Decompression.Open(stored, kind, leaveOpen: true);
            using MemoryStream bytes = new();
            plain.CopyTo(bytes);
            TakenModule module = new(GuestPath.Parse($"/lib/modules/{version}/{name}.ko"), bytes.ToArray(),
                ElfFile.Read(bytes.ToArray()).ModuleInfo);
            taken.Add(name, module);
            foreach (string needed in module.Needs.Required)
            {
                open.Enqueue(needed);
            }
        }
        return [.. taken.Values];
    }

    /// <summary>A variable that <c>./test</c> sets; skips the test without it.</summary>
    public static string Variable(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        Skip.If(string.IsNullOrEmpty(value), $"{name} is not set; './test' sets it");
        return value!;
    }

    /// <summary>Reads trees whose contents are all in memory.</summary>
    public sealed class InlineReader : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
