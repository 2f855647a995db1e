using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Flash.Targets;
using Strata.Flash.Writing;

namespace Strata.Cli.Commands.Flashing;

/// <summary>What a person names as the place to write to: a disk, or a file that stands for one.</summary>
internal sealed class Destination
{
    private readonly FlashTarget? _disk;

    private Destination(string path, long size, FlashTarget? disk) => (Path, Size, _disk) = (path, size, disk);

    /// <summary>The device file, or the file.</summary>
    public string Path { get; }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>What it is called where it has to be named again: <c>sdb</c>, or the name of the file.</summary>
    public string Name => _disk?.Name ?? System.IO.Path.GetFileName(Path);

    /// <summary>What its maker calls it, or empty.</summary>
    public string Model => _disk?.Model ?? "";

    /// <summary>Finds it.</summary>
    /// <param name="text"><c>/dev/sdb</c>, <c>sdb</c>, a link such as those of <c>/dev/disk/by-id</c>, or a file.</param>
    public static Destination Find(string text)
    {
        TargetCatalog catalog = new();
        bool isPath = System.IO.Path.Exists(text);
        string path = isPath ? Resolved(text) : text;
        string name = path.StartsWith("/dev/", StringComparison.Ordinal) ? path[5..] : path;
        if ((!isPath || path != name) && catalog.Find(name) is FlashTarget disk)
        {
            return disk.Size > 0 ? new Destination(disk.Path, disk.Size, disk)
                : throw new StrataException($"cannot write to {disk.Path}: no card or disk is in that drive", "Put one in.");
        }
        if ((!isPath || path != name) && catalog.ReasonNoDisk(name) is string reason)
        {
            throw new StrataException($"cannot write to {text}: {reason}", "'strata flash' lists what can be written.");
        }
        if (!isPath)
        {
            throw new StrataException(
                $"cannot write to {text}: there is no such device or file",
                "'strata flash' lists what can be written; 'truncate -s 8G FILE' makes a file that stands for a disk.");
        }
        return File.Exists(path) && !path.StartsWith("/dev/", StringComparison.Ordinal)
            ? new Destination(path, new FileInfo(path).Length, null)
            : throw new StrataException(
                $"cannot write to {text}: it is neither a disk nor a file that stands for one",
                "'strata flash' lists what can be written.");
    }

    /// <summary>True when a person means it.</summary>
    public bool IsCalled(string text) => _disk?.IsCalled(text) ?? (text == Path || text == Name);

    /// <summary>Refuses what must not be written.</summary>
    public void Check(FlashImage image, bool anyDisk)
    {
        if (_disk is null && Path == Resolved(image.Path))
        {
            throw new StrataException($"cannot write {image.Path} to itself", "The image comes first, then the device.");
        }
        StrataException? problem = _disk is null ? TargetCheck.TooSmall(Path, Size, image.Length)
            : TargetCheck.ProblemOf(_disk, image.Length, anyDisk);
        if (problem is not null)
        {
            throw problem;
        }
    }

    /// <summary>Opens it for writing, for this program alone.</summary>
    public RawDisk Open()
    {
        try
        {
            return _disk is null ? RawDisk.OpenFileOf(Path) : RawDisk.OpenDevice(Path, _disk.Name, _disk.Numbers);
        }
        catch (PosixException e)
        {
            throw new StrataException($"cannot write to {Path}: {Reason(e)}; nothing was written", HintFor(e), e);
        }
    }

    private static string Reason(PosixException e) => e.Error switch
    {
        PosixError.Busy => "something uses it",
        PosixError.NoMedium or PosixError.NoDeviceOrAddress or PosixError.NoEntry => "it is no longer there",
        PosixError.ReadOnly => "it is write-protected",
        _ => PosixError.Describe(e.Error),
    };

    private static string? HintFor(PosixException e) => e.Error switch
    {
        PosixError.Busy => "'lsblk' shows what is mounted; a desktop may have mounted it by itself.",
        PosixError.AccessDenied or PosixError.NotPermitted =>
            "Disks belong to root: build first, then write the image with 'sudo strata flash IMAGE DEVICE'.",
        _ => null,
    };

    private static string Resolved(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        return (File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName) ?? full;
    }
}
