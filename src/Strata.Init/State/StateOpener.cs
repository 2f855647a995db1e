using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Mapping;
using Strata.Device.Posix;
using Strata.Init.Root;
using Strata.Init.Sealed;
using Strata.Updates.State;

namespace Strata.Init.State;

/// <summary>
/// From the place of state to a mounted file system with a folder of the edition. What is damaged is set aside and never written over;
/// what cannot be kept is told, and the system starts without it.
/// </summary>
/// <param name="edition">Name of the edition.</param>
/// <param name="note">Gets what is not as it should be, a sentence each.</param>
/// <param name="tell">Gets what is done, a sentence each.</param>
/// <param name="encrypted">Makes and opens it when it is encrypted; null when it is not.</param>
internal sealed class StateOpener(string edition, Action<string> note, Action<string> tell, EncryptedState? encrypted = null)
{
    /// <summary>Folder on the partition that holds a folder for each edition.</summary>
    public const string Folder = "/strata/state";

    private const string Lost = "what changes until the next start is then gone";
    private const string EditionFile = "/edition"; // in Folder: who made it
    private const int StructureFault = 117; // EUCLEAN: ext4 has found a damaged structure

    /// <summary>Opens it; null when there is none, and then it was told why.</summary>
    public OpenedState? Open(StatePlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        BlockDevice? device = place.Found;
        try
        {
            if (device is null)
            {
                device = place.Disk is null ? null : Made(Beside(place.Disk, null));
                if (device is null)
                {
                    note(place.Disk is null
                        ? $"there is no partition '{StatePlan.Label}', and the disk that this system was started from is not known: "
                            + $"nothing is kept; {Lost}"
                        : $"{place.Disk} has no partition '{StatePlan.Label}' and no free rest of "
                            + $"{BlockDevice.SizeText(LeastBytes)} behind its last partition: nothing is kept; {Lost}");
                    return null;
                }
            }
            else if (device.FileSystem is null && encrypted is not null && EncryptedState.IsVolume(device))
            {
                device = device with { FileSystem = new FileSystemFacts(FileSystemFacts.Encrypted, StatePlan.Label, "") };
            }
            else if (device.FileSystem is null && !StateMaker.IsEmpty(device))
            {
                device = SetAside(device, "it holds something that is no file system known here");
            }
            else if (device.FileSystem is null && encrypted is null)
            {
                device = Made(StateMaker.MakeIn(device));
            }
        }
        catch (PosixException e)
        {
            note($"cannot make a place for state on {device?.Name ?? place.Disk}: {e.Message}; nothing is kept: {Lost}");
            return null;
        }
        return device is null ? null : encrypted is null ? Plain(device) : Encrypted(device, isFirst: true);
    }

    private long LeastBytes => encrypted is null ? StateMaker.LeastBytes : EncryptedState.LeastBytes;

    private OpenedState? Plain(BlockDevice device)
    {
        if (device.FileSystem is { Type: FileSystemFacts.Encrypted })
        {
            note($"the state on {device.Name} is encrypted, and this edition does not say 'encrypt' in its 'state': it is left as it is, "
                + $"nothing is kept; {Lost}");
            return null;
        }
        return Mount(device, device, isFirst: true);
    }

    /// <summary>From a partition to what is in the volume on it.</summary>
    private OpenedState? Encrypted(BlockDevice device, bool isFirst)
    {
        string why;
        try
        {
            if (device.FileSystem is null || (device.FileSystem.Type == FileSystemFacts.Encrypted && EncryptedState.IsUnfinished(device)))
            {
                if (encrypted!.Begin(device) is not BlockDevice content)
                {
                    return null;
                }
                content = StateMaker.MakeIn(content);
                encrypted.Finish();
                return Mount(device, content, isFirst: false);
            }
            if (device.FileSystem.Type == FileSystemFacts.Encrypted)
            {
                return encrypted!.Open(device) is BlockDevice opened ? Mount(device, opened, isFirst) : null;
            }
            why = "it is not encrypted, and that of this edition is";
        }
        catch (ImageFormatException e)
        {
            why = e.Message;
        }
        catch (Exception e) when (e is PosixException or MissingDriverException)
        {
            note($"cannot open the encrypted state on {device.Name}: {e.Message}; nothing is kept: {Lost}");
            return null;
        }
        return isFirst && SetAside(device, why) is BlockDevice beside ? Encrypted(beside, isFirst: false) : null;
    }

    private BlockDevice? Beside(string disk, BlockDevice? setAside) => encrypted is null
        ? StateMaker.TryMakeBeside(disk, setAside)
        : StateMaker.TryAddEmpty(disk, setAside, EncryptedState.LeastBytes);

    private BlockDevice? Made(BlockDevice? device)
    {
        if (device is not null)
        {
            tell($"made a place for state: {device.Describe()}");
        }
        return device;
    }

