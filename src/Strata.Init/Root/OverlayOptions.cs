using Strata.Init.CommandLine;

namespace Strata.Init.Root;

/// <summary>Parameters of the overlay that joins the layers (Documentation/filesystems/overlayfs.rst of Linux).</summary>
internal static class OverlayOptions
{
    /// <summary>Most folders that the kernel joins (OVL_MAX_STACK in fs/overlayfs/super.c).</summary>
    public const int MostLayers = 500;

    /// <summary>The parameters for a system that cannot be changed, in the order in which they are given.</summary>
    /// <param name="layers">Mount points, lowest first.</param>
    /// <param name="empty">An empty folder: without an upper one the kernel wants at least two lower ones.</param>
    public static IReadOnlyList<(string Name, string? Value)> OfReadOnly(IReadOnlyList<string> layers, string empty)
    {
        ArgumentNullException.ThrowIfNull(layers);
        List<(string, string?)> parameters = Lower(layers);
        if (layers.Count == 1)
        {
            parameters.Add(("lowerdir+", empty));
        }
        parameters.Add(("ro", null));
        return parameters;
    }

    /// <summary>The parameters where changes go into a folder, in the order in which they are given.</summary>
    /// <param name="layers">Mount points, lowest first.</param>
    /// <param name="upper">The folder for changes.</param>
    /// <param name="work">An empty folder beside it that the kernel needs.</param>
    /// <param name="changes">Where both lie.</param>
    public static IReadOnlyList<(string Name, string? Value)> Of(
        IReadOnlyList<string> layers, string upper, string work, ChangesKind changes)
    {
        ArgumentNullException.ThrowIfNull(layers);
        List<(string, string?)> parameters = Lower(layers);
        parameters.Add(("upperdir", upper));
        parameters.Add(("workdir", work));
        parameters.Add(("redirect_dir", "on")); // else renaming a folder of a layer copies everything in it, or fails in programs that cannot
        parameters.Add(("index", "off")); // it would tie a kept upper folder to these very layers, and an update changes them
        parameters.Add(("metacopy", "off")); // a file's attributes in the upper folder must not borrow another file's content
        if (changes == ChangesKind.Memory)
        {
            parameters.Add(("volatile", null)); // memory needs no syncing
        }
        return parameters;
    }

    private static List<(string, string?)> Lower(IReadOnlyList<string> layers)
    {
        List<(string, string?)> parameters = [("source", "strata")];
        for (int i = layers.Count - 1; i >= 0; i--)
        {
            parameters.Add(("lowerdir+", layers[i])); // one by one (Linux 6.8): nothing to escape, and no limit of a page for all
        }
        return parameters;
    }
}
