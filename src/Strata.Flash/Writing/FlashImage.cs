using Microsoft.Win32.SafeHandles;
using Strata.Core;

namespace Strata.Flash.Writing;

/// <summary>The bytes of a disk in a file, open for reading.</summary>
public sealed class FlashImage : IDisposable
{
    // what a disk of a virtual machine begins with, where its bytes are not those of a disk
    private static readonly (string Name, byte[] Mark)[] s_packed =
    [
        ("qcow2", "QFI"u8.ToArray()), ("vmdk", "KDMV"u8.ToArray()), ("vhdx", "vhdxfile"u8.ToArray()),
        ("vdi", "<<< "u8.ToArray()), ("gz", [0x1F, 0x8B]), ("xz", [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z']),
        ("zst", [0x28, 0xB5, 0x2F, 0xFD]), ("bz2", "BZh"u8.ToArray()), ("zip", "PK\u0003\u0004"u8.ToArray()),
    ];

    private readonly SafeFileHandle _file;
    private readonly DateTime _changed;

    private FlashImage(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        Length = RandomAccess.GetLength(file);
        _changed = File.GetLastWriteTimeUtc(file);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>True when the file is still as it was when it was opened.</summary>
    public bool IsUnchanged => RandomAccess.GetLength(_file) == Length && File.GetLastWriteTimeUtc(_file) == _changed;

    /// <summary>Opens an image and looks whether a machine could start from its bytes.</summary>
    /// <exception cref="StrataException">It cannot be read, or is no image of a disk.</exception>
    public static FlashImage Open(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read the image {path}: {e.Message}", "Name an image that 'strata build' wrote, or an edition.", e);
        }
        FlashImage image = new(path, file);
        byte[] start = new byte[512];
        if (image.Length >= start.Length)
        {
            RandomAccess.Read(file, start, 0);
        }
        if (start[510] == 0x55 && start[511] == 0xAA) // of MBR, protective MBR and hybrid ISO image alike
        {
            return image;
        }
        image.Dispose();
        string? packed = s_packed.FirstOrDefault(p => start.AsSpan().StartsWith(p.Mark)).Name;
        throw new StrataException(
            $"cannot write {path} to a disk: "
            + (packed is null ? "no machine could start from it, as its first sector does not end in 55 aa" : $"it is packed ({packed})"),
            packed switch
            {
                "qcow2" or "vmdk" or "vhdx" or "vdi" => "'--image disk' or '--image iso' makes what a disk takes.",
                null => "An image of a disk or a hybrid ISO image can be written ('strata build EDITION --image disk').",
                _ => "Unpack it first.",
            });
    }

    /// <summary>Fills the buffer from a place of the image; what lies behind its end is zero.</summary>
    /// <exception cref="StrataException">It has become shorter, or cannot be read.</exception>
    public void ReadAt(long offset, Span<byte> buffer)
    {
        int there = (int)Math.Min(buffer.Length, Math.Max(0, Length - offset));
        for (int done = 0; done < there;)
        {
            int count;
            try
            {
                count = RandomAccess.Read(_file, buffer[done..there], offset + done);
            }
            catch (IOException e)
            {
                throw new StrataException($"cannot read the image {Path}: {e.Message}", null, e);
            }
            done += count > 0 ? count : throw new StrataException($"cannot read the image {Path}: it has become shorter meanwhile");
        }
        buffer[there..].Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
