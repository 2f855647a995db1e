using System.Globalization;
using Strata.Formats.Oci;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Reads <c>container:</c> of a blueprint. Faults are collected, none is thrown.</summary>
internal static class ContainerWords
{
    private const int LongestHealthTime = 24 * 60 * 60;
    private const int MostRetries = 100;

    // signal(7), without the real-time signals
    private static readonly string[] s_signals =
    [
        "ABRT", "ALRM", "CHLD", "CONT", "HUP", "INT", "KILL", "PIPE", "PWR", "QUIT", "STOP", "TERM", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "WINCH",
    ];

    /// <summary>What the blueprint says, or nothing where it has no <c>container:</c>.</summary>
    public static ContainerSettings Read(MappingReader edition)
    {
        MappingReader? container = edition.Mapping("container");
        if (container is null)
        {
            return new ContainerSettings();
        }
        ContainerSettings settings = new()
        {
            Entrypoint = Words(container, "entrypoint"),
            Command = Words(container, "command"),
            Environment = ReadEnvironment(container),
            User = container.Text("user"),
            WorkingDirectory = container.Path("working-directory")?.ToString(),
            Ports = ReadPorts(container),
            Volumes = ReadVolumes(container),
            StopSignal = container.Value("stop-signal") is null ? null
                : "SIG" + container.Choice("stop-signal", "TERM", s_signals),
            HealthCheck = ReadHealthCheck(container.Mapping("health-check")),
            Labels = ReadLabels(container),
            Compression = container.Choice("compression", [("gzip", OciCompression.Gzip), ("zstd", OciCompression.Zstd)]),
        };
        container.Done();
        return settings;
    }

    private static IReadOnlyList<string> ReadEnvironment(MappingReader container)
    {
        IReadOnlyList<YamlScalar> environment = container.Texts("environment");
        foreach (YamlScalar line in environment.Where(e =>
            e.Text.IndexOf('=', StringComparison.Ordinal) < 1 || e.Text.Contains('\0', StringComparison.Ordinal)))
        {
            container.Faults.Add(line, $"'{line.Text}' sets nothing; expected NAME=value");
        }
        return [.. environment.Select(e => e.Text)];
    }

    // image-spec, config.md, "ExposedPorts": port, port/tcp or port/udp; always written with its protocol, so that one port is one text
    private static List<string> ReadPorts(MappingReader container)
    {
        List<string> ports = [];
        foreach (YamlScalar port in container.Texts("ports"))
        {
            string[] parts = port.Text.Split('/');
            if (parts.Length > 2 || !ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
                || number == 0 || (parts.Length == 2 && parts[1] is not ("tcp" or "udp" or "sctp")))
            {
                container.Faults.Add(port, $"'{port.Text}' is no port; expected 1..65535, or with its protocol: 53/udp");
                continue;
            }
            AddOnce(container, ports, port, $"{number.ToString(CultureInfo.InvariantCulture)}/{(parts.Length == 2 ? parts[1] : "tcp")}");
        }
        return ports;
    }

    private static List<string> ReadVolumes(MappingReader container)
    {
        List<string> volumes = [];
        foreach (YamlScalar volume in container.Texts("volumes"))
        {
            if (container.ToPath(volume) is { } path)
            {
                if (path.IsRoot)
                {
                    container.Faults.Add(volume, "'/' is the image itself; expected a folder below it");
                    continue;
                }
                AddOnce(container, volumes, volume, path.ToString());
            }
        }
        return volumes;
    }

    private static void AddOnce(MappingReader container, List<string> known, YamlScalar place, string text)
    {
        if (known.Contains(text))
        {
            container.Faults.Add(place, $"{text} stands here a second time");
            return;
        }
        known.Add(text);
    }

    private static OciHealthCheck? ReadHealthCheck(MappingReader? check)
    {
        if (check is null)
        {
            return null;
        }
        OciHealthCheck read = new(Words(check, "command", required: true))
        {
            Interval = Seconds("every"),
            Timeout = Seconds("within"),
            StartPeriod = Seconds("start"),
            Retries = (int?)check.Number("retries", 1, MostRetries),
        };
        if (check.Value("command") is YamlSequence { Items.Count: 0 } nothing)
        {
            check.Faults.Add(nothing, "it runs nothing; expected a program and its arguments");
        }
        check.Done();
        return read;

        TimeSpan? Seconds(string key) =>
            check.Number(key, 1, LongestHealthTime) is long seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static SortedDictionary<string, string> ReadLabels(MappingReader container)
    {
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach ((YamlScalar key, YamlValue value) in container.Pairs("labels"))
        {
            if (value is not YamlScalar text)
            {
                container.Faults.Add(value, $"label '{key.Text}' is a text; expected NAME: TEXT");
            }
            else if (key.Text.Length == 0)
            {
                container.Faults.Add(key, "a label without a name");
            }
            else
            {
                labels[key.Text] = text.Text;
            }
        }
        return labels;
    }

    private static IReadOnlyList<string> Words(MappingReader reader, string key, bool required = false)
    {
        IReadOnlyList<YamlScalar> words = reader.Texts(key, required);
        foreach (YamlScalar word in words.Where(w => w.Text.Contains('\0', StringComparison.Ordinal)))
        {
            reader.Faults.Add(word, "a NUL; no program can be given one");
        }
        return [.. words.Select(w => w.Text)];
    }
}
