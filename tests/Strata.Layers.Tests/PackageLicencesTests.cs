using Strata.Composition.Tests;
using Strata.Packages.Listings;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Layers.Tests;

public sealed class PackageLicencesTests : IDisposable
{
    private const string Copyright = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: ";

    private readonly Workbench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Of_OwnFileLinkedFolderAndNone_GivesWhatEachNames()
    {
        _bench.Package(new DebBuilder("own").File("/usr/bin/own", "o").File("/usr/share/doc/own/copyright", Copyright + "GPL-2+ or Expat\n"))
            .Package(new DebBuilder("common").File("/usr/share/doc/common/copyright", Copyright + "ISC\n"))
            .Package(new DebBuilder("linked").Link("/usr/share/doc/linked", "common").File("/usr/bin/linked", "l"))
            .Package(new DebBuilder("prose").File("/usr/share/doc/prose/copyright", "It may be used by everybody.\n"))
            .Package(new DebBuilder("silent").File("/usr/bin/silent", "s"));
        PackageSet packages = await _bench.ListAsync();
        PackageLicences licences = new(_bench.Store, new ActionCache(_bench.Store));
        for (int time = 0; time < 2; time++) // read, then remembered
        {
            IReadOnlyDictionary<string, IReadOnlyList<string>> found = await licences.OfAsync(packages, ["own", "linked", "prose", "silent"]);
            Assert.Equal(["GPL-2.0-or-later", "MIT"], found["own"]);
            Assert.Equal(["ISC"], found["linked"]);
            Assert.Empty(found["prose"]);
            Assert.Empty(found["silent"]);
        }
    }
}
