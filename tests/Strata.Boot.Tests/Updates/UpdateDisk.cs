using System.Text;
using Strata.Blueprints;
using Strata.Boot.Tests.Layers;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Machines;
using Strata.Publishing.Folders;
using Strata.Publishing.Keys;
using Strata.Publishing.Releases;
using Strata.Testing;
using Strata.Toolbox;
using Strata.Tuf.Publishing;
using Strata.Updates.Layers;
using Strata.Updates.Releases;
using Strata.Updates.State;
using Strata.Updates.Trials;

namespace Strata.Boot.Tests.Updates;

/// <summary>
/// A machine whose disk was made with release 1, and a stick with the published folder, which has release 2 as well: the programs of the
/// device do everything from there on.
/// </summary>
internal sealed class UpdateDisk : IDisposable
{
    private const string Words = "console=ttyS0 quiet no_timer_check";
    private const int StoreMebibytes = 96;
    private const int SliceBytes = 4096;

    private static readonly StatePlan s_plan = new() { Edition = "bench", Folders = [new(StatePlan.OwnFolder, 0, 0, 0x1C0)] };

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<Sha256Digest, byte[]> _objects = [];

    public void Dispose() => _folder.Dispose();

    /// <summary>Makes it.</summary>
    /// <param name="first">What release 1 does.</param>
    /// <param name="second">What release 2 does.</param>
    public static async Task<UpdateDisk> MakeAsync(string first, string second)
    {
        UpdateDisk disk = new();
        try
        {
            await disk.WriteAsync(first, second);
            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Starts it by its firmware and lets it restart, until it switches itself off; returns all that it wrote.</summary>
    public async Task<string> RunAsync(int minutes)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(_folder["disk.img"], Keep: true),
            Disks = [new Strata.Machines.DiskConfig(_folder["stick.img"])],
            MemoryMiB = 256,
            AllowReboot = true,
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        MachineEnd end = await machine.WaitForEndAsync(TimeSpan.FromMinutes(minutes));
        string text = machine.Log.TextFrom(0).ReplaceLineEndings("\n");
        Assert.True(end.Kind == MachineEndKind.PoweredOff, $"{end.Description}\n{text}");
        return text;
    }

    private async Task WriteAsync(string first, string second)
    {
        RepositoryFolder site = new(_folder["site"]);
        UpdateKeyFolder.Create(_folder["keys"], 1, null);
        using UpdateKeyFolder keys = UpdateKeyFolder.Open(_folder["keys"], () => throw new InvalidOperationException("no passphrase"));
        DateTimeOffset now = DateTimeOffset.UtcNow; // guests have the time of this machine
        RepositoryEditor.Create(site, keys.Keys, 1, now);
        TestLayer[] common = [await LayerBench.BaseAsync(), await AgentAsync(_folder["site/metadata/1.root.json"])];
        (Release one, byte[] image) = await ReleaseAsync(common, "1", first);
        (Release two, byte[] next) = await ReleaseAsync(common, "2", second);
        foreach ((Release release, byte[] uki) in ((Release, byte[])[])[(one, image), (two, next)])
        {
            RepositoryEditor editor = RepositoryEditor.Open(site);
            ReleaseShelf shelf = new(site, editor.Targets);
            NewRelease fresh = new(release, Add(uki), new Dictionary<string, byte[]>(), d => new MemoryStream(_objects[d]));
            AddedRelease added = await shelf.AddAsync(fresh, CancellationToken.None);
            editor.Publish(editor.NextTargets(shelf.With(added.Targets), keys.All, now), keys.All, now);
        }
        Ext4(_folder["stick.img"], "SITE", _folder["site"]);
        await WriteDiskAsync(one, image);
    }

    private static async Task<TestLayer> AgentAsync(string root)
    {
        FileTree tree = new();
        HealthPlan plan = new() { SettleSeconds = 5, WithinSeconds = 60, Checks = [] };
        LayerBench.Add(tree, "/sbin/strata-agent", await LayerBench.BuildAsync(DeviceProgram.Agent), Modes.Program);
        LayerBench.Add(tree, "/usr/lib/strata/trial", Encoding.ASCII.GetBytes("here\n"), Modes.File);
        LayerBench.Add(tree, "/usr/lib/strata/updates/root.json", await File.ReadAllBytesAsync(root), Modes.File);
        LayerBench.Add(tree, "/etc/strata/updates.yaml", "from: /mnt\n"u8.ToArray(), Modes.File);
        LayerBench.Add(tree, HealthPlan.Path, plan.Write(), Modes.File);
        return await LayerBench.MakeAsync("agent", tree, isBase: true);
    }

    /// <summary>A release of the common layers and one that does something, with what a store has of each.</summary>
    private async Task<(Release Release, byte[] Image)> ReleaseAsync(TestLayer[] common, string version, string script)
    {
        TestLayer own = await LayerBench.ScriptAsync($"echo \"guest: release {version}\"\n{script}");
        Release release = LayerBench.ReleaseOf() with { Version = version, Layers = [.. common.Append(own).Select(Described)] };
        using TemporaryFolder folder = new();
        byte[] initrd = await File.ReadAllBytesAsync(await LayerBench.InitrdOfReleaseAsync(folder, release, s_plan));
        FileTree clear = new(); // as the build has it: the release in an archive of its own, before the packed one
        LayerBench.Add(clear, Release.InitrdPath, ReleaseWriter.Write(release), Modes.File);
        using MemoryStream archive = new();
        CpioWriter.Write(clear, new LayerBench.InlineReader(), archive);
        archive.SetLength((archive.Length + 511) & ~511L);
        string joined = folder["joined"];
        await File.WriteAllBytesAsync(joined, [.. archive.ToArray(), .. initrd]);
        return (release, await FirmwareDisk.UkiAsync(joined, Words, version));
    }

    private ReleaseLayer Described(TestLayer layer)
    {
        // blocks as an index may cut them; they need not be those of the squashfs
        List<IndexedBlock> blocks = [];
        for (long at = SliceBytes; at < layer.Layer.Data; at += SliceBytes)
        {
            int count = (int)Math.Min(SliceBytes, layer.Layer.Data - at);
            blocks.Add(new IndexedBlock(Sha256Digest.Of(layer.Image.AsSpan((int)at, count)), count, count));
        }
        BlockIndex index = new(SliceBytes, blocks.Count == 0 ? 0 : SliceBytes, blocks);
        LayerManifest manifest = new()
        {
            Name = layer.Layer.Name, Architecture = "amd64", Requires = layer.Layer.Requires, Provides = [layer.Layer.Name], Packages = [],
            Effects = [], Entries = 1, PlainBytes = 1, Codec = "zstd", BlockSize = SliceBytes, Image = Add(layer.Image),
            Size = layer.Layer.Size, Data = layer.Layer.Data, Root = layer.Layer.Root, Salt = layer.Layer.Salt,
            BlockIndex = Add(index.Write()),
        };
        return manifest.InRelease(Add(LayerManifestText.Write(manifest)), layer.Layer.IsBase);
    }

    private async Task WriteDiskAsync(Release release, byte[] image)
    {
        FileTree tree = new();
        string program = Path.Combine(LayerBench.Variable("STRATA_TEST_BUILD_TOOLS"), "usr/lib/systemd/boot/efi/systemd-bootx64.efi");
        LayerBench.Add(tree, "/EFI/BOOT/BOOTX64.EFI", await File.ReadAllBytesAsync(program), Modes.Program);
        LayerBench.Add(tree, "/loader/loader.conf", "timeout 0\neditor no\n"u8.ToArray(), Modes.File);
        LayerBench.Add(tree, $"/{BootEntries.Folder}/bench_1.efi", image, Modes.Program);
        FatPlan esp = FatPlan.Create(
            tree, new FatOptions
            {
                Label = "ESP", VolumeId = 0x57A7A002, HiddenSectors = (uint)(DiskPlan.Alignment / 512), FreeSpace = new ByteSize(24 << 20),
            });
        string content = Directory.CreateDirectory(_folder["store"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(content, Medium.ReleaseFile), ReleaseWriter.Write(release));
        foreach (ReleaseLayer layer in release.Layers)
        {
            LayerManifest manifest = LayerManifestText.Read(_objects[layer.Manifest]);
            foreach (Sha256Digest digest in (Sha256Digest[])[layer.Image, layer.Manifest, manifest.BlockIndex])
            {
                string path = Path.Combine(content, Medium.PathOf(digest));
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, _objects[digest]);
            }
        }
        Ext4(_folder["store.img"], Medium.Label, content);
        DiskPart[] parts =
        [
            new()
            {
                Label = "ESP",
                Type = PartitionType.Esp,
                Id = new Guid("57a7a000-0000-4000-8000-000000000001"),
                ContentBytes = esp.SizeBytes,
                Write = (output, token) => FatWriter.WriteAsync(esp, new LayerBench.InlineReader(), output, token),
            },
            FirmwareDisk.Part(Medium.Label, _folder["store.img"], "57a7a000-0000-4000-8000-000000000002"),
            FirmwareDisk.Part(StatePlan.Label, LayerBench.StateDisk(_folder, StatePlan.Label), "57a7a000-0000-4000-8000-000000000003"),
        ];
        await using FileStream disk = File.Create(_folder["disk.img"]);
        Formats.Gpt.DiskConfig config = new() { DiskId = new Guid("57a7a000-0000-4000-8000-000000000000"), Parts = parts };
        await DiskWriter.WriteAsync(DiskPlan.Create(config), disk);
    }

    private static void Ext4(string path, string label, string content)
    {
        using (FileStream file = File.Create(path))
        {
            file.SetLength(StoreMebibytes << 20);
        }
        (int exitCode, string output) = Oracle.Run("mke2fs", "-q", "-t", "ext4", "-L", label, "-d", content, "-F", path);
        Assert.True(exitCode == 0, output);
    }

    private Sha256Digest Add(byte[] content)
    {
        Sha256Digest digest = Sha256Digest.Of(content);
        _objects[digest] = content;
        return digest;
    }
}
