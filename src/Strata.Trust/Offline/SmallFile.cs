using Strata.Core;

namespace Strata.Trust.Offline;

/// <summary>Files of a known length: digests and signatures.</summary>
internal static class SmallFile
{
    /// <summary>Reads one.</summary>
    /// <exception cref="StrataException">It cannot be read, or has another length.</exception>
    public static byte[] Read(string path, int length)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length != length)
            {
                throw new StrataException(
                    $"cannot read {path}: it has {stream.Length} bytes, expected {length}",
                    "A signature is written as it is, without a text form such as Base64.");
            }
            byte[] content = new byte[length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read {path}: {(File.Exists(path) ? e.Message : "there is no such file")}", innerException: e);
        }
    }
}
