using Microsoft.Win32.SafeHandles;

namespace Strata.Machines.Tests;

/// <summary>
/// What a machine may have at most, and what belongs together: the last that is allowed, and the sentence about the first that is not.
/// </summary>
public sealed class MachineEdgesTests
{
    private static readonly MachineConfig s_disk = new() { Boot = new BootMedium.Disk("/d") };
    private static readonly MachineConfig s_kernel = new() { Boot = new BootMedium.Kernel("/k"), Firmware = Firmware.Bios };

    [Theory]
    [InlineData(16, null)]
    [InlineData(17, "there are 17 credentials, allowed 16")]
    public void Credentials_AreSixteen(int count, string? problem) => Expect(problem, s_disk with
    {
        Credentials = Enumerable.Range(0, count).ToDictionary(i => $"c{i}", _ => "v"),
    });

    [Theory]
    [InlineData("a", 1, null)]
    [InlineData("a.-_Z9", 1, null)]
    [InlineData("n", 255, null)]
    [InlineData("n", 256, "")]
    [InlineData("", 1, "")]
    [InlineData("a b", 1, "")]
    [InlineData("a/b", 1, "")]
    [InlineData("ä", 1, "")]
    public void Credential_HasANameOfWords(string part, int times, string? problem)
    {
        string name = string.Concat(Enumerable.Repeat(part, times));
        string told = $"a credential is called '{name}', expected at most 255 letters, digits, dots, hyphens and underscores";
        Expect(problem is null ? null : told, s_disk with { Credentials = new Dictionary<string, string> { ["good"] = "v",
            [name] = "v" } });
    }

    [Theory]
    [InlineData(0, true, null)]
    [InlineData(7, true, null)]
    [InlineData(8, true, "there are 8 switched network cards, allowed 0..7")]
    [InlineData(-1, true, "there are -1 switched network cards, allowed 0..7")]
    [InlineData(1, false, "network cards besides the first need a first one")]
    [InlineData(0, false, null)]
    public void SwitchedCards_AreSevenBesidesAFirst(int count, bool hasFirst, string? problem) =>
        Expect(problem, s_disk with { SwitchedCards = count, Network = hasFirst ? new NetworkConfig() : null });

    [Theory]
    [InlineData(8, null)]
    [InlineData(9, "there are 9 network cards on wires, allowed 8")]
    public void WiredCards_AreEight(int count, string? problem)
    {
        using SafeFileHandle none = new(-1, ownsHandle: false);
        Expect(problem, s_disk with { WiredCards = [.. Enumerable.Range(0, count).Select(i => new WiredCard($"52:54:00:57:01:0{i}",
            none))] });
    }

