using Strata.Core;
using Strata.Kernel.Explaining;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Profiles;
using Strata.Kernel.Sizes;
using Strata.Kernel.Tests.Kconfig;
using Strata.Kernel.Tests.Makefiles;
using Strata.Yaml;

namespace Strata.Kernel.Tests.Explaining;

public class ExplainingTests
{
    private const string Source = """
        config BLOCK
        	bool "block"
        config PCI
        	bool "pci"
        config DISK
        	tristate "The disk"
        	depends on BLOCK && (PCI || ISA)
        	select CRC
        	help
        	  Drives disks.
        config CRC
        	tristate
        config OTHER
        	bool "other"
        	select CRC if BLOCK
        """;

    [Fact]
    public void Of_SymbolInAProfile_SaysWhoAskedWhatHoldsAndWhoSelects()
    {
        KconfigTree tree = KconfigReaderTests.Read(Source);
        KernelConfig config = KernelConfig.Parse("CONFIG_BLOCK=y\nCONFIG_DISK=y\nCONFIG_CRC=y\n");
        KernelFragment fragment = KernelFragment.Read("# for a test\nCONFIG_DISK=y\n", "disks", "disks.config", new FaultList());
        KernelProfile profile = new() { Name = "p", Description = "d", File = "p.yaml", Fragments = [fragment] };

        SymbolExplanation disk = SymbolExplanation.Of("CONFIG_DISK", tree, config, profile);
        Assert.Equal(("DISK", "tristate", "The disk", "y", "fragment 'disks' (disks.config:2)"), (disk.Symbol, disk.Type, disk.Prompt, disk.Value, disk.AskedBy));
        Assert.Equal(["BLOCK (BLOCK=y) True", "PCI || ISA (PCI=n, ISA=n) False"], disk.DependsOn.Select(c => $"{c.Text} {c.Holds}"));
        Assert.Equal(["CRC"], disk.Selects);
        Assert.Equal(["Drives disks."], disk.Help);

        SymbolExplanation crc = SymbolExplanation.Of("CRC", tree, config, profile);
        Assert.Equal(["DISK"], crc.SelectedBy);
        Assert.Equal(2, crc.PossibleSelectors);
        Assert.Null(crc.AskedBy);
        Assert.Null(crc.Prompt);
    }

    [Fact]
    public void Of_UnknownSymbol_HasNearNames()
    {
        StrataException e = Assert.Throws<StrataException>(() => SymbolExplanation.Of("CONFIG_DISC", KconfigReaderTests.Read(Source), config: null, profile: null));
        Assert.Equal("cannot explain CONFIG_DISC: this kernel's source has no such symbol (did you mean 'DISK'?)", e.Message);
        Assert.Throws<StrataException>(() => SymbolExplanation.Of("CONFIG_", KconfigReaderTests.Read(Source), config: null, profile: null));
    }

    [Fact]
    public void CostOf_Symbol_CountsItsObjectsAlone()
    {
        KbuildIndex makefiles = KbuildReaderTests.Index("drivers", "obj-$(CONFIG_DISK) += disk.o\ndisk-y := a.o b.o\nobj-y += other.o");
        LinkMap map = new([
            new LinkedSection("drivers/a.o", SectionKind.Text, 0, 100), new LinkedSection("drivers/b.o", SectionKind.Bss, 100, 50),
            new LinkedSection("drivers/other.o", SectionKind.Text, 150, 300), new LinkedSection(LinkMap.Padding, SectionKind.Text, 450, 1000),
        ]);
        SymbolCost cost = SymbolExplanation.CostOf(makefiles.ObjectsOf("DISK"), map, imageBytes: 1000)!;
        Assert.Equal((150, 250, 2, true), (cost.Memory, cost.Packed, cost.Objects, cost.IsWhole));
        Assert.Null(SymbolExplanation.CostOf(makefiles.ObjectsOf("NONE"), map, imageBytes: 1000));
    }

    [Fact]
    public void Between_Configurations_HasAddedRemovedAndChanged()
    {
        IReadOnlyList<ConfigChange> changes = ConfigDifference.Between(
            KernelConfig.Parse("CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=4\nCONFIG_SAME=y"), KernelConfig.Parse("# CONFIG_A is not set\nCONFIG_B=m\nCONFIG_C=8\nCONFIG_D=\"x\"\nCONFIG_SAME=y"));
        Assert.Equal(["A y n", "B y m", "C 4 8", "D n \"x\""], changes.Select(c => $"{c.Symbol} {c.Before} {c.After}"));
        Assert.Equal([false, false, false, true], changes.Select(c => c.IsAdded));
        Assert.Equal([true, false, false, false], changes.Select(c => c.IsRemoved));
    }

    [Fact]
    public void Between_Sizes_HasTheLargestDifferenceFirst()
    {
        static PartSize Part(string name, long text) => new(name, text, 0, 0, 0, 0);
        IReadOnlyList<SizeChange> changes = ConfigDifference.Between([Part("fs", 100), Part("mm", 50), Part("old", 5)], [Part("fs", 90), Part("mm", 50), Part("new", 500)]);
        Assert.Equal(["new 500", "fs -10", "old -5"], changes.Select(c => $"{c.Name} {c.Difference}"));
    }
}
