using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>
/// A folder that somebody else's program wrote to, such as the build folder of a room, or that somebody else's repository is: reads regular
/// files below it, and nothing else, whatever their names say.
/// </summary>
/// <remarks>
/// The program may have left links, FIFOs, devices, files of any length, and may still be writing. So a file is opened by the kernel
/// below the folder's own descriptor without following a link (<c>openat2</c>, Linux 5.6), everything is asked of the open file, and
/// exactly the length found is read: a file that shrinks or grows meanwhile is refused.
/// </remarks>
public sealed class ForeignFolder : IDisposable
{
    private const int BufferSize = 128 * 1024;
    private const int MostRetries = 64;

    private readonly SafeFileHandle _folder;
    private readonly string _path;

    /// <summary>Opens the folder.</summary>
    /// <param name="path">A folder of ours: the way to it is trusted, what is in it is not.</param>
    /// <exception cref="StrataException">It cannot be opened.</exception>
    public ForeignFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        _folder = FileHandles.OpenForReading(path, out int errno) ?? throw Failed("open", path, Marshal.GetPInvokeErrorMessage(errno));
    }

    /// <summary>As <see cref="Read"/>, of a file that is named by its path.</summary>
    /// <param name="path">The file.</param>
    /// <param name="depth">
    /// How many of its last parts are somebody else's: 3 for <c>kernel/profiles/NAME.yaml</c> below a folder that a person named.
    /// </param>
    /// <param name="limit">Most bytes that it may have.</param>
    public static byte[] ReadFile(string path, int depth, long limit)
    {
        string full = Path.GetFullPath(path);
        string root = full;
        for (int i = 0; i < depth; i++)
        {
            root = Path.GetDirectoryName(root) ?? root;
        }
        using ForeignFolder folder = new(root);
        return folder.Read(Path.GetRelativePath(root, full), limit);
    }

    /// <summary>As <see cref="ReadFile"/>, as UTF-8 text; a byte order mark, as editors of Windows write it, is no part of it.</summary>
    public static string ReadTextFile(string path, int depth, long limit) =>
        Encoding.UTF8.GetString(ReadFile(path, depth, limit)).TrimStart('\uFEFF');

    /// <summary>The whole content of a file.</summary>
    /// <param name="name">Relative to the folder.</param>
    /// <param name="limit">Most bytes that it may have.</param>
    /// <exception cref="StrataException">
    /// It is not there, not a regular file below the folder, larger, or changes while it is read.
    /// </exception>
    public byte[] Read(string name, long limit) => TryRead(name, limit) ?? throw Failed("read", name, "it is not there");

    /// <summary>As <see cref="Read"/>, as UTF-8 text.</summary>
    public string ReadText(string name, long limit) => Encoding.UTF8.GetString(Read(name, limit));

    /// <summary>As <see cref="Read"/>; null when nothing has the name.</summary>
    public byte[]? TryRead(string name, long limit)
    {
        using SafeFileHandle? file = TryOpen(name, limit, out long length);
        if (file is null)
        {
            return null;
        }
        return ReadAll(file, name, length);
    }

    /// <summary>As <see cref="Read"/>, and whether its owner may run it.</summary>
    public (byte[] Bytes, bool IsProgram) ReadProgram(string name, long limit)
    {
        using SafeFileHandle file = TryOpen(name, limit, out long length) ?? throw Failed("read", name, "it is not there");
        return (ReadAll(file, name, length), (FileHandles.OwnerOf(file).Mode & UnixFileMode.UserExecute) != 0);
    }

    /// <summary>Opens a file for reading; what is asked for later is of this very file, whatever has its name by then.</summary>
    /// <exception cref="StrataException">As for <see cref="Read"/>.</exception>
    public FileStream OpenRead(string name, long limit) =>
        new(TryOpen(name, limit, out _) ?? throw Failed("read", name, "it is not there"), FileAccess.Read);

    /// <summary>What is directly in a folder below this one, in ordinal order; null when nothing, or no folder, has the name.</summary>
    /// <param name="name">Relative to the folder; <c>.</c> for itself.</param>
    /// <param name="limit">Most names that it may have.</param>
    /// <exception cref="StrataException">
    /// It is reached through a link, has more names, or one of them is no UTF-8 and so could not be written the same everywhere.
    /// </exception>
    public IReadOnlyList<ForeignName>? TryList(string name, int limit)
    {
        using SafeFileHandle? folder = TryOpenBeneath(name);
        if (folder is null || !FileHandles.IsFolder(folder))
        {
            return null;
        }
        // the open folder itself, whatever has its name by now
        string opened = $"/proc/self/fd/{folder.DangerousGetHandle()}";
        FileSystemEnumerable<ForeignName> found = new(opened, Named, new EnumerationOptions { AttributesToSkip = FileAttributes.None });
        List<ForeignName> names = [.. found.Take(limit + 1)];
        if (names.Count > limit)
        {
            throw Failed("read", name, $"it has more than {limit} names");
        }
        if (names.Find(n => n.Name.Contains('\uFFFD', StringComparison.Ordinal)) is { } strange)
        {
            throw Failed("read", Path.Combine(name, strange.Name), "its name is no UTF-8");
        }
        names.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return names;

        static ForeignName Named(ref FileSystemEntry entry)
        {
            bool isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
            string? target = isLink ? new FileInfo(entry.ToFullPath()).LinkTarget : null;
            return new ForeignName(entry.FileName.ToString(), entry.IsDirectory && !isLink, target);
        }
    }

    /// <summary>Puts a file into the store; returns its digest and its length.</summary>
    /// <param name="store">Gets a copy.</param>
    /// <param name="name">Relative to the folder.</param>
    /// <param name="limit">Most bytes that it may have.</param>
    /// <param name="cancellationToken">Ends the work; nothing is kept.</param>
    /// <exception cref="StrataException">As for <see cref="Read"/>, or the disk is full or fails.</exception>
    public async Task<(Sha256Digest Digest, long Length)> AddToAsync(
        ObjectStore store, string name, long limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        using SafeFileHandle file = TryOpen(name, limit, out long length) ?? throw Failed("read", name, "it is not there");
        using ObjectWriter writer = store.BeginObject();
        byte[] buffer = new byte[(int)Math.Min(length, BufferSize)];
        while (writer.Length < length)
        {
            Memory<byte> room = buffer.AsMemory(0, (int)Math.Min(length - writer.Length, buffer.Length));
            int read = Checked(await RandomAccess.ReadAsync(file, room, writer.Length, cancellationToken), name);
            await writer.WriteAsync(room[..read], cancellationToken);
        }
        CheckEnd(file, length, name);
        return (writer.Commit(), length);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private byte[] ReadAll(SafeFileHandle file, string name, long length)
    {
        byte[] bytes = new byte[length];
        for (int done = 0; done < bytes.Length;)
        {
            done += Checked(RandomAccess.Read(file, bytes.AsSpan(done), done), name);
        }
        CheckEnd(file, length, name);
        return bytes;
    }

    private SafeFileHandle? TryOpen(string name, long limit, out long length)
    {
        length = 0;
        SafeFileHandle? file = TryOpenBeneath(name);
        if (file is null)
        {
            return null;
        }
        try
        {
            length = FileHandles.RegularSize(file) ?? throw Failed("read", name, "it is no regular file");
            return length <= limit ? file : throw Failed("read", name, $"it has {new ByteSize(length)}, more than {new ByteSize(limit)}");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private SafeFileHandle? TryOpenBeneath(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('\0', StringComparison.Ordinal))
        {
            throw Failed("read", name.Replace('\0', '?'), "its name has a NUL");
        }
        SafeFileHandle? file = FileHandles.OpenBeneath(_folder, name, out int errno);
        for (int tries = 0; errno == PosixError.WouldBlock && tries < MostRetries; tries++)
        {
            file = FileHandles.OpenBeneath(_folder, name, out errno); // something was renamed on the way: openat2(2), EAGAIN
        }
        if (file is null)
        {
            return errno is PosixError.NoEntry or PosixError.NoFolder ? null : throw Failed("read", name, Reason(errno));
        }
        return file;
    }

    private static string Reason(int errno) => errno switch
    {
        PosixError.IsLink => "it is or passes a link",
        PosixError.CrossDevice => "it lies outside of the folder",
        PosixError.NoCall => "this kernel does not have openat2 (Linux 5.6)",
        _ => Marshal.GetPInvokeErrorMessage(errno),
    };

    private int Checked(int read, string name) => read > 0 ? read : throw Failed("read", name, "it became shorter meanwhile");

    private void CheckEnd(SafeFileHandle file, long length, string name)
    {
        Span<byte> more = stackalloc byte[1];
        if (RandomAccess.Read(file, more, length) > 0)
        {
            throw Failed("read", name, "it became longer meanwhile");
        }
    }

    private StrataException Failed(string verb, string name, string why) =>
        new(verb == "open" ? $"cannot open the folder {name}: {why}" : $"cannot {verb} {Shown(Path.Combine(_path, name))}: {why}");

    // a name may come out of a file of somebody else's: nothing in it may reach a terminal as a control character
    private static string Shown(string name) => string.Concat(name.Take(1000).Select(c => char.IsControl(c) ? '?' : c));
}

/// <summary>A name in a <see cref="ForeignFolder"/>.</summary>
/// <param name="Name">The name alone.</param>
/// <param name="IsFolder">True for a folder, not for a link to one.</param>
/// <param name="LinkTarget">Where a symbolic link leads, as written; null for anything else.</param>
public sealed record ForeignName(string Name, bool IsFolder, string? LinkTarget);
