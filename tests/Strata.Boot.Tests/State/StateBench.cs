using Strata.Boot.Tests.Layers;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Machines;
using Strata.Testing;
using Strata.Updates.State;

namespace Strata.Boot.Tests.State;

/// <summary>A system of layers with state, and its disk: the store is the second partition, and there is a free rest.</summary>
/// <param name="folder">Where its files lie.</param>
internal sealed class StateBench(TemporaryFolder folder)
{
    /// <summary>What the guest says when it is asked for its words.</summary>
    public const string Say = """
        echo "guest: data $(cat /data/words 2>/dev/null | wc -l), etc $(cat /etc/own/words 2>/dev/null | wc -l), lost $(ls -d /lost 2>/dev/null | wc -l)"
        echo "guest: image $(cat /etc/own/of-image)"
        echo "guest: id $(cat /etc/machine-id)"
        echo "guest: folders $(busybox stat -c '%n %u %g %a' /data /etc/own /var/lib/strata | busybox tr '\n' ' ')"
        echo "guest: state $(cat /run/strata/state.json)"
        echo "guest: room $(df -m /data | busybox tail -n 1)"
        case "$(cat /proc/cmdline)" in *do=fill*) dd if=/dev/zero of=/data/big bs=1M 2>/dev/null; sync; df -m /data;; esac
        case "$(cat /proc/cmdline)" in *do=unfill*) rm /data/big; sync;; esac
        echo x >> /data/words; echo x >> /etc/own/words; echo x > /lost

        """;

    /// <summary>Keeps an empty folder, and one with a file of the image in it.</summary>
    public static StatePlan Plan { get; } = new()
    {
        Edition = "bench",
        Folders = [new("/data", 7, 8, 0x1E8), new("/etc/own", 0, 0, 0x1ED), new(StatePlan.OwnFolder, 0, 0, 0x1C0)], // 0750, 0755, 0700
    };

    private TestLayer[] _layers = [];

    /// <summary>The disk.</summary>
    public string Disk { get; private set; } = "";

    /// <summary>The initrd.</summary>
    public string Initrd { get; private set; } = "";

    /// <summary>Makes both.</summary>
    /// <param name="plan">What is kept.</param>
    /// <param name="script">What the guest does.</param>
    /// <param name="restMiB">Free rest of the disk.</param>
    public async Task MakeAsync(StatePlan plan, string script = Say, int restMiB = 64)
    {
        FileTree tree = new();
        LayerBench.Add(tree, "/etc/machine-id", [], Modes.ReadOnlyFile);
        LayerBench.Add(tree, "/etc/own/of-image", "1\n"u8.ToArray(), Modes.File);
        _layers = [await LayerBench.BaseAsync(), await LayerBench.MakeAsync("system", tree, isBase: true), await LayerBench.ScriptAsync(script)];
        Initrd = await LayerBench.InitrdWithStateAsync(folder, plan, _layers);
        Disk = await LayerBench.PartitionedMediumAsync(folder, _layers);
        using FileStream disk = File.OpenWrite(Disk);
        disk.SetLength(disk.Length + ((long)restMiB << 20));
    }

    /// <summary>Starts it once, to its end.</summary>
    public Task<GuestRun> RunAsync(string words = "") => LayeredGuest.RunAsync(Initrd, words, new DiskConfig(Disk, Keep: true));

    /// <summary>What a guest said after a word.</summary>
    public static string Said(GuestRun run, string word)
    {
        string start = $"guest: {word} ";
        string[] lines = [.. run.Text.Split('\n').Where(l => l.StartsWith(start, StringComparison.Ordinal))];
        Assert.True(lines.Length == 1, run.Text);
        return lines[0][start.Length..].Trim();
    }

    /// <summary>Has sgdisk look at the partition table, and e2fsck at the state in it.</summary>
    /// <param name="number">Number of the state's partition.</param>
    public void Judge(int number = 3)
    {
        (int exitCode, string table) = Oracle.Run("sgdisk", "-v", "-p", Disk);
        Assert.True(exitCode == 0 && table.Contains("No problems found", StringComparison.Ordinal), table);
        (exitCode, string output) = Oracle.Run("e2fsck", "-fn", $"{Disk}?offset={OffsetOf(number)}");
        Assert.True(exitCode == 0, table + output);
    }

    /// <summary>Where a partition begins, in bytes.</summary>
    public long OffsetOf(int number)
    {
        (int exitCode, string output) = Oracle.Run("sgdisk", "-i", $"{number}", Disk);
        string? line = output.Split('\n').FirstOrDefault(l => l.StartsWith("First sector: ", StringComparison.Ordinal));
        Assert.True(exitCode == 0 && line is not null, output);
        return long.Parse(line["First sector: ".Length..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) * 512;
    }
}
