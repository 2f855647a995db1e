using Strata.Core;

namespace Strata.Machines;

/// <summary>A folder only this user can read, removed with everything in it at the end.</summary>
internal sealed class PrivateFolder : IDisposable
{
    /// <summary>
    /// Most bytes of a UNIX socket's path: 108 with the final zero (unix(7)), less the longest name we use in the folder.
    /// </summary>
    private const int MaximumPath = 107 - 16;

    private PrivateFolder(string path) => Path = path;

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Full path of something in it.</summary>
    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Makes one below the temporary folder of the host.</summary>
    /// <exception cref="StrataException">It cannot be made, or its path is too long for sockets.</exception>
    public static PrivateFolder Make()
    {
        string path;
        try
        {
            path = Directory.CreateTempSubdirectory("strata-machine-").FullName; // mode 0700
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot make a temporary folder: {e.Message}", "Set TMPDIR to a folder you may write to.", e);
        }
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaximumPath)
        {
            Directory.Delete(path);
            throw new StrataException(
                $"cannot put sockets into {path}: the path is longer than {MaximumPath} bytes", "Set TMPDIR to a shorter path, such as /tmp.");
        }
        return new PrivateFolder(path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // the guard of the process was first
        }
    }
}
