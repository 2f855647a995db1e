using System.Text;
using Strata.Core;

namespace Strata.Init.Modules;

/// <summary>A kernel module to load.</summary>
/// <param name="Path">The file in the initrd.</param>
/// <param name="Parameters">Passed to it; empty for none.</param>
internal readonly record struct ModuleFile(string Path, string Parameters)
{
    /// <summary>Whether the kernel has to unpack it (CONFIG_MODULE_DECOMPRESS).</summary>
    public bool IsCompressed =>
        Path.EndsWith(".xz", StringComparison.Ordinal) || Path.EndsWith(".zst", StringComparison.Ordinal) || Path.EndsWith(".gz", StringComparison.Ordinal);

    /// <summary>The name people know: <c>virtio_blk</c>.</summary>
    public string Name
    {
        get
        {
            string file = Path[(Path.LastIndexOf('/') + 1)..];
            int end = file.IndexOf(".ko", StringComparison.Ordinal);
            return (end < 0 ? file : file[..end]).Replace('-', '_');
        }
    }
}

/// <summary>
/// Reads <c>/strata/modules</c>: a line for each module with its absolute path and, after a space, its parameters. What others need stands before
/// them; empty lines and lines with <c>#</c> do not count.
/// </summary>
internal static class ModuleList
{
    /// <summary>Where the initrd has the list.</summary>
    public const string Path = "/strata/modules";

    /// <summary>Longest list in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads a list.</summary>
    /// <exception cref="ImageFormatException">A path is not absolute, or the text is too long.</exception>
    public static IReadOnlyList<ModuleFile> Parse(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxBytes)
        {
            throw new ImageFormatException("module list", 0, $"it has {text.Length} bytes, allowed are {MaxBytes}");
        }
        List<ModuleFile> modules = [];
        int offset = 0;
        foreach (string raw in Encoding.UTF8.GetString(text).Split('\n'))
        {
            string line = raw.Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                int space = line.IndexOf(' ', StringComparison.Ordinal);
                ModuleFile module = space < 0 ? new ModuleFile(line, "") : new ModuleFile(line[..space], line[(space + 1)..].Trim());
                if (module.Path[0] != '/')
                {
                    throw new ImageFormatException("module list", offset, $"'{module.Path}' is no absolute path");
                }
                modules.Add(module);
            }
            offset += raw.Length + 1;
        }
        return modules;
    }
}