    /// <summary>Mounts the file system of the state.</summary>
    /// <param name="device">The partition.</param>
    /// <param name="content">What holds the file system: the partition, or what is in the volume on it.</param>
    /// <param name="isFirst">Whether another one may be made beside it.</param>
    private OpenedState? Mount(BlockDevice device, BlockDevice content, bool isFirst)
    {
        string mounted = $"{RootBuilder.ChangesFolder}/{device.Name}";
        string? damage = null;
        try
        {
            Ext4Health? health = content.FileSystem?.Type == "ext4" ? Ext4Volume.TryRead(content.Path) : null;
            if (health is { HasErrors: true })
            {
                damage = "its structures were found damaged while it was used";
            }
            else
            {
                Mounts.Mount(TypeOf(content), mounted, Mounts.Closed | Mounts.NoAccessTime, ("source", content.Path));
                Extend(device); // only what is sound takes the rest of the disk: beside what is damaged, another one needs it
                Grow(device, content, mounted, health);
                return new OpenedState(device, Prepare(device, mounted), encrypted?.OpenedBy ?? "");
            }
        }
        catch (PosixException e) when (e.Error is PosixError.NoSuchDevice or PosixError.NoSpace)
        {
            Mounts.TryUnmount(mounted);
            note(e.Error == PosixError.NoSpace
                ? $"the state on {device.Name} is full, and cannot even hold the folder of this edition: nothing is kept; {Lost}"
                : $"the kernel has no driver for the {TypeOf(content)} of {device.Name}: nothing is kept; {Lost}");
            return null;
        }
        catch (PosixException e)
        {
            Mounts.TryUnmount(mounted);
            damage = e.Error == StructureFault ? "its structures are damaged" : e.Message;
        }
        return isFirst && SetAside(device, damage) is BlockDevice beside
            ? encrypted is null ? Mount(beside, beside, isFirst: false) : Encrypted(beside, isFirst: false)
            : null;
    }

    // inside of a volume that opened there may be something that is no file system; then the kernel says so
    private static string TypeOf(BlockDevice content) => content.FileSystem?.Type ?? "ext4";

    /// <summary>Leaves what is damaged as it is, and makes another one beside it; null when there is no room.</summary>
    private BlockDevice? SetAside(BlockDevice device, string why)
    {
        BlockDevice? beside = null;
        encrypted?.Close();
        string reason = "there is no room for another one beside it";
        try
        {
            beside = device.PartitionNumber > 0 ? Beside(device.Disk, device) : null;
        }
        catch (PosixException e)
        {
            reason = $"another one cannot be made beside it: {e.Message}";
        }
        note($"THE STATE OF THIS MACHINE CANNOT BE USED: {device.Describe()}: {why}. Nothing of it was changed. "
            + (beside is null
                ? $"As {reason}, the system starts without: {Lost}. Repair it from another system (fsck {device.Path})."
                : $"The system starts with an empty one, {beside.Name}. The old one is now called '{StateFinder.AsideLabel}': "
                    + "repair it from another system (fsck), and copy what is missing."));
        return beside;
    }

    private void Extend(BlockDevice device)
    {
        try
        {
            // asked first: at nearly every start there is nothing to extend, and the table need not be read
            bool isRoom = device.PartitionNumber > 0 && BlockDevices.RoomBehind(device) >= StateMaker.LeastBytes;
            using DiskEditor? editor = isRoom ? DiskEditor.TryOpen(device.Disk) : null;
            if (editor?.Find(device.PartitionNumber) is { Grows: true } && editor.TryExtend(device.PartitionNumber, StateMaker.LeastBytes))
            {
                encrypted?.Extend();
                tell($"{device.Name} now reaches to the end of its disk");
            }
        }
        catch (PosixException e)
        {
            note($"cannot extend {device.Name} to the end of its disk: {e.Message}; it stays as large as it is");
        }
    }

    private void Grow(BlockDevice device, BlockDevice content, string mounted, Ext4Health? health)
    {
        if (health is not Ext4Health found || device.PartitionNumber == 0 || content.FileSystem?.Label != StatePlan.Label)
        {
            return; // not made here
        }
        try
        {
            using OpenFile partition = OpenFile.Open(content.Path);
            Ext4Volume.Grow(mounted, found, partition.Length);
        }
        catch (PosixException e)
        {
            note($"cannot grow the file system of {device.Name} to its partition: {e.Message}; it stays as large as it is");
        }
    }

    /// <summary>The folder of the edition, made when it is missing.</summary>
    private string Prepare(BlockDevice device, string mounted)
    {
        Files.MakeFolderBelow(mounted, Folder);
        string own = $"{mounted}{Folder}/{edition}";
        if (Files.TryGet(own) is not { IsDirectory: true }) // else no file is opened: ext4 begins a transaction with the first one
        {
            string made = mounted + Folder + EditionFile;
            string maker = Encoding.UTF8.GetString(Files.TryRead(made, 64) ?? []).Trim();
            if (maker.Length == 0)
            {
                Files.Replace(made, Encoding.UTF8.GetBytes(edition + "\n"), Files.Common & ~0x49u); // nothing that may be run
            }
            else if (maker != edition)
            {
                note($"the state on {device.Name} was begun by the edition '{BlockDevice.Printable(maker)}': its part stays as it is, "
                    + $"and '{edition}' begins with an empty one of its own");
            }
            Files.MakeFolderBelow(mounted, $"{Folder}/{edition}");
        }
        (long free, long all) = Files.Room(mounted);
        if (free < Math.Min(all / 100, 16L << 20))
        {
            note(string.Create(CultureInfo.InvariantCulture,
                $"the state on {device.Name} is full: {BlockDevice.SizeText(free)} of {BlockDevice.SizeText(all)} are free; ")
                + "programs that keep something may fail");
        }
        return own;
    }
}
