using Strata.Cli.Commands;
using Strata.Cli.Wiring;
using Strata.Machines;

namespace Strata.Cli.Tests;

/// <summary>What <c>run</c> and its neighbours refuse before anything is built.</summary>
public class RunCommandTests
{
    [Theory]
    [InlineData("run nano --network none --forward 22:22", "cannot forward ports into a machine without a network card")]
    [InlineData("run nano --network none --medium net", "cannot boot from a network that the guest does not reach")]
    [InlineData("run nano --network restricted --medium net", "cannot boot from a network that the guest does not reach")]
    [InlineData("run nano --timeout 0", "cannot end the machine after 0 seconds: expected 1 to 86400")]
    [InlineData("run nano --timeout 86401", "cannot end the machine after 86401 seconds: expected 1 to 86400")]
    [InlineData("run nano --exec true --graphics", "cannot run one command in a machine with a window: nobody would see it")]
    [InlineData("run nano --nic 0", "cannot give the machine 0 network cards: expected 1 to MOST, and with '--network none' no --nic")]
    [InlineData("run nano --nic OVER",
        "cannot give the machine OVER network cards: expected 1 to MOST, and with '--network none' no --nic")]
    [InlineData("run nano --nic 2 --network none",
        "cannot give the machine 2 network cards: expected 1 to MOST, and with '--network none' no --nic")]
    [InlineData("run nano --cpus 0", "cannot give the machine 0 processors: expected 1 to CPUS")]
    [InlineData("run nano --cpus MANY", "cannot give the machine MANY processors: expected 1 to CPUS")]
    [InlineData("run nano --forward 22", "cannot forward '22': expected two port numbers such as 2222:22, the one on this host first")]
    [InlineData("run nano --memory 1K",
        "cannot give the machine '1K' of memory: expected whole mebibytes such as 512M, from LEASTM to MOSTG")]
    [InlineData("store gc --keep much", "cannot keep 'much': expected a size such as 2GiB")]
    [InlineData("store gc --older-than -1", "cannot remove what is older than -1 days: expected 0 to 36500")]
    [InlineData("store gc --older-than 36501", "cannot remove what is older than 36501 days: expected 0 to 36500")]
    [InlineData("init", "cannot start an edition without a name")]
    [InlineData("init x --example", "cannot tell which example to copy")]
    [InlineData("advise", "cannot advise: it is not said what for")]
    [InlineData("advise --memory 64M", "cannot advise: it is not said what for")]
    [InlineData("diff none.img nano", "cannot read none.img: there is no such file")]
    [InlineData("diff none.json nano", "cannot read none.json: there is no such file")]
    [InlineData("diff none.efi nano", "cannot read none.efi: there is no such file")]
    [InlineData("diff none.iso nano", "cannot read none.iso: there is no such file")]
    [InlineData("layer extract a b --to x --from .", "cannot take 'b' out of a layer: ")]
    public async Task Main_Nonsense_IsRefusedWithTwo(string line, string problem)
    {
        using Desk desk = new();
        desk.Write("release.json", "");
        Desk.Outcome outcome = await desk.TypeAsync(Filled(line));
        if (line.StartsWith("layer", StringComparison.Ordinal))
        {
            Assert.NotEqual(0, outcome.ExitCode);
            return;
        }
        Assert.Equal("error: " + Filled(problem), outcome.Said[0]);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    private static string Filled(string text) => text.Replace("MOSTG", $"{MachineConfig.MaximumMemoryMiB >> 10}G", StringComparison.Ordinal)
        .Replace("LEASTM", $"{MachineConfig.MinimumMemoryMiB}M", StringComparison.Ordinal)
        .Replace("MOST", $"{MachineConfig.MaximumSwitchedCards + 1}", StringComparison.Ordinal)
        .Replace("OVER", $"{MachineConfig.MaximumSwitchedCards + 2}", StringComparison.Ordinal)
        .Replace("CPUS", $"{MachineConfig.MaximumCpus}", StringComparison.Ordinal)
        .Replace("MANY", $"{MachineConfig.MaximumCpus + 1}", StringComparison.Ordinal);

    /// <summary>At their edges they are understood: the edition is what is not found.</summary>
    [Theory]
    [InlineData("--network restricted --forward 22:22")]
    [InlineData("--timeout 1")]
    [InlineData("--timeout 86400")]
    [InlineData("--nic 1 --network none")]
    [InlineData("--nic MOST")]
    [InlineData("--cpus 1")]
    [InlineData("--cpus CPUS")]
    [InlineData("--memory LEASTM")]
    [InlineData("--memory MOSTG")]
    [InlineData("--medium net --firmware bios")]
    [InlineData("--forward 0:65535")]
    public async Task Run_Edges_AreUnderstood(string words)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync(Filled("run nobodys " + words));
        Assert.StartsWith("error: cannot find edition 'nobodys'", outcome.Said[0], StringComparison.Ordinal);
        Assert.Equal(1, outcome.ExitCode);
    }

    [Theory]
    [InlineData("0:1", 0, 1)]
    [InlineData("65535:65535", 65535, 65535)]
    [InlineData("2222:22", 2222, 22)]
    public void ParseForward_Ports_HostIsFirst(string text, int host, int guest) => Assert.Equal(new PortForward(guest, host),
        RunCommand.ParseForward(text));

    [Theory]
    [InlineData("1:0")]
    [InlineData("65536:1")]
    [InlineData("1:65536")]
    [InlineData("1:2:3")]
    [InlineData("-1:2")]
    [InlineData("a:2")]
    [InlineData(" 1:2")]
    public void ParseForward_NoPorts_IsRefused(string text) => Assert.Throws<UsageException>(() => RunCommand.ParseForward(text));

    [Theory]
    [InlineData(null, Firmware.Uefi, "disk")]
    [InlineData("disk", Firmware.Uefi, "disk")]
    [InlineData("disk", Firmware.Bios, "iso")]
    [InlineData("usb", Firmware.Uefi, "iso")]
    [InlineData("cd", Firmware.Bios, "iso")]
    [InlineData("net", Firmware.Uefi, "pxe")]
    public void KindFor_Medium_IsTheImageThatThisFirmwareStartsFromIt(string? medium, Firmware firmware, string expected) =>
        Assert.Equal(expected, RunCommand.KindFor(medium, firmware).Name);

    [Theory]
    [InlineData(null, null)]
    [InlineData("512M", 512)]
    [InlineData("1 GiB", 1024)]
    public void ParseMemory_Size_IsInMebibytes(string? text, int? mebibytes) => Assert.Equal(mebibytes, RunCommand.ParseMemory(text));

    [Fact]
    public void ParseMemory_Edges_AreThoseOfMachines()
    {
        Assert.Equal(MachineConfig.MinimumMemoryMiB, RunCommand.ParseMemory($"{MachineConfig.MinimumMemoryMiB}M"));
        Assert.Equal(MachineConfig.MaximumMemoryMiB, RunCommand.ParseMemory($"{MachineConfig.MaximumMemoryMiB}M"));
        foreach (string text in (string[])[$"{MachineConfig.MinimumMemoryMiB - 1}M", $"{MachineConfig.MaximumMemoryMiB + 1}M", "65537K",
            "much"])
        {
            Assert.Throws<UsageException>(() => RunCommand.ParseMemory(text));
        }
    }
}
