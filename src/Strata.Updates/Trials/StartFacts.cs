namespace Strata.Updates.Trials;

/// <summary>
/// What the boot program and its stub told of this start of the machine, by variables of the firmware that no restart outlives.
/// </summary>
/// <remarks>
/// The Boot Loader Interface of the UAPI group. The variables stay when a kernel starts another one (kexec), so <see cref="IsByKernel"/>
/// has to be asked too: nothing of what they name was started by firmware then.
/// </remarks>
public sealed record StartFacts
{
    /// <summary>
    /// <c>LoaderBootCountPath</c>: the counted image that was started, under the name that systemd-boot gave it for this try; empty when
    /// the one that was started is not counted.
    /// </summary>
    public string CountedPath { get; init; } = "";

    /// <summary><c>StubImageIdentifier</c>: the image that was started; empty when nothing tells.</summary>
    public string ImagePath { get; init; } = "";

    /// <summary><c>LoaderEntrySelected</c>: the entry that systemd-boot chose; empty without it.</summary>
    public string SelectedEntry { get; init; } = "";

    /// <summary>True when another kernel started this one, without the firmware.</summary>
    public bool IsByKernel { get; init; }

    /// <summary>The entry that firmware and systemd-boot started; null when they did not, or do not tell.</summary>
    public BootEntry? Started =>
        EntryOf(CountedPath) ?? EntryOf(ImagePath) ?? (SelectedEntry.Length > 0 ? BootEntry.TryParse(SelectedEntry) : null);

    /// <summary>
    /// Name of the entry whose system runs now, for <paramref name="edition"/> and <paramref name="version"/> as the system itself knows
    /// them; null when it was not started by firmware, or firmware started another one.
    /// </summary>
    public BootEntry? RunningEntry(string edition, string version) =>
        !IsByKernel && Started is BootEntry started && BootEntry.IsSame(started.Name, BootEntry.NameOf(edition, version)) ? started : null;

    private static BootEntry? EntryOf(string path)
    {
        string folder = "\\" + BootEntries.Folder.Replace('/', '\\') + "\\";
        return path.StartsWith(folder, StringComparison.OrdinalIgnoreCase) ? BootEntry.TryParse(path[folder.Length..]) : null;
    }
}
