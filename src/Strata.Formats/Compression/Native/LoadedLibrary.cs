using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Compression.Native;

/// <summary>A shared library of this process, loaded for its life.</summary>
/// <param name="handle">From the dynamic loader.</param>
/// <param name="path">The file, or its name alone when the loader searched for it.</param>
/// <param name="fileDigest">SHA-256 of the file; null when the loader searched for it.</param>
internal sealed class LoadedLibrary(nint handle, string path, Sha256Digest? fileDigest)
{
    private const long LargestLibrary = 64 << 20;

    /// <summary>SHA-256 of the file; null when the loader searched for it.</summary>
    public Sha256Digest? FileDigest => fileDigest;

    /// <summary>Loads a library.</summary>
    /// <param name="folder">Full path of the folder that has it; null lets the loader search for it.</param>
    /// <param name="library">File name with its ABI version: <c>libzstd.so.1</c>.</param>
    /// <param name="package">The Debian package that holds it: <c>libzstd1</c>.</param>
    /// <param name="purpose">What it is needed for, as in <c>cannot … </c>: <c>write Zstandard</c>.</param>
    /// <exception cref="StrataException">It cannot be loaded.</exception>
    public static LoadedLibrary Load(string? folder, string library, string package, string purpose)
    {
        if (folder is null)
        {
            NativeLibraries.Require(library, package, purpose);
            return new LoadedLibrary(NativeLibrary.Load(library, typeof(LoadedLibrary).Assembly, null), library, null);
        }
        string path = Path.Combine(folder, library);
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new StrataException(
                $"cannot {purpose}: {path} is missing", $"Package '{package}' of the tools brings it; see toolbox/tools.yaml.");
        }
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
        {
            file = target;
        }
        if (file.Length > LargestLibrary)
        {
            throw new StrataException($"cannot {purpose}: {path} has {new ByteSize(file.Length)}, no library of compression is that large");
        }
        try
        {
            // with a slash in its name the loader takes this very file, also when one of the same name is loaded already
            return new LoadedLibrary(NativeLibrary.Load(path), path, Sha256Digest.Of(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // the loader's own words come last
            string reason = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
            throw new StrataException(
                $"cannot {purpose}: {path} cannot be loaded: {reason}",
                "Libraries of the tools run in this process and need its C library: glibc 2.34 or newer.",
                e);
        }
    }

    /// <summary>Address of a function.</summary>
    /// <exception cref="StrataException">It has none of that name.</exception>
    public nint AddressOf(string function) => NativeLibrary.TryGetExport(handle, function, out nint address)
        ? address
        : throw new StrataException($"cannot use {path}: it has no function {function}");
}
