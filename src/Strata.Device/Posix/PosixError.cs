using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>Error numbers (errno(3)) that Strata tells apart; the same on every 64-bit architecture of Linux.</summary>
public static class PosixError
{
    /// <summary>EPERM: not permitted.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT: nothing has that name.</summary>
    public const int NoEntry = 2;

    /// <summary>EINTR: a signal came first.</summary>
    public const int Interrupted = 4;

    /// <summary>EIO: the device cannot read or write there.</summary>
    public const int InputOutput = 5;

    /// <summary>ENXIO: there is no such device any more.</summary>
    public const int NoDeviceOrAddress = 6;

    /// <summary>EAGAIN, EWOULDBLOCK: it is locked by somebody else.</summary>
    public const int WouldBlock = 11;

    /// <summary>EACCES: whoever asks may not.</summary>
    public const int AccessDenied = 13;

    /// <summary>EBUSY: it is in use.</summary>
    public const int Busy = 16;

    /// <summary>EEXIST: the name is taken.</summary>
    public const int Exists = 17;

    /// <summary>EXDEV: source and target lie in different file systems.</summary>
    public const int CrossDevice = 18;

    /// <summary>ENODEV: the kernel has no driver, or there is no such device.</summary>
    public const int NoSuchDevice = 19;

    /// <summary>ENOTDIR: a part of the path is no folder.</summary>
    public const int NoFolder = 20;

    /// <summary>EINVAL: the file system does not know the operation.</summary>
    public const int Invalid = 22;

    /// <summary>ENOSPC: no space left.</summary>
    public const int NoSpace = 28;

    /// <summary>EROFS: read-only file system.</summary>
    public const int ReadOnly = 30;

    /// <summary>ENOSYS: the kernel does not have the call.</summary>
    public const int NoCall = 38;

    /// <summary>ELOOP: a link where none may be.</summary>
    public const int IsLink = 40;

    /// <summary>ENOMEDIUM: the drive is empty.</summary>
    public const int NoMedium = 123;

    /// <summary>EDQUOT: disk quota used up.</summary>
    public const int QuotaExceeded = 122;

    /// <summary>What an error number means: <c>No such file or directory</c>.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}
