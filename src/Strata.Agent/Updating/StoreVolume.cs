using Strata.Agent.Storage;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Updates.Applying;
using Strata.Updates.Releases;

namespace Strata.Agent.Updating;

/// <summary>The volume that the layers of this machine came from, while something is done with its store.</summary>
internal sealed class StoreVolume : IDisposable
{
    private const string Mounted = "/run/strata/store"; // of the early init, a folder for each medium
    private const string LockPath = "/run/strata/update.lock";

    private readonly OpenFile? _lock;
    private readonly string _root;

    private StoreVolume(string root, OpenFile? held)
    {
        (_lock, _root) = (held, root);
        Store = new DeviceStore(new MountedStorage(root));
    }

    /// <summary>The store.</summary>
    public DeviceStore Store { get; }

    /// <summary>Opens it.</summary>
    /// <param name="isChanged">True when something will be written: then nobody else may, and the volume becomes writable.</param>
    /// <exception cref="StrataException">There is none, somebody else changes it, or it cannot be written to.</exception>
    public static StoreVolume Open(bool isChanged)
    {
        string? root = null;
        foreach (string name in Files.Names(Mounted))
        {
            string candidate = $"{Mounted}/{name}";
            root ??= Files.Exists($"{candidate}/{Medium.ObjectFolder}") ? candidate : null;
        }
        if (root is null)
        {
            throw new StrataException(
                "cannot find the store of this machine: no medium with layers is mounted",
                "Machines that run from memory alone, or whose edition is no edition of layers, are updated by their medium.");
        }
        if (!isChanged)
        {
            return new StoreVolume(root, null);
        }
        OpenFile? held = OpenFile.TryLock(LockPath) ?? throw new StrataException(
            "cannot change the store: another 'strata-agent' does it at this moment", "Wait until it has ended.");
        try
        {
            Mounts.MakeWritable(root);
        }
        catch (PosixException e)
        {
            held.Dispose();
            throw new StrataException(
                $"cannot write to the store at {root}: {e.Message}", "A disc, or a disk that is locked, is written anew instead.", e);
        }
        return new StoreVolume(root, held);
    }

    /// <summary>Makes the volume one for reading again, where it was not, and lets others in.</summary>
    public void Dispose()
    {
        if (_lock is not null)
        {
            _ = Mounts.TryMakeReadOnly(_root); // it may stay writable: nobody but an update writes to it
            _lock.Dispose();
        }
    }
}
