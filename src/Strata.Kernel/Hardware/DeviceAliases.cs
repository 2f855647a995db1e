using Strata.Core;

namespace Strata.Kernel.Hardware;

/// <summary>What the devices of a machine say of themselves.</summary>
public static class DeviceAliases
{
    /// <summary>The command that writes them into a file on another machine.</summary>
    public const string Command = "cat /sys/bus/*/devices/*/modalias | sort -u > devices.txt";

    private const int LargestFile = 16 << 20;
    private const int MostDevices = 100_000;

    /// <summary>Reads them, sorted, each once.</summary>
    /// <param name="from">A file with an alias a line, or a folder that looks like <c>/sys</c>.</param>
    /// <exception cref="StrataException">There is nothing, or no alias in it.</exception>
    public static IReadOnlyList<string> Read(string from)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        try
        {
            string[] aliases = Directory.Exists(from) ? ReadSys(from) : ReadFile(from);
            return aliases.Length > 0 ? aliases : throw new StrataException(
                $"cannot suggest drivers from {from}: it holds no device alias", $"'{Command}' writes those of a machine into a file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read device aliases from {from}: {e.Message}", $"'{Command}' writes those of a machine into a file.", e);
        }
    }

    private static string[] ReadSys(string root)
    {
        string buses = Path.Combine(root, "bus");
        if (!Directory.Exists(buses))
        {
            throw new StrataException($"cannot read device aliases from {root}: it has no folder 'bus', as /sys has", $"'{Command}' writes those of a machine into a file.");
        }
        List<string> aliases = [];
        foreach (string devices in Directory.EnumerateDirectories(buses).Order(StringComparer.Ordinal).Select(b => Path.Combine(b, "devices")).Where(Directory.Exists))
        {
            foreach (string device in Directory.EnumerateFileSystemEntries(devices).Take(MostDevices)) // devices are links
            {
                string file = Path.Combine(device, "modalias");
                if (File.Exists(file))
                {
                    aliases.Add(ReadOne(file));
                }
            }
        }
        return Sorted(aliases);
    }

    // files of sysfs say that they have 4096 bytes; a device that went meanwhile has none
    private static string ReadOne(string file)
    {
        Span<byte> buffer = stackalloc byte[AliasPattern.Longest];
        try
        {
            using FileStream stream = File.OpenRead(file);
            return System.Text.Encoding.UTF8.GetString(buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)]);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string[] ReadFile(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new StrataException($"cannot read device aliases from {path}: there is no such file or folder", $"'{Command}' writes those of a machine into a file.");
        }
        if (file.Length > LargestFile)
        {
            throw new StrataException($"cannot read device aliases from {path}: it is larger than {new ByteSize(LargestFile)}");
        }
        return Sorted(File.ReadAllLines(path));
    }

    // comments may stand in a file that a person keeps; an alias has a bus before a colon
    private static string[] Sorted(IEnumerable<string> lines)
    {
        string[] aliases =
        [
            .. lines.Select(l => l.Trim()).Where(l => l.Length is > 0 and <= AliasPattern.Longest && l[0] != '#' && l.Contains(':', StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostDevices + 1),
        ];
        return aliases.Length <= MostDevices ? aliases : throw new StrataException($"cannot read device aliases: there are more than {MostDevices}");
    }
}
