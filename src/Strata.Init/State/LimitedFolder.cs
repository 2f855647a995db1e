using Strata.Core.Ext4;
using Strata.Device.Disks;
using Strata.Device.Mapping;
using Strata.Device.Posix;
using Strata.Init.Root;
using Strata.Updates.State;

namespace Strata.Init.State;

/// <summary>A kept folder with a limit: a file system of its own in a file, whose room is taken from the state when it is made.</summary>
/// <remarks>Why not by quotas: <c>docs/decisions/0099-state-by-folders.md</c>.</remarks>
internal static class LimitedFolder
{
    private const string Folder = "/limited";
    private const string Aside = ".aside";
    private const int SectorBytes = 512;

    /// <summary>Mounts it, made or grown when it has to be, and returns where.</summary>
    /// <param name="state">The edition's folder in the state.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Gets what is not as it should be, a sentence each.</param>
    /// <exception cref="PosixException">There is no room, the disk fails, or the kernel refuses.</exception>
    public static string Mount(string state, KeptFolder folder, Action<string> note)
    {
        string name = folder.Path[1..].Replace("-", "--", StringComparison.Ordinal).Replace('/', '-'); // no two paths are one name
        Files.MakeFolderBelow(state, Folder);
        string file = $"{state}{Folder}/{name}";
        string mounted = $"{RootBuilder.ChangesFolder}/limited/{name}";
        try
        {
            return MountFile(file, mounted, folder.Limit);
        }
        catch (PosixException e) when (e.Error is not (PosixError.NoSpace or PosixError.NoSuchDevice) && Files.Exists(file))
        {
            note($"WHAT WAS KEPT IN {folder.Path} CANNOT BE USED: {e.Message}. "
                + $"It is now called {file}{Aside}, and {folder.Path} begins empty");
            Files.Rename(file, file + Aside);
            return MountFile(file, mounted, folder.Limit);
        }
    }

    private static string MountFile(string file, string mounted, long limit)
    {
        if (!Files.Exists(file))
        {
            Make(file, limit);
        }
        using OpenFile image = OpenFile.OpenForChanges(file);
        if (image.Length < limit)
        {
            image.Reserve(limit); // the limit was raised
        }
        Ext4Health? found = Ext4Volume.TryRead(file);
        try
        {
            using LoopDevice loop = LoopDevice.Over(image, SectorBytes, isWritable: true);
            Mounts.Mount("ext4", mounted, Mounts.Closed, ("source", loop.Path));
        }
        catch (MissingDriverException e)
        {
            throw new PosixException(PosixError.NoSuchDevice, e.Message);
        }
        if (found is Ext4Health health)
        {
            Ext4Volume.Grow(mounted, health, image.Length);
        }
        return mounted;
    }

    /// <summary>Under another name until it is whole.</summary>
    private static void Make(string file, long limit)
    {
        string aside = file + ".new";
        Files.TryDelete(aside);
        try
        {
            using OpenFile image = OpenFile.Create(aside);
            image.Reserve(limit);
            foreach (Ext4Piece piece in Ext4Image.PiecesOf(StateMaker.OptionsFor(limit)))
            {
                image.WriteAt(piece.Offset, piece.Bytes.Span);
            }
            image.Sync();
        }
        catch (PosixException)
        {
            Files.TryDelete(aside); // what was taken for it is needed by others
            throw;
        }
        Files.Rename(aside, file);
    }
}
