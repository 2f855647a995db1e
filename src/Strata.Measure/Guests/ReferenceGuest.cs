using Strata.Machines;
using Strata.Machines.Serial;

namespace Strata.Measure.Guests;

/// <summary>A guest whose boot takes the same work every time, so that boot times of machines that differ, or are busy, can be compared.</summary>
/// <remarks>
/// It is the firmware alone: the same OVMF image that boots the edition, in a machine with an empty disk, until its boot manager starts to look for
/// something to boot. It has nothing of an edition and changes with the toolbox only.
/// </remarks>
internal static class ReferenceGuest
{
    /// <summary>What it is, for people.</summary>
    public const string Means = "the same firmware in a machine with an empty disk, until it finds nothing to boot";

    private static readonly LinePattern s_gaveUp = LinePattern.Matching("BdsDxe: (failed to load|No bootable option)");
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    /// <summary>Boots it once.</summary>
    /// <param name="setup">Tools and clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Time of the host's clock and of its processors until the firmware gives up; null when it did not within a minute.</returns>
    public static async Task<(TimeSpan Wall, TimeSpan Processor)?> BootAsync(GuestSetup setup, CancellationToken cancellationToken)
    {
        string disk = Path.Combine(setup.LogFolder, "reference.img");
        await using (FileStream file = new(disk, FileMode.Create, FileAccess.Write))
        {
            file.SetLength(1 << 20);
        }
        MachineConfig config = new() { Boot = new BootMedium.Disk(disk), MemoryMiB = 128 };
        ReadyClock clock = new(s_gaveUp, setup.Time);
        MachineOptions options = new() { LogPath = Path.Combine(setup.LogFolder, "reference.log"), Time = setup.Time, LineSeen = clock.Saw };
        try
        {
            await using Machine machine = await Machine.StartAsync(setup.Tools, config, setup.Accelerator, options, cancellationToken);
            clock.Watch(machine);
            await machine.WaitForLineAsync(s_gaveUp, s_deadline, cancellationToken: cancellationToken);
            return await clock.StoppedAsync(cancellationToken);
        }
        catch (MachineException)
        {
            return null;
        }
        finally
        {
            File.Delete(disk);
        }
    }
}
