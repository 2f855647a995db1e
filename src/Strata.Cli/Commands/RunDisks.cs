using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Machines;

namespace Strata.Cli.Commands;

/// <summary>The disks of <c>strata run --disk</c>. Those without a file of the person's are gone after disposal.</summary>
internal sealed class RunDisks : IDisposable
{
    private const long MostBytes = 64L << 40;

    private static readonly (string Word, DiskBus Bus)[] s_buses =
        [("usb:", DiskBus.Usb), ("sata:", DiskBus.Sata), ("nvme:", DiskBus.Nvme)];

    private readonly List<DiskConfig> _disks = [];
    private readonly List<string> _made = [];

    private RunDisks()
    {
    }

    /// <summary>In the order they were given.</summary>
    public IReadOnlyList<DiskConfig> Disks => _disks;

    /// <summary>Reads the option's values, and makes what is to be empty.</summary>
    /// <exception cref="UsageException">One is neither a size nor a file.</exception>
    public static RunDisks Parse(IReadOnlyList<string> values)
    {
        RunDisks disks = new();
        try
        {
            foreach (string value in values)
            {
                disks.Add(value);
            }
            return disks;
        }
        catch
        {
            disks.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _made.ForEach(File.Delete);

    private void Add(string value)
    {
        (string word, DiskBus bus) = Array.Find(s_buses, b => value.StartsWith(b.Word, StringComparison.Ordinal));
        string rest = value[(word?.Length ?? 0)..];
        if (File.Exists(rest))
        {
            _disks.Add(new DiskConfig(rest, word is null ? DiskBus.Virtio : bus, Keep: true));
            return;
        }
        if (!ByteSize.TryParse(rest, out ByteSize size) || size.Bytes is < DiskConfig.SectorBytes or > MostBytes)
        {
            throw new UsageException(
                $"cannot give the machine the disk '{value}': '{rest}' is neither a file nor a size",
                "A size such as 1G makes an empty disk; a file holds a raw image; 'usb:' before it makes it a stick.");
        }
        string path = Path.GetTempFileName();
        _made.Add(path);
        using (FileStream disk = new(path, FileMode.Open, FileAccess.Write))
        {
            disk.SetLength(size.Bytes);
        }
        _disks.Add(new DiskConfig(path, word is null ? DiskBus.Virtio : bus, Keep: true));
    }
}
