using System.Globalization;

namespace Strata.Machines.Testing;

/// <summary>The disks of one machine of a running test: what they hold outlives its starts.</summary>
internal sealed class RunningDisks
{
    private readonly TestGuest _guest;
    private readonly PrivateFolder _folder;
    private readonly bool _isLogged;
    private readonly List<string> _paths = []; // the one booted from first, when it is one that keeps what is written
    private readonly bool _keepsBoot;
    private BootMedium _boot;

    private RunningDisks(TestGuest guest, PrivateFolder folder, BootMedium boot, bool keepsBoot, bool isLogged) =>
        (_guest, _folder, _boot, _keepsBoot, _isLogged) = (guest, folder, boot, keepsBoot, isLogged);

    /// <summary>Makes them.</summary>
    /// <param name="guest">The machine.</param>
    /// <param name="steps">What is done with it: whether it is started anew, and whether what it did not flush has to be forgotten.</param>
    /// <param name="boot">The image it boots.</param>
    /// <param name="folder">Where to put them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RunningDisks> MakeAsync(
        TestGuest guest, IReadOnlyList<TestStep> steps, BootMedium boot, PrivateFolder folder, CancellationToken cancellationToken)
    {
        bool keepsBoot = boot is BootMedium.Disk && steps.Any(s => s is TestStep.Restart or TestStep.PowerCut);
        RunningDisks disks = new(guest, folder, boot, keepsBoot, steps.Any(s => s is TestStep.PowerCut { KeepsWritten: false }));
        if (keepsBoot)
        {
            string copy = folder["boot.img"];
            BootMedium.Disk image = (BootMedium.Disk)boot;
            await SparseCopy.MakeAsync(image.Path, copy, cancellationToken);
            await using FileStream larger = new(copy, FileMode.Open, FileAccess.Write);
            larger.SetLength(larger.Length + image.RoomBytes);
            disks._boot = image with { Path = copy, Keep = true };
            disks._paths.Add(copy);
        }
        foreach (TestDisk empty in guest.Machine.EmptyDisks)
        {
            string path = folder[string.Create(CultureInfo.InvariantCulture, $"disk{disks._paths.Count}.img")];
            await using FileStream disk = new(path, FileMode.CreateNew, FileAccess.Write);
            disk.SetLength(empty.Bytes);
            disks._paths.Add(path);
        }
        return disks;
    }

    /// <summary>The machine with its disks, before it starts.</summary>
    public async Task<MachineConfig> AttachAsync(EditionTest test, CancellationToken cancellationToken)
    {
        if (_isLogged)
        {
            foreach (string path in _paths)
            {
                File.Delete(BaseOf(path));
                await SparseCopy.MakeAsync(path, BaseOf(path), cancellationToken);
                await File.WriteAllBytesAsync(LogOf(path), [], cancellationToken);
            }
        }
        MachineConfig config = EditionTestRunner.ConfigOf(test, _guest, _boot, [.. _paths.Skip(_keepsBoot ? 1 : 0)]) with
        {
            FirmwareVariables = _folder["variables"],
        };
        return !_isLogged ? config : config with
        {
            Boot = config.Boot is BootMedium.Disk { Keep: true } disk ? disk with { WriteLog = LogOf(disk.Path) } : config.Boot,
            Disks = [.. config.Disks.Select(d => d with { WriteLog = LogOf(d.Path) })],
        };
    }

    /// <summary>After the machine was ended: forgets what it had not flushed.</summary>
    public void ForgetUnflushed()
    {
        foreach (string path in _paths)
        {
            File.Move(BaseOf(path), path, overwrite: true);
            using FileStream log = File.OpenRead(LogOf(path));
            using FileStream disk = new(path, FileMode.Open, FileAccess.ReadWrite);
            WriteLogReplay.Flushed(log, disk);
        }
    }

    private static string BaseOf(string path) => path + ".before";

    private static string LogOf(string path) => path + ".writes";
}
