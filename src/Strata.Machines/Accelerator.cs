using System.Text;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>How QEMU runs guest code.</summary>
public enum AcceleratorKind
{
    /// <summary>Translated by QEMU: works everywhere, ten to twenty times slower.</summary>
    Tcg,

    /// <summary>By the processor, through <c>/dev/kvm</c>.</summary>
    Kvm,
}

/// <summary>The accelerator of this host and why it is that one.</summary>
/// <param name="Kind">What to use.</param>
/// <param name="Reason">A sentence for people.</param>
public sealed record Accelerator(AcceleratorKind Kind, string Reason)
{
    /// <summary>How long the probe's guest may take; a working KVM needs a tenth of it.</summary>
    public static readonly TimeSpan ProbeDeadline = TimeSpan.FromSeconds(2);

    private const string CacheHeader = "strata accelerator 2";
    /// <summary>The device of KVM.</summary>
    internal const string KvmDevice = "/dev/kvm";
    private const int MaximumCacheBytes = 16 * 1024;

    /// <summary>Emulation, chosen by the caller.</summary>
    public static Accelerator Emulation { get; } = new(AcceleratorKind.Tcg, "Emulation was asked for.");

    /// <summary>Decides by starting small guests under KVM; an opening <c>/dev/kvm</c> alone proves nothing.</summary>
    /// <param name="qemu">Tree with QEMU and SeaBIOS.</param>
    /// <param name="cacheFolder">Folder that keeps the answer until the host boots again; made when missing.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    /// <exception cref="StrataException">The tree has no QEMU.</exception>
    public static async Task<Accelerator> DecideAsync(ToolTree qemu, string cacheFolder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentException.ThrowIfNullOrEmpty(cacheFolder);
        if (WhyUnusable(KvmDevice) is { } reason)
        {
            return new Accelerator(AcceleratorKind.Tcg, $"Guests are emulated: {reason}.");
        }
        string cache = Path.Combine(cacheFolder, "accelerator");
        string key = $"{CacheHeader}\n{BootId()}\n{qemu.Root}\n";
        if (ReadCache(cache, key) is { } known)
        {
            return known;
        }
        ProbeResult probe = await AcceleratorProbe.RunAsync(qemu, AcceleratorKind.Kvm, BootSector.Exiting(), ProbeDeadline, cancellationToken);
        if (probe.Works)
        {
            probe = await AcceleratorProbe.RunFirmwareAsync(qemu, AcceleratorKind.Kvm, ProbeDeadline, cancellationToken);
        }
        Accelerator decided = probe.Works
            ? new Accelerator(AcceleratorKind.Kvm, "Guests run under KVM: probe guests ran.")
            : new Accelerator(AcceleratorKind.Tcg, $"Guests are emulated: {KvmDevice} opens, but {probe.Reason}.");
        WriteCache(cache, key, decided);
        return decided;
    }

    /// <summary>Why the device cannot be used, as part of a sentence, or null.</summary>
    internal static string? WhyUnusable(string device)
    {
        if (!File.Exists(device))
        {
            return $"this host has no {device}";
        }
        try
        {
            using FileStream open = new(device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return $"{device} may not be opened by this user (joining the group that owns it, usually 'kvm', allows it)";
        }
        catch (IOException e)
        {
            return $"{device} does not open ({e.Message.TrimEnd('.')})";
        }
    }

    /// <summary>The answer kept under exactly this key, or null; a damaged file counts as none.</summary>
    internal static Accelerator? ReadCache(string path, string key)
    {
        try
        {
            FileInfo file = new(path);
            if (!file.Exists || file.Length > MaximumCacheBytes)
            {
                return null;
            }
            string text = File.ReadAllText(path, Encoding.UTF8);
            if (!text.StartsWith(key, StringComparison.Ordinal))
            {
                return null;
            }
            string[] rest = text[key.Length..].Split('\n');
            AcceleratorKind? kind = rest[0] switch { "kvm" => AcceleratorKind.Kvm, "tcg" => AcceleratorKind.Tcg, _ => null };
            return kind is { } known && rest is [_, { Length: > 0 } reason, ""] ? new Accelerator(known, reason) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps an answer. A folder that cannot be written costs two seconds at the next start and nothing else.</summary>
    internal static void WriteCache(string path, string key, Accelerator decided)
    {
        try
        {
            string folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}");
            try
            {
                string kind = decided.Kind == AcceleratorKind.Kvm ? "kvm" : "tcg";
                File.WriteAllText(temporary, $"{key}{kind}\n{decided.Reason.ReplaceLineEndings(" ")}\n");
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the answer is only remembered to save time
        }
    }

    /// <summary>Changes with every boot of the host (Documentation/admin-guide/sysctl/kernel.rst, random).</summary>
    private static string BootId()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown"; // some containers hide it; then the answer is kept longer than it should be
        }
    }
}
