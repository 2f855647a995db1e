using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>The shared libraries of the block codecs, and what to say when one is missing.</summary>
internal static class NativeLibraries
{
    public const string Lzma = "liblzma.so.5";
    public const string Zstd = "libzstd.so.1";
    public const string Lz4 = "liblz4.so.1";

    /// <summary>Finds a library before its first function is called.</summary>
    /// <exception cref="StrataException">It is not on this machine.</exception>
    public static void Require(string library, string debianPackage)
    {
        if (!NativeLibrary.TryLoad(library, typeof(NativeLibraries).Assembly, null, out _))
        {
            throw new StrataException(
                $"cannot compress or decompress a squashfs block: the shared library {library} is not on this machine",
                $"Install it: apt install {debianPackage}");
        }
    }
}
