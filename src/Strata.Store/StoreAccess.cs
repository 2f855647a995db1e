using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>Whether a folder may be used as a store: tools are run from it, so nobody else may be able to write there.</summary>
/// <remarks>
/// The rule of ssh for its files: owned by this user or root, and written to by nobody else. What lies in it is not looked at; a store
/// that this program makes is closed to others altogether. A store that a group shares (<see cref="StoreLocation.SharedVariable"/>) may
/// belong to another of the group and be written to by the group, if this user is a member.
/// </remarks>
internal static class StoreAccess
{
    /// <summary>Refuses a folder that somebody else can write to.</summary>
    /// <param name="root">The folder; it exists.</param>
    /// <param name="sharedByGroup">True when its group is trusted.</param>
    /// <exception cref="StrataException">Somebody else can write to it.</exception>
    /// <exception cref="IOException">It cannot be examined.</exception>
    public static void Check(string root, bool sharedByGroup)
    {
        using SafeFileHandle folder = FileHandles.OpenForReading(root, out int errno) ?? throw PosixException.Of("open", root, errno);
        (uint user, uint group, UnixFileMode mode) = FileHandles.OwnerOf(folder);
        bool isShared = sharedByGroup && FileHandles.IsMemberOf(group);
        if (user != 0 && user != FileHandles.EffectiveUser() && !isShared)
        {
            string why = sharedByGroup ? $", and user {FileHandles.EffectiveUser()} is not in its group {group}"
                : $", not to user {FileHandles.EffectiveUser()}";
            throw new StrataException(
                $"cannot use the store {root}: it belongs to user {user}{why}; programs are run from a store, so its owner must be trusted",
                "Name a store of your own with --store or STRATA_STORE. " + SharedHint);
        }
        UnixFileMode open = mode & (UnixFileMode.OtherWrite | (isShared ? UnixFileMode.None : UnixFileMode.GroupWrite));
        if (open != UnixFileMode.None)
        {
            string who = open.HasFlag(UnixFileMode.OtherWrite) ? "everybody" : $"group {group}";
            string bits = Convert.ToString((int)mode, 8).PadLeft(4, '0');
            throw new StrataException(
                string.Create(CultureInfo.InvariantCulture,
                    $"cannot use the store {root}: {who} can write to it (mode {bits}), and programs are run from a store"),
                $"'chmod -R go-w {root}' closes it, if nobody has put something there already; everything in it can be fetched and "
                + "built again. "
                + SharedHint);
        }
    }

    private const string SharedHint = $"A store that a group shares on purpose needs {StoreLocation.SharedVariable}=group.";
}
