using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>NanoLinux with Debian's kernel, for tests that build it in stores of their own: its own kernel would be compiled in each of them.</summary>
internal static class StockNano
{
    /// <summary>Makes 'nano' mean it below a folder: an edition in the current folder goes before one that strata comes with.</summary>
    public static void Write(string folder) => WriteTo(Path.Combine(folder, "editions", "nano"));

    /// <summary>Writes the blueprint into a folder, which is made.</summary>
    public static void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        string blueprint = File.ReadAllText(Path.Combine(Repository.Root, "editions/nano/edition.yaml"));
        Assert.Contains("kernel: nano\nkernel-modules: all\n", blueprint, StringComparison.Ordinal);
        string stock = blueprint.Replace("kernel: nano\nkernel-modules: all\n", "kernel: debian-cloud\n", StringComparison.Ordinal)
            .Replace(blueprint.Split('\n').Single(l => l.StartsWith("  image: ", StringComparison.Ordinal)), "  image: 48 MiB", StringComparison.Ordinal)
            .Replace("initramfs: xz-smallest", "initramfs: xz", StringComparison.Ordinal); // a fifth of the time
        File.WriteAllText(Path.Combine(folder, "edition.yaml"), stock);
    }
}
