using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;
using Strata.Kernel.Tests.Kconfig;

namespace Strata.Kernel.Tests.Building;

/// <summary>No wish is dropped silently.</summary>
public class ConfigCheckTests
{
    private const string Symbols = """
        config BLOCK
        	bool "block"
        config EXT4_FS
        	tristate "ext4"
        	depends on BLOCK
        config HIDDEN
        	bool
        config DRIVER
        	tristate "driver"
        	select HIDDEN
        config NAME
        	string "name"
        config COUNT
        	int "count"
        choice
        	prompt "Compression"
        config GZIP
        	bool "gzip"
        config XZ
        	bool "xz"
        endchoice
        """;

    [Theory]
    [InlineData("EXT4_FS=y", "", "CONFIG_EXT4_FS=y became n: it depends on BLOCK (BLOCK=n); fragment 'f' asks for it (f.config:7)")]
    [InlineData("EXT4_FS=y", "CONFIG_BLOCK=y\nCONFIG_EXT4_FS=m", "became m")]
    [InlineData("HIDDEN=y", "", "nobody can choose it, only DRIVER can select it")]
    [InlineData("HIDDEN=n", "CONFIG_DRIVER=m\nCONFIG_HIDDEN=y", "selected by DRIVER")]
    [InlineData("GZIP=y", "CONFIG_XZ=y", "of the choice 'Compression' XZ was taken")]
    [InlineData("NAME=y", "CONFIG_NAME=\"\"", "its type is text")]
    [InlineData("COUNT=5", "CONFIG_COUNT=4", "outside its range")]
    public void Honoured_WishThatWasNot_IsAnErrorWithTheReason(string wish, string config, string expected)
    {
        StrataException e = Assert.Throws<StrataException>(() => Check(wish, config));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BLOCK=y", "CONFIG_BLOCK=y")]
    [InlineData("BLOCK=n", "# CONFIG_BLOCK is not set")]
    [InlineData("BLOCK=n", "")]
    [InlineData("NAME=\"a\"", "CONFIG_NAME=\"a\"")]
    [InlineData("COUNT=0x10", "CONFIG_COUNT=16")]
    public void Honoured_WishThatWas_IsFine(string wish, string config) => Check(wish, config);

    [Fact]
    public void Honoured_DriverOfAModularFragment_IsAModuleOrBuiltInForAnother()
    {
        KconfigTree tree = KconfigReaderTests.Read(Symbols);
        ConfigWish driver = new(new ConfigLine("DRIVER", "y"), "fragment 'f'", "f.config:7", MayBeModule: true);
        Assert.Equal("m", ConfigCheck.ValueFor(driver, tree));
        Assert.Equal("y", ConfigCheck.ValueFor(driver with { Line = new ConfigLine("BLOCK", "y") }, tree));
        ConfigRequest request = new("tinyconfig", "amd64", [driver]);
        ConfigCheck.Honoured("k", request, KernelConfig.Parse("CONFIG_DRIVER=m\n"), tree);
        ConfigCheck.Honoured("k", request, KernelConfig.Parse("CONFIG_DRIVER=y\n"), tree);
        Assert.Throws<StrataException>(() => ConfigCheck.Honoured("k", request, KernelConfig.Parse(""), tree));
    }

    [Fact]
    public void Known_SymbolThatNoSourceHas_IsAnErrorWithNearNames()
    {
        StrataException e = Assert.Throws<StrataException>(() => ConfigCheck.Known("k", Request("EXT_FS=y"), KconfigReaderTests.Read(Symbols)));
        Assert.Contains("CONFIG_EXT_FS: this kernel's source has no such symbol (did you mean 'EXT4_FS'", e.Message, StringComparison.Ordinal);
    }

    private static void Check(string wish, string config) =>
        ConfigCheck.Honoured("k", Request(wish), KernelConfig.Parse(config), KconfigReaderTests.Read(Symbols));

    private static ConfigRequest Request(string wish) =>
        new("tinyconfig", "amd64", [new ConfigWish(ConfigLine.TryParse("CONFIG_" + wish)!, "fragment 'f'", "f.config:7", MayBeModule: false)]);
}
