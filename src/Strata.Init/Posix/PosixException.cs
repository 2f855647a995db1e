using System.Runtime.InteropServices;

namespace Strata.Init.Posix;

/// <summary>A call of the kernel that failed.</summary>
/// <param name="error">The error number (errno(3)).</param>
/// <param name="detail">What the kernel itself said about it, or null.</param>
internal sealed class PosixException(int error, string? detail = null) : Exception(detail ?? Libc.Describe(error))
{
    /// <summary>The error number.</summary>
    public int Error { get; } = error;

    /// <summary>Passes a result on, or throws what the last call left as error.</summary>
    /// <exception cref="PosixException">The result is negative.</exception>
    public static int Check(int result) => result >= 0 ? result : throw new PosixException(Marshal.GetLastPInvokeError());

    /// <inheritdoc cref="Check(int)"/>
    public static nint Check(nint result) => result >= 0 ? result : throw new PosixException(Marshal.GetLastPInvokeError());

    /// <inheritdoc cref="Check(int)"/>
    public static long Check(long result) => result >= 0 ? result : throw new PosixException(Marshal.GetLastPInvokeError());
}
