using System.Text.RegularExpressions;

namespace Strata.Machines;

/// <summary>
/// Watches what a guest says for signs that its memory is too small for its kernel and initramfs. Firmware and boot loaders tell it badly:
/// they crash, or start again and again.
/// </summary>
/// <param name="memoryMiB">Memory of the machine.</param>
/// <param name="time">The clock between two starts.</param>
/// <param name="enoughMiB">Memory with which the image is known to boot; null when nobody knows.</param>
internal sealed partial class MemoryShortage(int memoryMiB, TimeProvider time, int? enoughMiB = null)
{
    private const string BootLoader = "ISOLINUX ";
    private const int MostStarts = 5;
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10); // no system comes up and restarts in that time, five times in a row

    private static readonly string[] s_signs =
    [
        "EFI stub: ERROR: Failed to decompress kernel", "EFI stub: ERROR: Failed to alloc", // drivers/firmware/efi/libstub
        "Out of resources", "Out of Resources", // EFI_OUT_OF_RESOURCES as systemd's stub and as EDK II show it
        "Not enough memory to load specified image", // ISOLINUX
        "Initramfs unpacking failed: write error", "System is deadlocked on memory", "Out of memory: ", // Linux
    ];

    private static readonly string[] s_loaders = [BootLoader, "SeaBIOS", "BdsDxe: ", "EFI stub: "];

    private string? _said;
    private bool _spoke;
    private int _starts;
    private long _started;

    /// <summary>True when the machine starts again and again and its kernel never says a word.</summary>
    public bool IsLooping => !_spoke && _starts >= MostStarts;

    /// <summary>How the firmware crashed: <c>0D(#GP - General Protection)</c>; null while it did not.</summary>
    public string? FirmwareCrash { get; private set; }

    /// <summary>The end of a sentence about how the machine ended; empty when nothing points at its memory.</summary>
    public string Explanation => _said is not null ? $"; {memoryMiB} MiB of memory are too little{Enough}: it said '{_said}'"
        : _spoke || _starts == 0 ? ""
        : $" before its kernel said a word; {memoryMiB} MiB of memory may be too little for kernel and initramfs{Enough}";

    private string Enough => enoughMiB > memoryMiB ? $", {enoughMiB} MiB are known to be enough" : "";

    /// <summary>Takes a finished line, in plain text.</summary>
    public void Saw(string line)
    {
        string text = line.Trim();
        if (FirmwareCrashLine().Match(text) is { Success: true } crash)
        {
            FirmwareCrash ??= crash.Groups["why"].Value;
        }
        else if (Array.Exists(s_signs, s => text.Contains(s, StringComparison.Ordinal)))
        {
            _said ??= text;
        }
        else if (text.StartsWith(BootLoader, StringComparison.Ordinal))
        {
            _starts = _starts > 0 && time.GetElapsedTime(_started) > s_soon ? 1 : _starts + 1;
            _started = time.GetTimestamp();
        }
        else if (text.Length > 0 && !Array.Exists(s_loaders, l => text.StartsWith(l, StringComparison.Ordinal)))
        {
            _spoke = true;
        }
    }

    /// <summary>What EDK II says before it stands still, for example when a loader ran out of memory.</summary>
    [GeneratedRegex(@"^!!!! X64 Exception Type - (?<why>.*?)(?: +CPU Apic ID - [0-9]+)? *!!!!", RegexOptions.CultureInvariant)]
    private static partial Regex FirmwareCrashLine();
}
