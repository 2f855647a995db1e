using Strata.Machines;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>
/// What is mounted when the system's own init starts, with which flags. A new mount fails these tests
/// until somebody has thought about its flags.
/// </summary>
[Collection("guests with layers")]
public sealed class MountTests : IDisposable
{
    private const string Basics = """
        / overlay rw
        /dev devtmpfs rw,nosuid,noexec
        /proc proc rw,nosuid,nodev,noexec
        /run tmpfs rw,nosuid,nodev
        /sys sysfs rw,nosuid,nodev,noexec
        """;

    private static readonly string[] s_flags = ["ro", "rw", "nosuid", "nodev", "noexec"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_StoreAndChangesOnTheirOwnDisks_EveryMountHasItsFlags()
    {
        TestLayer[] layers = await LayersAsync();
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers),
            "state=KEEP",
            new DiskConfig(await LayerBench.MediumAsync(_folder, layers)),
            new DiskConfig(LayerBench.StateDisk(_folder, "KEEP")));
        AssertMounts(run, """
            /run/strata/changes/vdb ext4 rw,nosuid,nodev,noexec
            /run/strata/store/vda vfat ro,nosuid,nodev,noexec
            """);
    }

    [SkippableFact]
    public async Task Boot_StoreAndChangesOnOneDisk_EveryMountHasItsFlags()
    {
        TestLayer[] layers = await LayersAsync();
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers),
            "state=STRATA",
            new DiskConfig(LayerBench.StateDisk(_folder, "STRATA", layers)));
        AssertMounts(run, "/run/strata/store/vda ext4 rw,nosuid,nodev,noexec");
    }

    [SkippableFact]
    public async Task Boot_EverythingInMemory_EveryMountHasItsFlags()
    {
        TestLayer[] layers = await LayersAsync();
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers),
            "copy2ram",
            new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        AssertMounts(run, """
            /run/strata/changes/memory tmpfs rw,nosuid,nodev,noexec
            /run/strata/memory tmpfs rw,nosuid,nodev,noexec
            """);
    }

    [SkippableFact]
    public async Task Boot_PartsOfTheRoot_AreNoWayRoundItsFlags()
    {
        // the device is the disk itself; the program is BusyBox, which is in a layer and, copied, in the changes
        TestLayer script = await LayerBench.ScriptAsync("""
            busybox mknod /disk b "$((0x$(busybox stat -c %t /dev/vda)))" 0
            dd if=/disk of=/dev/null count=1 2>/dev/null && echo guest: the device is right
            busybox cp /bin/busybox /busybox-copy && /busybox-copy echo guest: programs of the changes run
            echo 'user:x:1000:1000::/:/bin/sh' > /etc/passwd
            for folder in layers store changes; do
                busybox su user -c "ls /run/strata/$folder" >/dev/null 2>&1 && echo "guest: anybody sees $folder"
            done
            busybox su user -c "grep -c strata-boot-1 /run/strata/boot.json"
            busybox cp /bin/busybox /run/busybox
            mount -o remount,nodev,noexec /
            for changes in /run/strata/changes/*/upper /run/strata/changes/upper; do
                /run/busybox dd if=$changes/disk of=/dev/null count=1 2>/dev/null && echo "guest: read the disk by $changes"
                $changes/busybox-copy echo "guest: ran by $changes" 2>/dev/null
            done
            /run/strata/layers/base/bin/busybox echo guest: ran by the layer 2>/dev/null
            /run/busybox mount -o remount,exec /
            echo guest: asked
            """);
        TestLayer[] layers = [await LayerBench.BaseAsync(), script];
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers), "", new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.Contains("guest: the device is right", run.Text, StringComparison.Ordinal);
        // 1: the report is for everybody
        Assert.True(run.Text.Contains("guest: programs of the changes run\n1\nguest: asked\n", StringComparison.Ordinal), run.Text);
        Assert.DoesNotContain("guest: read the disk", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("guest: ran by", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("guest: anybody sees", run.Text, StringComparison.Ordinal);
    }

    private static async Task<TestLayer[]> LayersAsync()
    {
        const string Script = "while read -r what where type flags rest; do echo \"guest: mount $where $type $flags\"; done < /proc/mounts";
        return [await LayerBench.BaseAsync(), await LayerBench.ScriptAsync(Script)];
    }

    private static void AssertMounts(GuestRun run, string expected)
    {
        const string Start = "guest: mount ";
        IEnumerable<string> lines = run.Text.Split('\n').Where(l => l.StartsWith(Start, StringComparison.Ordinal));
        IEnumerable<string> found = lines.Select(l => Plain(l[Start.Length..].Trim()));
        const string Layers = """
            /run/strata/layers/base squashfs ro,nosuid,nodev,noexec
            /run/strata/layers/script squashfs ro,nosuid,nodev,noexec
            """;
        string[] wanted = $"{Basics}\n{Layers}\n{expected}".ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(string.Join('\n', wanted.Order(StringComparer.Ordinal)), string.Join('\n', found.Order(StringComparer.Ordinal)));
    }

    // of the options only those that say what may be done there
    private static string Plain(string mount)
    {
        string[] fields = mount.Split(' ');
        string[] options = fields[2].Split(',');
        return $"{fields[0]} {fields[1]} {string.Join(',', s_flags.Where(options.Contains))}";
    }
}
