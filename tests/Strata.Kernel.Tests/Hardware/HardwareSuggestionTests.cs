using System.Text;
using Strata.Core;
using Strata.Kernel.Hardware;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Tests.Makefiles;
using Strata.Testing;

namespace Strata.Kernel.Tests.Hardware;

/// <summary>From the aliases of real machines (QEMU's virtio and e1000e, a laptop's NVMe, AHCI and graphics) to symbols.</summary>
public class HardwareSuggestionTests
{
    private const string ModulesAlias = """
        # Aliases extracted from modules themselves.
        alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e
        alias pci:v*d*sv*sd*bc01sc08i02* nvme
        alias pci:v*d*sv*sd*bc01sc06i01* ahci
        alias pci:v00008086d00009A49sv*sd*bc03sc*i* i915
        alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
        alias virtio:d00000001v* virtio_net
        alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb-storage
        alias acpi*:PNP0C0A:* battery
        """;

    private const string Virtio = "pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00";
    private const string E1000E = "pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00";
    private const string Nvme = "pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02";
    private const string Ahci = "pci:v00008086d0000A0D3sv000017AAsd0000508Fbc01sc06i01";
    private const string I915 = "pci:v00008086d00009A49sv000017AAsd0000508Fbc03sc00i00";

    private static readonly KbuildIndex s_makefiles = KbuildReaderTests.Index("drivers", """
        obj-$(CONFIG_E1000E) += e1000e.o
        obj-$(CONFIG_BLK_DEV_NVME) += nvme.o
        obj-$(CONFIG_SATA_AHCI) += ahci.o libahci.o
        obj-$(CONFIG_DRM_I915) += i915.o
        obj-$(CONFIG_VIRTIO_PCI) += virtio_pci.o
        obj-$(CONFIG_VIRTIO_NET) += virtio_net.o
        obj-$(CONFIG_USB_STORAGE) += usb-storage.o
        """);

    [Fact]
    public void For_DevicesOfMachines_ProposesTheirSymbolsAndListsTheRest()
    {
        HardwareSuggestion found = HardwareSuggestion.For(
            [Virtio, E1000E, Nvme, Ahci, I915, "virtio:d00000001v00001AF4", "acpi:PNP0C0A:", "pci:v0000DEADd0000BEEFsv0sd0bc0Csc00i00"],
            Aliases(), s_makefiles, has: s => s is "SATA_AHCI" or "VIRTIO_NET");
        Assert.Equal(["BLK_DEV_NVME", "VIRTIO_PCI", "E1000E", "DRM_I915"], found.Wanted.Select(w => w.Symbol));
        Assert.Equal(["SATA_AHCI", "VIRTIO_NET"], found.Present);
        Assert.Equal(["pci:v0000DEADd0000BEEFsv0sd0bc0Csc00i00"], found.Unknown);
        Assert.Equal(["battery"], found.Untraced);
    }

    [Fact]
    public void ToFragment_Suggestion_IsAFragment()
    {
        HardwareSuggestion found = HardwareSuggestion.For(
            [E1000E, .. Enumerable.Range(0, 5).Select(i => $"usb:v058Fp6387d010{i}dc00dsc00dp00ic08isc06ip50in00")], Aliases(), s_makefiles, has: _ => false);
        Assert.Equal($"""
            # Drivers of a machine

            # e1000e drives
            #   {E1000E}
            CONFIG_E1000E=y

            # usb_storage drives
            #   usb:v058Fp6387d0100dc00dsc00dp00ic08isc06ip50in00
            #   usb:v058Fp6387d0101dc00dsc00dp00ic08isc06ip50in00
            #   usb:v058Fp6387d0102dc00dsc00dp00ic08isc06ip50in00
            #   and 2 more
            CONFIG_USB_STORAGE=y

            """, found.ToFragment("Drivers of a machine"));
    }

    [Fact]
    public void ReadBuiltIn_Modinfo_CountsItsAliases()
    {
        ModuleAliases aliases = new();
        aliases.ReadBuiltIn(Encoding.UTF8.GetBytes("xhci_pci.license=GPL\0xhci_pci.alias=pci:v*d*sv*sd*bc0Csc03i30*\0odd\0=\0.alias=x\0loop.parm=a.alias=b\0"));
        Assert.Equal(1, aliases.Count);
        Assert.Equal(["xhci_pci"], aliases.Find("pci:v00008086d0000A0EDsv000017AAsd0000508Fbc0Csc03i30"));
    }

    // kmod takes '-' and '_' for the same in what is asked, and in names of modules
    [Theory]
    [InlineData("my-bus:a*", "my-bus:ab", "the_module")]
    [InlineData("my_bus:a*", "my-bus:ab", "the_module")]
    [InlineData("my-bus:a*", "my_bus:ab", "the_module")]
    [InlineData("my?bus:a*", "my-bus:ab", "the_module")] // the pattern could be of any bus
    [InlineData("*:ab", "other:ab", "the_module")]
    [InlineData("ab", "ab", "the_module")]
    [InlineData("my-bus:a*", "my-bus2:ab", null)]
    public void Find_BusOfAnyForm_IsTheSame(string pattern, string alias, string? module)
    {
        ModuleAliases aliases = new();
        aliases.ReadText(new StringReader($"alias {pattern} the-module\n"));
        Assert.Equal(module, aliases.Find(alias).SingleOrDefault());
    }

    [Theory]
    [InlineData("alias pci:only")]
    [InlineData("option x y")]
    [InlineData("\u0000\u0001")]
    public void ReadText_OtherLine_IsToldWithItsNumber(string line)
    {
        StrataException e = Assert.Throws<StrataException>(() => new ModuleAliases().ReadText(new StringReader("# comment\n" + line + "\n")));
        Assert.Contains("line 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FolderLikeSys_HasEveryDeviceOnce()
    {
        using TemporaryFolder folder = new();
        foreach ((string device, string alias) in new[] { ("pci/devices/0000:00:01.0", E1000E), ("pci/devices/0000:00:02.0", E1000E), ("virtio/devices/virtio0", "virtio:d00000001v00001AF4") })
        {
            string home = Directory.CreateDirectory(Path.Combine(folder.Path, "bus", device)).FullName;
            File.WriteAllText(Path.Combine(home, "modalias"), alias + "\n");
        }
        Directory.CreateDirectory(Path.Combine(folder.Path, "bus/cpu/devices/cpu0")); // a device without an alias
        Assert.Equal([E1000E, "virtio:d00000001v00001AF4"], DeviceAliases.Read(folder.Path));
    }

    [Fact]
    public void Read_File_PassesOverCommentsAndWhatIsNoAlias()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "devices.txt");
        File.WriteAllText(file, $"# my laptop\n\n{Nvme}\r\n{Nvme}\nnothing\n" + new string('a', 5000) + ":\n");
        Assert.Equal([Nvme], DeviceAliases.Read(file));
    }

    [Fact]
    public void Read_NothingThere_NamesTheCommandThatWritesAFile()
    {
        using TemporaryFolder folder = new();
        StrataException missing = Assert.Throws<StrataException>(() => DeviceAliases.Read(Path.Combine(folder.Path, "no")));
        Assert.Contains(DeviceAliases.Command, missing.Hint, StringComparison.Ordinal);
        Assert.Contains("no folder 'bus'", Assert.Throws<StrataException>(() => DeviceAliases.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static ModuleAliases Aliases()
    {
        ModuleAliases aliases = new();
        aliases.ReadText(new StringReader(ModulesAlias));
        return aliases;
    }
}
