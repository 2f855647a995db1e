using Strata.Core;

namespace Strata.Formats.Squashfs;

/// <summary>Device numbers in 32 bits (Linux <c>kdev_t.h</c>, <c>new_encode_dev</c>): 12 bits major in the middle of 20 bits minor.</summary>
internal static class DeviceNumber
{
    private const uint MaxMajor = 0xFFF;
    private const uint MaxMinor = 0xFFFFF;

    /// <exception cref="StrataException">A number is too large.</exception>
    public static uint Encode(uint major, uint minor, GuestPath path) => major <= MaxMajor && minor <= MaxMinor
        ? (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12)
        : throw new StrataException($"cannot pack device {path}: {major}:{minor} is beyond {MaxMajor}:{MaxMinor}");

    public static (uint Major, uint Minor) Decode(uint device) => ((device >> 8) & MaxMajor, (device & 0xFF) | ((device >> 12) & 0xFFF00));
}
