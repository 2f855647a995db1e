using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>Turns failures of the file system into sentences a person can act on.</summary>
internal static class StoreFault
{
    /// <summary>Describes a failure of writing to, or opening, a store.</summary>
    /// <param name="failure">What the framework or the kernel said; errno in <see cref="Exception.HResult"/>.</param>
    /// <param name="action">What was tried: <c>add busybox</c>.</param>
    /// <param name="root">The store's folder.</param>
    /// <param name="needed">Bytes that were to be written, when known.</param>
    public static StrataException Describe(Exception failure, string action, string root, long? needed)
    {
        string subject = action.Contains("store", StringComparison.Ordinal) ? $"{action} {root}" : $"{action} to the store {root}";
        if (failure.HResult is PosixError.NoSpace or PosixError.QuotaExceeded)
        {
            string need = needed is { } bytes ? $", {new ByteSize(bytes)} needed" : "";
            string why = failure.HResult == PosixError.NoSpace
                ? $"no space left ({FreeSpace(root)} free{need})"
                : $"the disk quota is used up{need}";
            return new StrataException(
                $"cannot {subject}: {why}",
                "Free space with 'strata store gc', or name a folder on a larger disk with --store or STRATA_STORE.",
                failure);
        }
        string reason = failure switch
        {
            UnauthorizedAccessException => "permission denied",
            _ when failure.HResult == PosixError.ReadOnly => "the file system is read-only",
            _ => failure.Message,
        };
        return new StrataException(
            $"cannot {subject}: {reason}", "Name a folder you may write to with --store or STRATA_STORE.", failure);
    }

    private static string FreeSpace(string root)
    {
        try
        {
            return new ByteSize(new DriveInfo(root).AvailableFreeSpace).ToString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "an unknown number of bytes";
        }
    }
}
