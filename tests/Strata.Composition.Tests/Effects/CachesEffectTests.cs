using Strata.Composition.Effects.Caches;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

/// <summary>What is made is compared with dpkg's by Census.JudgedByDpkgTests.</summary>
public class CachesEffectTests
{
    [Theory]
    [InlineData("/usr/share/glib-2.0/schemas/a.gschema.xml", "/usr/share/glib-2.0/schemas")]
    [InlineData("/usr/share/glib-2.0/schemas/10_a.gschema.override", "/usr/share/glib-2.0/schemas")]
    [InlineData("/usr/share/glib-2.0/schemas/a.enums.xml", "/usr/share/glib-2.0/schemas")]
    [InlineData("/usr/share/glib-2.0/schemas/gschemas.compiled", null)]
    [InlineData("/usr/share/glib-2.0/schemas/below/a.gschema.xml", null)]
    [InlineData("/usr/share/mime/packages/freedesktop.org.xml", "/usr/share/mime")]
    [InlineData("/usr/share/mime/application/pdf.xml", null)]
    [InlineData("/usr/share/applications/kde/a.desktop", "/usr/share/applications")]
    [InlineData("/usr/share/applications/mimeinfo.cache", null)]
    [InlineData("/usr/lib/x86_64-linux-gnu/gio/modules/libdconfsettings.so", "/usr/lib/x86_64-linux-gnu/gio/modules")]
    [InlineData("/usr/lib/aarch64-linux-gnu/gio/modules/libdconfsettings.so", null)]
    [InlineData("/usr/lib/x86_64-linux-gnu/gtk-4.0/4.0.0/printbackends/a.so", "/usr/lib/x86_64-linux-gnu/gtk-4.0/4.0.0/printbackends")]
    [InlineData("/usr/lib/x86_64-linux-gnu/gdk-pixbuf-2.0/2.10.0/loaders/a.so", "/usr/lib/x86_64-linux-gnu/gdk-pixbuf-2.0/2.10.0")]
    [InlineData("/usr/lib/x86_64-linux-gnu/gtk-3.0/3.0.0/immodules/im-xim.so", "/usr/lib/x86_64-linux-gnu/gtk-3.0/3.0.0")]
    public void SourcesIn_File_IsOfItsKind(string path, string? folder)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText("x") },
            new Origin("c", "p", "whole package"));
        IEnumerable<string> kinds = CacheKind.All.Select(k => k.For(GuestArchitecture.Amd64))
            .Where(k => k.SourcesIn(tree).Count > 0).Select(k => k.Folder);
        Assert.Equal(folder is null ? [] : [folder], kinds);
    }

    [Fact]
    public async Task Make_NoPackageHasTheProgram_MakesNone()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/usr/share/mime/packages/p.xml", "<x/>"));
        (CacheMaker maker, CacheKind kind, FileTree tree) = await MimeAsync(bench);
        using PackageContentReader contents = new(bench.Store.OpenRead);
        Assert.Null(maker.Make(kind, GuestArchitecture.Amd64, kind.SourcesIn(tree), contents));
    }

    [Fact]
    public async Task Make_ProgramOfAnotherArchitecture_IsRefusedByName()
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/usr/share/mime/packages/p.xml", "<x/>"))
            .Package(new DebBuilder("shared-mime-info").File("/usr/bin/update-mime-database", "program"));
        (CacheMaker maker, CacheKind kind, FileTree tree) = await MimeAsync(bench);
        using PackageContentReader contents = new(bench.Store.OpenRead);
        StrataException e = Assert.Throws<StrataException>(
            () => { maker.Make(kind, GuestArchitecture.Arm64, kind.SourcesIn(tree), contents); });
        Assert.Equal("cannot make the MIME database of /usr/share/mime/packages/p.xml: /usr/bin/update-mime-database of package "
            + "shared-mime-info is a program for arm64, and runs where images are made, on amd64", e.Message);
    }

    private static async Task<(CacheMaker Maker, CacheKind Kind, FileTree Tree)> MimeAsync(Workbench bench)
    {
        bench.Capability("c", "packages: {p: {}}");
        (FileTree tree, _, _) = await bench.ComposeAsync("c");
        CacheMaker maker = new(bench.Store, new ActionCache(bench.Store), toolbox: null!, tools: null!, await bench.ListAsync());
        return (maker, CacheKind.All.Single(k => k.Folder == "/usr/share/mime"), tree);
    }
}
