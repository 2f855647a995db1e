using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Compression.Native;

/// <summary>The system's compression libraries, found before first use so that a missing one is reported by name.</summary>
internal static class NativeLibraries
{
    /// <summary>Loads a library for the life of the process; loading it again costs nothing.</summary>
    /// <param name="library">File name with its ABI version: <c>libzstd.so.1</c>.</param>
    /// <param name="package">The Debian package that holds it: <c>libzstd1</c>.</param>
    /// <param name="purpose">What it is needed for, as in <c>cannot … </c>: <c>read or write Zstandard</c>.</param>
    /// <exception cref="StrataException">It cannot be loaded.</exception>
    public static void Require(string library, string package, string purpose)
    {
        if (!NativeLibrary.TryLoad(library, typeof(NativeLibraries).Assembly, null, out _))
        {
            throw new StrataException(
                $"cannot {purpose}: the library {library} cannot be loaded",
                $"Install the package that holds it: {package} on Debian and Ubuntu.");
        }
    }
}
