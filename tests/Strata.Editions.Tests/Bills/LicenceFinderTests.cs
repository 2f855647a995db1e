using Strata.Editions.Bills;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Testing;

namespace Strata.Editions.Tests.Bills;

public sealed class LicenceFinderTests : IDisposable
{
    private const string Header = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Of_EveryKindOfFile_SaysWhatThereIs()
    {
        LicenceFinder licences = Finder(
            new DebBuilder("good").File("/usr/share/doc/good/copyright", Header
                + "Files: *\nLicense: GPL-2+ or own\n\nLicense: own\n Be kind.\n"),
            new DebBuilder("same").File("/usr/share/doc/same/copyright", Header + "Files: *\nLicense: own\n Be kind.\n"),
            new DebBuilder("other").File("/usr/share/doc/other/copyright", Header + "Files: *\nLicense: own\n Be quick.\n"),
            new DebBuilder("textless").File("/usr/share/doc/textless/copyright", Header + "Files: *\nLicense: gone\n"),
            new DebBuilder("prose").File("/usr/share/doc/prose/copyright", "It may be used by everybody.\n"),
            new DebBuilder("linked").Link("/usr/share/doc/linked", "same"),
            new DebBuilder("astray").Link("/usr/share/doc/astray", "nowhere"),
            new DebBuilder("empty").File("/usr/share/doc/empty/copyright", ""),
            new DebBuilder("silent").File("/usr/bin/silent", "s"));
        Assert.Equal(("GPL-2.0-or-later OR LicenseRef-Debian-own", true), licences.Of("good"));
        Assert.Equal(("LicenseRef-Debian-own", true), licences.Of("same"));
        Assert.Equal(("LicenseRef-Debian-own", true), licences.Of("other"));
        Assert.Equal(("LicenseRef-Debian-own", true), licences.Of("linked"));
        Assert.Equal(("LicenseRef-Debian-gone", true), licences.Of("textless"));
        (string? prose, _) = licences.Of("prose");
        foreach (string without in new[] { "astray", "empty", "silent" })
        {
            Assert.Equal((null, false), licences.Of(without));
        }
        Assert.Matches("^LicenseRef-copyright-[0-9a-f]{12}$", prose);
        Assert.Equal("It may be used by everybody.\n", licences.Texts[prose!]);
        Assert.Equal("As in good, same, linked:\n\nBe kind.\n\n\nAs in other:\n\nBe quick.\n", licences.Texts["LicenseRef-Debian-own"]);
        Assert.Equal("The copyright file has no text under this name.", licences.Texts["LicenseRef-Debian-gone"]);
    }

    [Theory]
    [InlineData("", "tool", "1.0")]
    [InlineData("glibc", "glibc", "1.0")]
    [InlineData("util-linux (2.41-5)", "util-linux", "2.41-5")]
    public void SourceOf_Package_IsItselfUnlessItSaysAnother(string field, string name, string version)
    {
        ListedPackage package = Listed(new DebBuilder("tool").File("/usr/bin/tool", "t")) with { Source = field };
        Assert.Equal((name, version), EditionBills.SourceOf(package));
    }

    private LicenceFinder Finder(params DebBuilder[] packages) => new(_bench.Services.Store, new PackageSet(packages.Select(Listed)));

    private ListedPackage Listed(DebBuilder builder)
    {
        byte[] deb = builder.Build();
        return new ListedPackage(
            builder.Name, builder.Version, _bench.Services.Store.AddBytes(deb), PackageListing.FromPackage(new MemoryStream(deb)),
            new Dictionary<string, string>());
    }
}
