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

    [Theory]
    [InlineData("/a:b", "cannot use /a:b as the store (--store): ", "':'")]
    [InlineData("/a/x;y/z", "cannot use /a/x;y/z as the store (--store): ", "';'")]
    [InlineData("/a/$LIB", "cannot use /a/$LIB as the store (--store): ", "'$'")]
    [InlineData("/a\"b", "cannot use /a\"b as the store (--store): ", "'\"'")]
    [InlineData("/a\nb", "cannot use /a?b as the store (--store): ", "U+000A")]
    public void Resolve_FolderThatNoToolCouldRunIn_IsRefused(string folder, string start, string character)
    {
        StrataException refused = Assert.Throws<StrataException>(() => StoreLocation.Resolve(folder, _ => null));
        Assert.StartsWith(start, refused.Message, StringComparison.Ordinal);
        Assert.Contains(character, refused.Message, StringComparison.Ordinal);
        foreach (string variable in (string[])["STRATA_STORE", "XDG_CACHE_HOME", "HOME"])
        {
            refused = Assert.Throws<StrataException>(() => StoreLocation.Resolve(null, name => name == variable ? folder : null));
            Assert.Contains($"({variable})", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/a b,c'd=e")]
    [InlineData("/%41#?*[x]{y}\\~&|<>`()!")]
    [InlineData("/ünï/日本")]
    public void Resolve_OtherNames_AreTaken(string folder) => Assert.Equal(folder, StoreLocation.Resolve(folder, _ => null).Path);
}
