using System.Runtime.InteropServices;

namespace Strata.Testing;

/// <summary>A shared library of this machine as a file, to stand for one that a lock fixes.</summary>
public static class HostLibrary
{
    /// <summary>Copies one into a folder, under its own name.</summary>
    /// <param name="name">As it is asked for: <c>libzstd.so.1</c>.</param>
    /// <param name="folder">Is made when it is not there.</param>
    /// <returns>Path of the copy.</returns>
    public static string Copy(string name, string folder)
    {
        NativeLibrary.Load(name); // so that it is among the mappings
        string file = File.ReadLines("/proc/self/maps")
            .Select(line => line[(line.IndexOf('/', StringComparison.Ordinal) + 1)..])
            .Select(path => "/" + path)
            .First(path => path.Contains("/" + name, StringComparison.Ordinal) && File.Exists(path));
        string copy = Path.Combine(Directory.CreateDirectory(folder).FullName, name);
        File.Copy(file, copy);
        return copy;
    }
}
