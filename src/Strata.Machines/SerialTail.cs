using Strata.Core;
using Strata.Machines.Serial;

namespace Strata.Machines;

/// <summary>Reads along in the file to which QEMU appends everything on a serial line, while the terminal has the line itself.</summary>
internal sealed class SerialTail : IDisposable
{
    private const int MostBytes = 1 << 20;

    private readonly string _path;
    private readonly FileStream? _copy;
    private readonly SerialLog _lines;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private long _position;

    /// <summary>Has read nothing yet.</summary>
    /// <param name="path">QEMU's file, which nobody else wants: it is cut off before it takes room. It need not be there yet.</param>
    /// <param name="copyTo">File that keeps everything, written anew; null for none.</param>
    /// <param name="saw">Gets each finished line, in plain text.</param>
    /// <exception cref="StrataException">The copy cannot be written.</exception>
    public SerialTail(string path, string? copyTo, Action<string> saw)
    {
        _path = path;
        try
        {
            _copy = copyTo is null ? null : new FileStream(copyTo, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot write {copyTo}: {e.Message}", "'--log' names a file of a folder that you may write to.", e);
        }
        _lines = new SerialLog { LineCompleted = saw };
    }

    /// <summary>Reads what came since the last look.</summary>
    public void Look()
    {
        if (!File.Exists(_path))
        {
            return; // QEMU is about to make it
        }
        using FileStream file = new(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = _position;
        for (int read; (read = file.Read(_buffer)) > 0; _position += read)
        {
            _copy?.Write(_buffer.AsSpan(0, read));
            _lines.Append(_buffer.AsSpan(0, read));
        }
        _copy?.Flush();
        if (_position > MostBytes)
        {
            file.SetLength(0);
            _position = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _copy?.Dispose();
        _lines.Dispose();
    }
}
