using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>A call of the kernel that failed; the error number is <see cref="Exception.HResult"/> too, as in the framework's own.</summary>
/// <param name="error">The error number (errno(3)).</param>
/// <param name="detail">What the kernel itself said about it, or a longer sentence; null for the number's meaning.</param>
public sealed class PosixException(int error, string? detail = null) : IOException(detail ?? PosixError.Describe(error), error)
{
    /// <summary>The error number: <see cref="PosixError"/>.</summary>
    public int Error => HResult;

    /// <summary>A failure with what was to be done: <c>rename /x: No space left on device</c>.</summary>
    /// <param name="verb">What was to be done.</param>
    /// <param name="path">With which file; null when it is not known.</param>
    /// <param name="error">The error number.</param>
    public static PosixException Of(string verb, string? path, int error) =>
        new(error, $"{verb} {path ?? "file"}: {PosixError.Describe(error)}");

    /// <summary>Passes a result on, or throws what the last call left as error.</summary>
    /// <exception cref="PosixException">The result is negative.</exception>
    internal static int Check(int result) => result >= 0 ? result : throw new PosixException(Marshal.GetLastPInvokeError());

    /// <inheritdoc cref="Check(int)"/>
    internal static nint Check(nint result) => result >= 0 ? result : throw new PosixException(Marshal.GetLastPInvokeError());

    /// <inheritdoc cref="Check(int)"/>
    internal static long Check(long result) => result >= 0 ? result : throw new PosixException(Marshal.GetLastPInvokeError());
}
