using Strata.Init.CommandLine;

namespace Strata.Init.Root;

/// <summary>Parameters of the overlay that joins the layers (Documentation/filesystems/overlayfs.rst of Linux).</summary>
internal static class OverlayOptions
{
    /// <summary>Most folders that the kernel joins (OVL_MAX_STACK in fs/overlayfs/super.c).</summary>
    public const int MostLayers = 500;

    /// <summary>The parameters in the order in which they are given.</summary>
    /// <param name="layers">Mount points, lowest first.</param>
    /// <param name="upper">Folder with <c>upper</c> and <c>work</c>; null for a system that cannot be changed.</param>
    /// <param name="changes">Where that folder lies.</param>
    /// <param name="empty">An empty folder: without an upper one the kernel wants at least two lower ones.</param>
    public static IReadOnlyList<(string Name, string? Value)> Of(IReadOnlyList<string> layers, string? upper, ChangesKind changes, string empty)
    {
        ArgumentNullException.ThrowIfNull(layers);
        List<(string, string?)> parameters = [("source", "strata")];
        for (int i = layers.Count - 1; i >= 0; i--)
        {
            parameters.Add(("lowerdir+", layers[i])); // one by one (Linux 6.8): nothing to escape, and no limit of a page for all
        }
        if (upper is null)
        {
            if (layers.Count == 1)
            {
                parameters.Add(("lowerdir+", empty));
            }
            parameters.Add(("ro", null));
            return parameters;
        }
        parameters.Add(("upperdir", upper + "/upper"));
        parameters.Add(("workdir", upper + "/work"));
        parameters.Add(("redirect_dir", "on")); // else renaming a folder of a layer copies everything in it, or fails in programs that cannot
        parameters.Add(("index", "off")); // it would tie a kept upper folder to these very layers, and an update changes them
        parameters.Add(("metacopy", "off")); // a file's attributes in the upper folder must not borrow another file's content
        if (changes == ChangesKind.Memory)
        {
            parameters.Add(("volatile", null)); // memory needs no syncing
        }
        return parameters;
    }
}
