using Strata.Cli.Wiring;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Packages.Locks;

namespace Strata.Cli.Commands;

/// <summary>Compares two files of locks: both of editions, or both of tools.</summary>
internal static class LockDiff
{
    private const int MostBytes = 64 << 20;

    /// <summary>True for the name of a lock file that is there.</summary>
    public static bool IsLock(string name) => name.EndsWith(".lock", StringComparison.Ordinal) && File.Exists(name);

    /// <summary>What differs.</summary>
    /// <exception cref="UsageException">One of them is no lock, or they are of two kinds.</exception>
    /// <exception cref="StrataException">One of them is faulty.</exception>
    public static IReadOnlyList<LockChangeRow> Between(string first, string second)
    {
        foreach (string name in (string[])[first, second])
        {
            if (!IsLock(name))
            {
                throw new UsageException(
                    $"cannot compare {first} with {second}: {name} is no lock, and a lock can be compared with another one only",
                    "'strata build' writes the lock that it used beside the image.");
            }
        }
        return IsOfTools(first) != IsOfTools(second)
            ? throw new UsageException($"cannot compare {first} with {second}: one is the lock of an edition, the other of a set of tools")
            : IsOfTools(first)
                ? [.. LockChange.Between(ReadTools(first), ReadTools(second)).Select(c => LockCommand.RowOf("tools", c))]
                : LockCommand.RowsOf(EditionLock.Read(first), EditionLock.Read(second));
    }

    private static bool IsOfTools(string path) => ReadStart(path).Contains("\"format\"", StringComparison.Ordinal)
        && !ReadStart(path).Contains("\"guest\"", StringComparison.Ordinal);

    private static string ReadStart(string path)
    {
        using StreamReader reader = File.OpenText(path);
        char[] start = new char[200];
        return new string(start, 0, reader.ReadBlock(start));
    }

    private static PackageLock ReadTools(string path) => new FileInfo(path).Length <= MostBytes
        ? PackageLockFile.Read(File.ReadAllBytes(path), path)
        : throw new StrataException($"cannot read lock {path}: it is larger than {new ByteSize(MostBytes)}");
}
