using Strata.Core;
using Strata.Testing.Storage;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Testing.Updates;

/// <summary>Kernel images in a folder, by their numbers: <c>7+3.efi</c> has three tries, <c>7.efi</c> is proven, <c>7+0.efi</c> failed.</summary>
/// <param name="volume">Where they lie.</param>
/// <param name="running">The one that runs.</param>
public sealed class SampleBoot(MemoryStorage volume, Sha256Digest running) : IBootSide
{
    private const string Folder = "EFI";

    /// <summary>Puts one there, as something that was there before.</summary>
    public static void Put(MemoryStorage volume, string name, byte[] content) => volume.Put($"{Folder}/{name}", content);

    /// <inheritdoc/>
    public IReadOnlyList<BootImage> List() =>
    [
        .. Names().Select(n =>
        {
            Sha256Digest digest = Sha256Digest.Of(volume.TryRead($"{Folder}/{n}", int.MaxValue)!);
            return new BootImage(digest, StateOf(n), digest == running);
        }),
    ];

    /// <inheritdoc/>
    public void DemandRoom(long bytes, IReadOnlySet<Sha256Digest> kept)
    {
        if (volume.FreeBytes < bytes)
        {
            throw new StrataException($"cannot put a kernel image of {bytes} bytes there: {volume.FreeBytes} are free");
        }
    }

    /// <inheritdoc/>
    public void Try(PublishedRelease release, IStoredFile content)
    {
        byte[] bytes = new byte[content.Length];
        content.TryReadAt(0, bytes);
        volume.MakeFolders(Folder);
        foreach (string old in Names().Where(n => CounterOf(n) == release.Counter))
        {
            volume.RemoveDurably($"{Folder}/{old}");
        }
        volume.Write($"{Folder}/{release.Counter}+3.efi", bytes);
    }

    /// <inheritdoc/>
    public void Collect(IReadOnlySet<Sha256Digest> kept)
    {
        string? best = Names().Where(n => StateOf(n) == BootImageState.Proven).MaxBy(CounterOf);
        foreach (string name in volume.List(Folder).Select(n => n.Name).ToList())
        {
            Sha256Digest digest = Sha256Digest.Of(volume.TryRead($"{Folder}/{name}", int.MaxValue)!);
            bool isAside = !name.EndsWith(".efi", StringComparison.Ordinal) || name.StartsWith('.');
            if (isAside || (name != best && digest != running && (!kept.Contains(digest) || StateOf(name) == BootImageState.Failed)))
            {
                volume.RemoveDurably($"{Folder}/{name}");
            }
        }
    }

    private IEnumerable<string> Names() =>
        volume.List(Folder).Select(n => n.Name).Where(n => n.EndsWith(".efi", StringComparison.Ordinal) && !n.StartsWith('.'));

    private static BootImageState StateOf(string name) => name.Contains("+0", StringComparison.Ordinal) ? BootImageState.Failed
        : name.Contains('+', StringComparison.Ordinal) ? BootImageState.OnTrial : BootImageState.Proven;

    private static long CounterOf(string name) =>
        long.Parse(name.Split('+', '.')[0], System.Globalization.CultureInfo.InvariantCulture);
}
