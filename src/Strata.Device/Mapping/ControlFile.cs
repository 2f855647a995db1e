using Strata.Device.Posix;

namespace Strata.Device.Mapping;

/// <summary>The files by which drivers are asked for devices.</summary>
internal static class ControlFile
{
    /// <summary>Opens one.</summary>
    /// <exception cref="MissingDriverException">The driver is not there.</exception>
    /// <exception cref="PosixException">The kernel refuses for another reason.</exception>
    public static OpenFile Open(string path, string driver)
    {
        try
        {
            return OpenFile.Open(path);
        }
        catch (PosixException e) when (e.Error is PosixError.NoEntry or PosixError.NoSuchDevice)
        {
            throw new MissingDriverException(driver);
        }
    }
}
