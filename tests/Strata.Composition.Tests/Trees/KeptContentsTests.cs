using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Testing;

namespace Strata.Composition.Tests.Trees;

public class KeptContentsTests
{
    [Fact]
    public async Task Open_ReadBefore_IsReadWithoutItsPackage()
    {
        using Workbench bench = new();
        PackageContent content = await ContentAsync(bench);
        using (KeptContents first = new(bench.Store))
        {
            Assert.Equal("text", ReadText(first, content));
        }
        using KeptContents again = new(bench.Store);
        Assert.Equal("text", ReadText(again, content with { Package = Sha256Digest.Of("a package that is nowhere"u8) }));
    }

    [Fact]
    public async Task Open_BytesThatThePackageDoesNotHave_AreRefused_AndNotKept()
    {
        using Workbench bench = new();
        PackageContent content = await ContentAsync(bench) with { Digest = Sha256Digest.Of("else"u8) };
        using (KeptContents contents = new(bench.Store))
        {
            Assert.Throws<ImageFormatException>(() => ReadText(contents, content));
        }
        Assert.False(bench.Store.Contains(content.Digest));
        Assert.False(bench.Store.Contains(Sha256Digest.Of("text"u8)));
    }

    [Fact]
    public async Task Open_EmptyAndOwn_AreReadAsTheyAre()
    {
        using Workbench bench = new();
        PackageContent content = await ContentAsync(bench);
        using KeptContents contents = new(bench.Store);
        Assert.Equal("", ReadText(contents, content with { Size = 0, Digest = Sha256Digest.Of([]) }));
        Assert.Equal("own", ReadText(contents, InlineContent.FromText("own")));
    }

    private static async Task<PackageContent> ContentAsync(Workbench bench)
    {
        bench.Package(new DebBuilder("p").File("/usr/share/p", "text"));
        return Assert.Single((await bench.ListAsync()).Packages[0].Listing.Entries, e => e.Kind == ListingKind.File)
            .ContentIn(bench.Packages[0].Digest);
    }

    private static string ReadText(KeptContents contents, FileContent content)
    {
        using StreamReader reader = new(contents.Open(content));
        return reader.ReadToEnd();
    }
}
