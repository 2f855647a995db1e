using System.Text;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Agent.Machines;

/// <summary>The files of a machine, from its root. Everything that changes them goes through here, each change whole or not at all.</summary>
/// <param name="root">The folder that is its root: <c>/</c>, and another one in tests.</param>
/// <param name="givesAway">True when files are given to their users, which root alone may do.</param>
/// <param name="beforeChange">Told the path before each change; null for nobody.</param>
internal sealed class MachineFolder(string root, bool givesAway, Action<string>? beforeChange = null)
{
    private readonly string _prefix = root.TrimEnd('/');

    /// <summary>Where a path of the machine is for us.</summary>
    public string At(string path) => _prefix + path;

    /// <summary>True when something is at a path, its links followed inside of the machine.</summary>
    public bool Has(string path) => Files.ExistsBelow(root, path);

    /// <summary>Facts of what is at a path, a link itself; null when nothing is.</summary>
    public Files.Facts? TryGet(string path) => Files.TryGet(At(path));

    /// <summary>The bytes of a small file; null when there is none.</summary>
    public byte[]? TryRead(string path, int most) => Files.TryRead(At(path), most);

    /// <summary>A small text file; empty when there is none.</summary>
    public string ReadText(string path) => Encoding.UTF8.GetString(TryRead(path, 4 << 20) ?? []);

    /// <summary>Names in a folder, sorted; empty when there is none.</summary>
    public string[] Names(string path) => Files.Names(At(path));

    /// <summary>Writes a file, unless it is there as it should be. Folders above it are made.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public void Write(string path, ReadOnlySpan<byte> content, int mode, (uint User, uint Group) owner = default)
    {
        if (TryGet(path) is Files.Facts facts && !facts.IsLink && !facts.IsDirectory && facts.Size == content.Length
            && facts.Permissions == mode && (!givesAway || (facts.User == owner.User && facts.Group == owner.Group))
            && TryRead(path, content.Length + 1) is byte[] there && content.SequenceEqual(there))
        {
            return;
        }
        beforeChange?.Invoke(path);
        string folder = path[..path.LastIndexOf('/')];
        if (folder.Length > 0)
        {
            Files.MakeDirectories(At(folder));
        }
        DurableFile.Replace(At(path), content, mode, givesAway ? owner : null);
    }

    /// <summary>Writes a text file.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public void Write(string path, string text, int mode = Modes.File) => Write(path, Encoding.UTF8.GetBytes(text), mode);

    /// <summary>Makes a folder, and gives it its permissions and owner even when it is there.</summary>
    /// <exception cref="PosixException">The kernel refuses, or a link is in its place.</exception>
    public void MakeFolder(string path, int mode, (uint User, uint Group) owner = default)
    {
        Files.Facts? facts = TryGet(path);
        if (facts is { IsDirectory: true } there && there.Permissions == mode
            && (!givesAway || (there.User == owner.User && there.Group == owner.Group)))
        {
            return;
        }
        if (facts is { IsDirectory: false })
        {
            throw new PosixException(PosixError.NoFolder);
        }
        beforeChange?.Invoke(path);
        string above = path[..path.LastIndexOf('/')];
        if (above.Length > 0)
        {
            Files.MakeDirectories(At(above));
        }
        Files.MakeDirectories(At(path), (uint)mode);
        if (givesAway)
        {
            DurableFile.ChangeOwner(At(path), owner.User, owner.Group);
        }
        DurableFile.ChangeMode(At(path), mode);
    }

    /// <summary>Makes a symbolic link, unless it is there.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public void Link(string path, string target)
    {
        if (DurableFile.TryReadLink(At(path)) != target)
        {
            beforeChange?.Invoke(path);
            DurableFile.ReplaceWithLink(At(path), target);
        }
    }

    /// <summary>Deletes a file, if it is there.</summary>
    public void Delete(string path)
    {
        if (TryGet(path) is not null)
        {
            beforeChange?.Invoke(path);
            Files.TryDelete(At(path));
        }
    }
}