    [Theory]
    [InlineData(true, 1, "ports are forwarded by QEMU's own network only")]
    [InlineData(true, 0, null)]
    [InlineData(false, 1, null)]
    public void Forwards_AreOfQemusNetwork(bool isWire, int forwards, string? problem)
    {
        using SafeFileHandle none = new(-1, ownsHandle: false);
        PortForward[] all = [.. Enumerable.Range(1, forwards).Select(i => new PortForward(i))];
        Expect(problem, s_disk with { Network = new NetworkConfig(all) { FrameSocket = isWire ? none : null } });
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1L << 40, null)]
    [InlineData((1L << 40) + 1, "there are 1099511627777 bytes of room behind the image, allowed 0..1099511627776")]
    [InlineData(-1, "there are -1 bytes of room behind the image, allowed 0..1099511627776")]
    public void Room_IsAtMostATebibyte(long bytes, string? problem) =>
        Expect(problem, s_disk with { Boot = new BootMedium.Disk("/d") { RoomBytes = bytes } });

    [Theory]
    [InlineData("q35", Firmware.Uefi, null)]
    [InlineData("q35", Firmware.Bios, "Secure Boot needs UEFI firmware of q35")]
    [InlineData("pc", Firmware.Uefi, "Secure Boot needs UEFI firmware of q35")]
    public void SecureBoot_NeedsFirmwareThatHasIt(string board, Firmware firmware, string? problem)
    {
        MachineConfig config = s_disk with { Board = Board.All.Single(b => b.Name == board), Firmware = firmware };
        Expect(problem, config with { HasSecureBoot = true });
        Expect(null, config);
    }

    [Fact]
    public void MicroVm_HasNeitherUefiNorOtherDisks()
    {
        MachineConfig micro = s_kernel with { Board = Board.MicroVm };
        Expect(null, micro with { Disks = [new DiskConfig("/d")] });
        Expect("a microvm has virtio disks only", micro with { Disks = [new DiskConfig("/d"), new DiskConfig("/e", DiskBus.Usb)] });
        Expect("a microvm has no UEFI firmware; use the firmware bios", micro with { Firmware = Firmware.Uefi });
        Expect("a microvm has no graphics adapter; use q35 or pc, or no graphics", micro with { Graphics = Graphics.Gtk });
        Expect("a microvm can only boot a kernel directly; use q35 or pc for other images",
            micro with { Boot = new BootMedium.Disk("/d") });
    }

    [Fact]
    public void NetBoot_NeedsACardAnOpenNetworkAndItsFiles()
    {
        Dictionary<string, string> served = new() { ["s.ipxe"] = "/s", ["snponly.efi"] = "/u" };
        MachineConfig net = new() { Boot = new BootMedium.Net(served, "s.ipxe"), Network = new NetworkConfig() };
        Expect(null, net);
        Expect("a machine that boots from the network needs a network card", net with { Network = null });
        Expect("a machine that boots from the network must reach this host, where the files are served; its network must be open",
            net with { Network = new NetworkConfig([], Restrict: true) });
        string both = "among the files for the network are not both the script 's.ipxe' and, for UEFI, snponly.efi";
        MachineConfig without = net with { Boot = new BootMedium.Net(new Dictionary<string, string> { ["s.ipxe"] = "/s" }, "s.ipxe") };
        Expect(both, without);
        Expect(null, without with { Firmware = Firmware.Bios });
        Expect(both, net with { Boot = new BootMedium.Net(new Dictionary<string, string> { ["snponly.efi"] = "/u" }, "s.ipxe") });
        foreach (string name in (string[])["", "a/b", "a b", ".."])
        {
            MachineConfig odd = net with { Boot = new BootMedium.Net(new Dictionary<string, string>(served) { [name] = "/x" }, "s.ipxe") };
            Expect(name == ".." ? null : $"'{name}' is not a name of letters, digits, dots, hyphens and underscores under which a file "
                + "can be served", odd);
        }
    }

    [Fact]
    public void Uki_NeedsUefi()
    {
        MachineConfig uki = new() { Boot = new BootMedium.Uki("/u") };
        Expect(null, uki);
        Expect("a UKI is a UEFI program and needs the firmware uefi", uki with { Firmware = Firmware.Bios });
    }

    [Theory]
    [InlineData("/a\0b")]
    [InlineData("/a\nb")]
    public void Paths_WithControlCharacters_AreNamed(string path) =>
        Assert.StartsWith("the path of an image contains a control character: '/a", Assert.Single((s_disk with { Disks = [new DiskConfig(
            path)] }).Problems()), StringComparison.Ordinal);

    [Fact]
    public void Forwards_ThatComeTwice_AreNamedInOrder()
    {
        PortForward[] all = [new(9, 90), new(8, 80), new(9, 90), new(8, 80), new(7), new(6)];
        Assert.Equal(
            ["host port 80 is forwarded twice", "host port 90 is forwarded twice", "guest port 8 is forwarded twice",
                "guest port 9 is forwarded twice"],
            (s_disk with { Network = new NetworkConfig(all) }).Problems());
    }

    private static void Expect(string? problem, MachineConfig config) => Assert.Equal(problem is null ? [] : [problem], config.Problems());
}
