using Strata.Core;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>Reads the words about the machine itself: its name, place and clock, its file systems and files, what it runs once.</summary>
internal static class SystemReader
{
    private const int LongestHostname = 64; // HOST_NAME_MAX of Linux, hostname(7)

    /// <summary>Reads <c>hostname</c>.</summary>
    public static YamlScalar? ReadHostname(MappingReader reader)
    {
        YamlScalar? name = Texts.Formed(
            reader, "hostname", TextForm.IsHostName, "lower-case letters, digits and dashes, such as gate-7 or gate-7.example.org");
        if (name is { Text.Length: > LongestHostname })
        {
            reader.Faults.Add(name, $"'hostname' has {name.Text.Length} characters; Linux allows {LongestHostname}");
            return null;
        }
        return name;
    }

    /// <summary>Reads <c>time-zone</c>.</summary>
    public static YamlScalar? ReadTimeZone(MappingReader reader) =>
        Texts.Formed(reader, "time-zone", TextForm.IsZone, "a name of the time zone database, such as Europe/Berlin or UTC");

    /// <summary>Reads <c>time-servers</c>.</summary>
    public static IReadOnlyList<YamlScalar> ReadTimeServers(MappingReader reader)
    {
        List<YamlScalar> servers = [];
        foreach (YamlScalar server in Texts.OneOrMore(reader, "time-servers"))
        {
            if (TextForm.IsHostName(server.Text) || NetAddress.TryParse(server.Text) is { Prefix: null })
            {
                servers.Add(server);
            }
            else
            {
                reader.Faults.Add(server, $"'{server.Text}' is no time server; expected its name or address");
            }
        }
        return servers;
    }

    /// <summary>Reads <c>locale</c>.</summary>
    public static YamlScalar? ReadLocale(MappingReader reader) =>
        Texts.Formed(reader, "locale", TextForm.IsLocale, "a locale such as de_DE.UTF-8 or C.UTF-8");

    /// <summary>Reads <c>keymap</c>.</summary>
    public static YamlScalar? ReadKeymap(MappingReader reader) =>
        Texts.Formed(reader, "keymap", IsKeymap, "the name of a keyboard, such as de or us-intl");

    /// <summary>Reads <c>mounts</c>.</summary>
    public static IReadOnlyList<MountWords> ReadMounts(MappingReader reader)
    {
        List<MountWords> mounts = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(reader, "mounts"))
        {
            if (MappingReader.Of(value, $"mount '{key.Text}'", reader.Faults) is not MappingReader mount)
            {
                continue;
            }
            GuestPath? path = mount.ToPath(key);
            if (path is GuestPath { IsRoot: true })
            {
                mount.Faults.Add(key, "'/' is mounted by who starts the system; expected a folder below it");
                path = null;
            }
            YamlScalar? from = Field(mount, "from", required: true);
            YamlScalar? type = Field(mount, "type", required: false);
            IReadOnlyList<YamlScalar> options = Texts.OneOrMore(mount, "options");
            foreach (YamlScalar option in options
                .Where(o => !TextForm.IsField(o.Text) || o.Text.Contains(',', StringComparison.Ordinal)))
            {
                mount.Faults.Add(option, $"'{option.Text}' is no option of mount(8); expected one word such as noatime, in a list");
            }
            bool isOptional = mount.Flag("optional", otherwise: false);
            mount.Done();
            if (path is GuestPath place && from is not null && TextForm.IsField(key.Text))
            {
                mounts.Add(new MountWords(key, place, from.Text, type?.Text ?? "auto", [.. options.Select(o => o.Text)], isOptional));
            }
            else if (path is not null && !TextForm.IsField(key.Text))
            {
                mount.Faults.Add(key, $"'{key.Text}' has a blank; expected a path without, as fstab(5) wants it");
            }
        }
        return mounts;
    }

    /// <summary>Reads <c>files</c>.</summary>
    public static IReadOnlyList<FileWords> ReadFiles(MappingReader reader)
    {
        List<FileWords> files = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(reader, "files"))
        {
            if (MappingReader.Of(value, $"file '{key.Text}'", reader.Faults) is not MappingReader file)
            {
                continue;
            }
            GuestPath? path = file.ToPath(key);
            YamlScalar? content = file.Scalar("content", required: true);
            int mode = file.Mode("mode", Modes.File);
            YamlScalar? owner = Account(file, "owner");
            YamlScalar? group = Account(file, "group");
            file.Done();
            if (content is not null && !Secrets.Refuse(content, $"file '{key.Text}'", file.Faults) && path is GuestPath place)
            {
                files.Add(new FileWords(place, content.Text, mode, owner, group));
            }
        }
        return files;
    }

    /// <summary>Reads <c>sysctl</c>.</summary>
    public static IReadOnlyList<(YamlScalar, string)> ReadSysctl(MappingReader reader)
    {
        List<(YamlScalar, string)> settings = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(reader, "sysctl"))
        {
            if (!TextForm.IsSysctl(key.Text))
            {
                reader.Faults.Add(key, $"'{key.Text}' is no setting of the kernel; expected such as net.ipv4.ip_forward");
            }
            else if (value is not YamlScalar { Text.Length: > 0 and <= 1000 } text || !Texts.IsLine(text.Text))
            {
                reader.Faults.Add(value, $"'{key.Text}' needs a value of one line");
            }
            else
            {
                settings.Add((key, text.Text));
            }
        }
        return settings;
    }

    /// <summary>Reads <c>run-once</c>.</summary>
    public static IReadOnlyList<CommandWords> ReadRunOnce(MappingReader reader)
    {
        List<CommandWords> commands = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(reader, "run-once"))
        {
            if (MappingReader.Of(value, $"'{key.Text}'", reader.Faults) is not MappingReader command
                || !Texts.IsName(key, "a command", reader.Faults))
            {
                continue;
            }
            IReadOnlyList<YamlScalar> words = command.Texts("command", required: true);
            command.Done();
            if (words.Count == 0 && command.Value("command") is YamlSequence { Items.Count: 0 } empty)
            {
                command.Faults.Add(empty, "'command' is empty; expected a program and its arguments");
            }
            if (words is [YamlScalar program, ..] && command.ToPath(program) is not null)
            {
                foreach (YamlScalar bad in words.Where(w => w.Text.Contains('\0', StringComparison.Ordinal)))
                {
                    command.Faults.Add(bad, "a NUL; no program can be given one");
                }
                commands.Add(new CommandWords(key, [.. words.Select(w => w.Text)]));
            }
        }
        return commands;
    }

    private static YamlScalar? Field(MappingReader mount, string key, bool required)
    {
        YamlScalar? text = mount.Scalar(key, required);
        if (text is null || TextForm.IsField(text.Text))
        {
            return text;
        }
        mount.Faults.Add(text, $"'{key}' is '{text.Text}'; expected one word, as fstab(5) wants it");
        return null;
    }

    private static YamlScalar? Account(MappingReader file, string key) =>
        file.Scalar(key) is YamlScalar name && UserReader.IsAccount(name, file.Faults) ? name : null;

    private static bool IsKeymap(string text) => TextForm.IsName(text, 41, c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
