using System.Text.Json;

namespace Strata.Machines.Containers;

/// <summary>How one container is started, beside what its image says.</summary>
public sealed record ContainerStart
{
    /// <summary>Program and arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Environment, <c>NAME=value</c>, a name once.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Who it runs as.</summary>
    public required ContainerUser User { get; init; }

    /// <summary>Folder it starts in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Folders that are its own and writable.</summary>
    public required IReadOnlyList<string> Volumes { get; init; }

    /// <summary>True when it cannot write to its image; then <c>/tmp</c>, <c>/run</c> and <c>/var/tmp</c> are memory.</summary>
    public bool IsReadOnly { get; init; }
}

/// <summary>Writes what a runtime starts a container by: <c>config.json</c> of runtime-spec 1.0.2.</summary>
internal static class ContainerConfig
{
    /// <summary>Name of the file in a bundle.</summary>
    public const string FileName = "config.json";

    /// <summary>Host name inside.</summary>
    public const string HostName = "container";

    // what podman leaves a container (containers/common, pkg/config/default.go, DefaultCapabilities)
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID",
        "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    private static readonly string[] s_masked =
        ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/timer_list", "/sys/firmware"];

    private static readonly string[] s_readOnly =
        ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>Writes it.</summary>
    /// <param name="start">The container.</param>
    /// <param name="root">Folder with its files.</param>
    /// <param name="files">Files of ours that it sees, by their path inside.</param>
    /// <param name="hasAccounts">
    /// False where one account stands for all; then the container's user is that one, in a user namespace of its own.
    /// </param>
    public static byte[] Write(ContainerStart start, string root, IReadOnlyDictionary<string, string> files, bool hasAccounts)
    {
        bool mapsUser = !hasAccounts && (start.User.User != 0 || start.User.Group != 0);
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", "1.0.2");
            WriteProcess(json, start, hasAccounts);
            json.WriteStartObject("root");
            json.WriteString("path", root);
            json.WriteBoolean("readonly", start.IsReadOnly);
            json.WriteEndObject();
            json.WriteString("hostname", HostName);
            WriteMounts(json, start, files);
            json.WriteStartObject("linux");
            json.WriteStartArray("namespaces"); // not the network: who asks the container is in the same one
            foreach (string kind in (string[])["pid", "ipc", "uts", "mount", .. mapsUser ? ["user"] : Array.Empty<string>()])
            {
                json.WriteStartObject();
                json.WriteString("type", kind);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (mapsUser)
            {
                WriteMapping(json, "uidMappings", start.User.User);
                WriteMapping(json, "gidMappings", start.User.Group);
            }
            WriteList(json, "maskedPaths", s_masked);
            WriteList(json, "readonlyPaths", s_readOnly);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void WriteProcess(Utf8JsonWriter json, ContainerStart start, bool hasAccounts)
    {
        json.WriteStartObject("process");
        json.WriteBoolean("terminal", false);
        json.WriteStartObject("user");
        json.WriteNumber("uid", start.User.User);
        json.WriteNumber("gid", start.User.Group);
        if (hasAccounts)
        {
            json.WriteStartArray("additionalGids");
            foreach (uint other in start.User.MoreGroups)
            {
                json.WriteNumberValue(other);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        WriteList(json, "args", start.Arguments);
        WriteList(json, "env", start.Environment);
        json.WriteString("cwd", start.WorkingDirectory);
        json.WriteStartObject("capabilities");
        WriteList(json, "bounding", s_capabilities);
        if (start.User.User == 0)
        {
            WriteList(json, "effective", s_capabilities);
            WriteList(json, "permitted", s_capabilities);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter json, ContainerStart start, IReadOnlyDictionary<string, string> files)
    {
        json.WriteStartArray("mounts");
        WriteMount(json, "/proc", "proc", "proc");
        WriteMount(json, "/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        WriteMount(json, "/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");
        WriteMount(json, "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
        WriteMount(json, "/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        WriteMount(json, "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        foreach (string passing in start.IsReadOnly ? ["/run", "/tmp", "/var/tmp"] : Array.Empty<string>())
        {
            WriteMount(json, passing, "tmpfs", "tmpfs", "nosuid", "nodev", "tmpcopyup");
        }
        foreach (string volume in start.Volumes)
        {
            WriteMount(json, volume, "tmpfs", "tmpfs", "nosuid", "nodev", "tmpcopyup"); // with what the image has there
        }
        foreach ((string path, string file) in files)
        {
            WriteMount(json, path, "bind", file, "bind", "rprivate", "ro");
        }
        json.WriteEndArray();
    }

    private static void WriteMount(Utf8JsonWriter json, string place, string type, string source, params string[] options)
    {
        json.WriteStartObject();
        json.WriteString("destination", place);
        json.WriteString("type", type);
        json.WriteString("source", source);
        WriteList(json, "options", options);
        json.WriteEndObject();
    }

    private static void WriteMapping(Utf8JsonWriter json, string name, uint inside)
    {
        json.WriteStartArray(name);
        json.WriteStartObject();
        json.WriteNumber("containerID", inside);
        json.WriteNumber("hostID", 0);
        json.WriteNumber("size", 1);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
