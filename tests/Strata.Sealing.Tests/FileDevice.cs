namespace Strata.Sealing.Tests;

/// <summary>A file as a device.</summary>
internal sealed class FileDevice : IDisposable
{
    private readonly FileStream _file;

    public FileDevice(string path, long length = 0)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (length > 0)
        {
            _file.SetLength(length);
        }
    }

    public bool Read(long offset, Span<byte> buffer)
    {
        _file.Position = offset;
        return _file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        _file.Position = offset;
        _file.Write(bytes);
    }

    public void Sync() => _file.Flush();

    public void Dispose() => _file.Dispose();
}
