using System.Globalization;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.Reports;
using Strata.Updates.Releases;

namespace Strata.Init.Stores;

/// <summary><c>copy2ram</c>: the layers' images in memory, so that the medium can be pulled out.</summary>
internal static class MemoryStore
{
    /// <summary>Where the memory for images is mounted.</summary>
    public const string MountPoint = "/run/strata/memory";

    private const long Spare = 32 << 20; // what the system needs beside the images to start at all
    private const int Step = 1 << 20;

    /// <summary>Bytes of memory that a tmpfs with these images needs, with the folders around them.</summary>
    public static long Needed(IEnumerable<ReleaseLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        long bytes = 1 << 20;
        foreach (ReleaseLayer layer in layers)
        {
            bytes += (layer.Size + 8191) & ~4095L;
        }
        return bytes;
    }

    /// <summary>Why images do not fit into this memory; null when they do.</summary>
    public static string? Refusal(long needed, long available) => needed <= available - Spare
        ? null
        : $"copy2ram is left out: the layers need {BlockDevice.SizeText(needed)} of memory and {BlockDevice.SizeText(Spare)} must stay free, "
            + $"{BlockDevice.SizeText(available)} are there; the medium has to stay";

    /// <summary>
    /// Copies what can be copied and lets the medium go. A layer that is missing is reported when it is opened; one whose bytes are not
    /// those of the release is not kept.
    /// </summary>
    /// <param name="layers">The chosen layers.</param>
    /// <param name="finder">Knows where they are, and takes the memory in place of media.</param>
    /// <param name="screen">Told about progress.</param>
    /// <param name="problems">Gets what did not work.</param>
    public static void Fill(IReadOnlyList<ReleaseLayer> layers, StoreFinder finder, Screen screen, List<string> problems)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(finder);
        ArgumentNullException.ThrowIfNull(screen);
        ArgumentNullException.ThrowIfNull(problems);
        if (finder.Stores is [{ Device: null }])
        {
            return; // it is memory already
        }
        long needed = Needed(layers);
        if (Refusal(needed, FreeMemory()) is string refusal)
        {
            problems.Add(refusal);
            return;
        }
        try
        {
            Mounts.Mount("tmpfs", MountPoint, Mounts.Closed, ("size", needed.ToString(CultureInfo.InvariantCulture)), ("mode", "0700"));
            LayerStore memory = new(MountPoint, null, "memory");
            foreach (ReleaseLayer layer in layers)
            {
                Copy(layer, finder, memory, screen, problems);
            }
            foreach (LayerStore left in finder.UseOnly(memory))
            {
                problems.Add($"the medium {left.Name} is still in use: do not pull it out");
            }
        }
        catch (PosixException e)
        {
            Mounts.TryUnmount(MountPoint);
            problems.Add($"copy2ram is left out: {(e.Error == PosixError.NoSpace ? "the memory is full" : e.Message)}; the medium has to stay");
        }
    }

    private static void Copy(ReleaseLayer layer, StoreFinder finder, LayerStore to, Screen screen, List<string> problems)
    {
        string target = to.PathOf(layer.MediumPath);
        foreach (LayerStore from in finder.StoresFor(layer))
        {
            if (Files.Exists(target))
            {
                return; // two layers may be one image
            }
            string source = from.PathOf(layer.MediumPath);
            if (!Files.Exists(source))
            {
                continue;
            }
            screen.Tell($"copying layer {layer.Name} into memory ({BlockDevice.SizeText(layer.Size)})");
            if (TryCopy(layer, source, target))
            {
                return;
            }
            problems.Add($"layer {layer.Name} on {from.Name} is damaged or was changed: its digest is not the one of the release");
        }
    }

    private static bool TryCopy(ReleaseLayer layer, string source, string target)
    {
        Files.MakeDirectories(target[..target.LastIndexOf('/')]);
        Sha256Sum sum = new();
        using (OpenFile input = OpenFile.Open(source))
        using (OpenFile output = OpenFile.Create(target))
        {
            byte[] buffer = new byte[Step];
            long left = layer.Size; // a longer file is refused by its digest; what is behind must not fill the memory
            for (int count; left > 0 && (count = ReadOn(input, buffer.AsSpan(0, (int)Math.Min(left, Step)), source)) > 0; left -= count)
            {
                sum.Append(buffer.AsSpan(0, count));
                output.Write(buffer.AsSpan(0, count));
            }
        }
        if (sum.Finish() == layer.Image)
        {
            return true;
        }
        Files.TryDelete(target);
        return false;
    }

    private static int ReadOn(OpenFile input, Span<byte> buffer, string path)
    {
        try
        {
            return input.Read(buffer);
        }
        catch (PosixException e) when (e.Error == PosixError.InputOutput)
        {
            throw new PosixException(e.Error, $"{path} cannot be read: {e.Message}");
        }
    }

    private static long FreeMemory()
    {
        // MemAvailable counts what the page cache would give back; free memory alone does not
        foreach (string line in Files.ReadText("/proc/meminfo").Split('\n'))
        {
            if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
            {
                ReadOnlySpan<char> number = line.AsSpan(13).Trim();
                int end = number.IndexOf(' ');
                return long.TryParse(end < 0 ? number : number[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : 0;
            }
        }
        return long.MaxValue / 2; // the kernel does not tell: trying tells
    }
}
