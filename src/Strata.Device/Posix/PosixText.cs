using System.Text;

namespace Strata.Device.Posix;

/// <summary>Texts as the C library takes them.</summary>
internal static class PosixText
{
    /// <summary>UTF-8 with a final zero byte.</summary>
    public static byte[] Of(string value) => [.. Encoding.UTF8.GetBytes(value), 0];
}
