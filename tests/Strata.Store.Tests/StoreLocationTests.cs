using Strata.Core;

namespace Strata.Store.Tests;

public sealed class StoreLocationTests
{
    [Theory]
    [InlineData("/given", "/env", "/xdg", "/home/a", "/given", "--store")]
    [InlineData("", "/env", "/xdg", "/home/a", "/env", "STRATA_STORE")]
    [InlineData(null, "", "/xdg", "/home/a", "/xdg/strata", "XDG_CACHE_HOME")]
    [InlineData(null, null, "relative", "/home/a", "/home/a/.cache/strata", "HOME")]
    [InlineData(null, null, null, "/home/a/", "/home/a/.cache/strata", "HOME")]
    public void Resolve_Sources_FirstOneDecides(string? option, string? own, string? xdg, string? home, string path, string origin)
    {
        Dictionary<string, string?> environment = new() { ["STRATA_STORE"] = own, ["XDG_CACHE_HOME"] = xdg, ["HOME"] = home };

        Assert.Equal(new StoreLocation(path, origin), StoreLocation.Resolve(option, environment.GetValueOrDefault));
    }

    [Fact]
    public void Resolve_NothingSet_SaysWhatToDo()
    {
        StrataException e = Assert.Throws<StrataException>(() => StoreLocation.Resolve(null, _ => null));

        Assert.Contains("--store", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("group", true)]
    [InlineData("", false)]
    public void Resolve_SharedSetting_IsTaken(string value, bool shared) => Assert.Equal(
        shared, StoreLocation.Resolve("/s", name => name == "STRATA_STORE_SHARED" ? value : null).SharedByGroup);

    [Fact]
    public void Resolve_SharedSettingWithAnotherValue_IsRefused()
    {
        StrataException e = Assert.Throws<StrataException>(
            () => StoreLocation.Resolve("/s", name => name == "STRATA_STORE_SHARED" ? "yes" : null));
        Assert.Equal("cannot use STRATA_STORE_SHARED: it says 'yes', expected 'group' or nothing", e.Message);
    }
}
