using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;

namespace Strata.Machines;

/// <summary>
/// The images of a machine, opened by Strata with the rights of who started it. QEMU gets descriptors (<c>-add-fd</c> and
/// <c>/dev/fdset</c>), and so needs no right of its own to any folder or file: root without capabilities has none in other users' folders.
/// </summary>
internal sealed class OpenImages : IDisposable
{
    private readonly List<SafeFileHandle> _handles = [];
    private readonly List<string> _arguments = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _reads = [];
    private readonly List<string> _devices = [];
    private readonly List<string> _keptDevices = [];

    private OpenImages()
    {
    }

    /// <summary>What QEMU calls each image; by its path in the configuration.</summary>
    public IReadOnlyDictionary<string, string> Names => _names;

    /// <summary>QEMU's arguments about the descriptors.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>What QEMU has to inherit.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors => _handles;

    /// <summary>Files that QEMU opens by their paths, because it takes no descriptor for them.</summary>
    public IReadOnlyList<string> Reads => _reads;

    /// <summary>Block devices among the images: QEMU opens these by their paths, to see what they are.</summary>
    public IReadOnlyList<string> Devices => _devices;

    /// <summary>Those among <see cref="Devices"/> that the guest may write.</summary>
    public IReadOnlyList<string> KeptDevices => _keptDevices;

    /// <summary>Length of the longest regular file.</summary>
    public long LongestBytes { get; private set; }

    /// <summary>Opens them.</summary>
    /// <param name="config">Its files were there a moment ago.</param>
    /// <param name="files">The folder for copies of kernels that root may read and QEMU may not.</param>
    /// <exception cref="StrataException">One cannot be opened.</exception>
    public static OpenImages Of(MachineConfig config, QemuFiles files)
    {
        OpenImages images = new();
        try
        {
            IEnumerable<(string Path, bool Writes)> disks = config.Disks.Select(d => (d.Path, d.Keep));
            disks = config.Boot switch
            {
                BootMedium.Disk d => disks.Append((d.Path, d.Keep)),
                BootMedium.Iso i => disks.Append((i.Path, false)),
                _ => disks,
            };
            IEnumerable<string?> logs = config.Disks.Select(d => d.WriteLog).Append((config.Boot as BootMedium.Disk)?.WriteLog);
            disks = disks.Concat(logs.OfType<string>().Select(l => (l, true)));
            foreach (IGrouping<string, (string Path, bool Writes)> image in disks.GroupBy(d => d.Path, StringComparer.Ordinal))
            {
                images.Open(image.Key, image.Any(i => i.Writes));
            }
            foreach (string kernel in config.Boot is BootMedium.Kernel or BootMedium.Uki ? config.Boot.Files : [])
            {
                images.Take(kernel, files.PrivateFolder);
            }
            return images;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            images.Dispose();
            throw new StrataException($"cannot start a machine: {e.Message}", innerException: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handles.ForEach(h => h.Dispose());

    /// <summary>
    /// One set of descriptors a file: QEMU looks in it for one that is open as it wants, and a kept disk is open in two ways in turn.
    /// </summary>
    private void Open(string path, bool writes)
    {
        SafeFileHandle reading = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (FileHandles.RegularSize(reading) is not long length)
        {
            reading.Dispose();
            _devices.Add(path);
            _keptDevices.AddRange(writes ? [path] : []);
            return;
        }
        LongestBytes = Math.Max(LongestBytes, length);
        string set = (_names.Count + 1).ToString(CultureInfo.InvariantCulture);
        _names.Add(path, $"/dev/fdset/{set}");
        Add(reading);
        if (writes)
        {
            Add(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
        }

        void Add(SafeFileHandle handle)
        {
            _handles.Add(handle);
            _arguments.AddRange(["-add-fd", string.Create(CultureInfo.InvariantCulture, $"fd={handle.DangerousGetHandle()},set={set}")]);
        }
    }

    /// <summary>QEMU opens a kernel by its path; where root starts it, the path is one that needs no capability.</summary>
    private void Take(string path, string folder)
    {
        string name = path;
        if (Environment.IsPrivilegedProcess)
        {
            name = Path.Combine(folder, $"kernel-{_reads.Count}");
            File.Copy(path, name, overwrite: true);
            File.SetUnixFileMode(name, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        _reads.Add(name);
        _names[path] = name;
    }
}
