using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects.Caches;

/// <summary>A file, or several, that a program of a package makes of what other packages put into a folder.</summary>
/// <remarks>
/// Debian's packages make them in triggers of dpkg (dpkg-trigger(1)): who brings a source does not say so in its scripts.
/// </remarks>
internal sealed record CacheKind
{
    private const string Triplet = "TRIPLET"; // x86_64-linux-gnu, in paths
    private const string GtkFolder = $"/usr/lib/{Triplet}/gtk-3.0";

    /// <summary>What people call it.</summary>
    public required string What { get; init; }

    /// <summary>The program, in the image.</summary>
    public required string Program { get; init; }

    /// <summary>Where what it reads lies, and what it writes.</summary>
    public required string Folder { get; init; }

    /// <summary>What it reads, below the folder.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>
    /// The file below the folder that holds what it prints when it is given the sources, which are modules that it loads; null for a
    /// program that is given the folder and writes into it.
    /// </summary>
    public string? Printed { get; init; }

    /// <summary>
    /// What stands in <see cref="Printed"/> before the first module when the program looks for modules itself, as it does for dpkg: where.
    /// A comment, which nobody reads; null for none.
    /// </summary>
    public string? Comment { get; init; }

    /// <summary>True when the program loads its sources, and so needs the libraries that these need.</summary>
    public bool LoadsSources { get; init; }

    /// <summary>What an image may need. The others that Debian has only save time: of icons, fonts, and old font protocols.</summary>
    public static IReadOnlyList<CacheKind> All { get; } =
    [
        new()
        {
            What = "the compiled settings schemas",
            Program = $"/usr/lib/{Triplet}/glib-2.0/glib-compile-schemas",
            Folder = "/usr/share/glib-2.0/schemas",
            Sources = ["*.gschema.xml", "*.gschema.override", "*.enums.xml"],
        },
        new()
        {
            What = "the MIME database",
            Program = "/usr/bin/update-mime-database",
            Folder = "/usr/share/mime",
            Sources = ["packages/*.xml"],
        },
        new()
        {
            What = "the list of programs by kind of file",
            Program = "/usr/bin/update-desktop-database",
            Folder = "/usr/share/applications",
            Sources = ["**.desktop"],
        },
        new()
        {
            What = "the list of GIO modules",
            Program = $"/usr/lib/{Triplet}/glib-2.0/gio-querymodules",
            Folder = $"/usr/lib/{Triplet}/gio/modules",
            Sources = ["*.so"],
            LoadsSources = true,
        },
        new()
        {
            What = "the list of GTK's ways to print",
            Program = $"/usr/lib/{Triplet}/glib-2.0/gio-querymodules",
            Folder = $"/usr/lib/{Triplet}/gtk-4.0/4.0.0/printbackends",
            Sources = ["*.so"],
            LoadsSources = true,
        },
        new()
        {
            What = "the list of picture loaders",
            Program = $"/usr/lib/{Triplet}/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders",
            Folder = $"/usr/lib/{Triplet}/gdk-pixbuf-2.0/2.10.0",
            Sources = ["loaders/*.so"],
            Printed = "loaders.cache",
            LoadsSources = true,
        },
        new()
        {
            What = "the list of GTK's input methods",
            Program = $"/usr/lib/{Triplet}/libgtk-3-0t64/gtk-query-immodules-3.0",
            Folder = $"{GtkFolder}/3.0.0",
            Sources = ["immodules/*.so"],
            Printed = "immodules.cache",
            Comment = $"# ModulesPath = {GtkFolder}/3.0.0/linux/immodules:{GtkFolder}/3.0.0/immodules:{GtkFolder}/linux/immodules:"
                + $"{GtkFolder}/immodules\n#\n",
            LoadsSources = true,
        },
    ];

    /// <summary>The kind with the folders of an architecture.</summary>
    public CacheKind For(GuestArchitecture architecture) => this with
    {
        Program = Program.Replace(Triplet, architecture.Triplet, StringComparison.Ordinal),
        Folder = Folder.Replace(Triplet, architecture.Triplet, StringComparison.Ordinal),
        Comment = Comment?.Replace(Triplet, architecture.Triplet, StringComparison.Ordinal),
    };

    /// <summary>Files of a tree that it is made of, in ordinal order.</summary>
    public IReadOnlyList<TreeEntry> SourcesIn(FileTree tree)
    {
        PathPattern[] patterns = [.. Sources.Select(s => PathPattern.Parse($"{Folder}/{s}"))];
        return [.. tree.Entries.Where(e => e.Node is FileNode && Array.Exists(patterns, p => p.Matches(e.Path))).OrderBy(e => e.Path)];
    }
}
