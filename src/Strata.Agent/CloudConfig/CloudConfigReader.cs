using System.Globalization;
using System.Text;
using Strata.Agent.Machines;
using Strata.Yaml;

namespace Strata.Agent.CloudConfig;

/// <summary>
/// Turns <c>#cloud-config</c> into words of a machine: the modules that a machine of ours can honour, and of those the keys that have a
/// word.
/// Every other key is a fault with its place.
/// </summary>
/// <param name="data">The file.</param>
/// <param name="faults">Where faults go.</param>
/// <param name="words">Takes the words.</param>
internal sealed class CloudConfigReader(YamlMapping data, FaultList faults, Node.Pairs words)
{
    private const int MostEntries = 1000;

    private readonly MappingReader _reader = new(data, faults);
    private readonly Node.Pairs _files = new(data);
    private readonly Node.Pairs _runOnce = new(data);

    /// <summary>Reads all of it.</summary>
    public void Read()
    {
        ReadHostname();
        words.Add("time-zone", _reader.Scalar("timezone"));
        words.Add("locale", _reader.Scalar("locale"));
        ReadKeyboard();
        words.Add("users", UsersReader.Read(_reader));
        if (_reader.Scalar("ssh_pwauth") is YamlScalar passwords)
        {
            bool isAllowed = _reader.Flag("ssh_pwauth", otherwise: false);
            words.Add("ssh", new Node.Pairs(passwords).Add("passwords", Node.Text(passwords, isAllowed ? "allowed" : "never")).ToMapping());
        }
        ReadFiles();
        ReadCommands("runcmd", (at, name, command) => _runOnce.Add(
            Node.Text(at, name), new Node.Pairs(at).Add("command", Node.List(at, command)).ToMapping()));
        ReadCommands("bootcmd", (at, name, command) => AddFile(
            at, $"{Places.AtStart}/{name}", $"#!/bin/sh\nexec {Core.ShellArgument.QuoteAll(command)}\n", "0755"));
        ReadTime();
        ReadMounts();
        ReadCertificates();
        ReadGrow();
        if (_reader.Value("ssh_authorized_keys") is YamlValue keys)
        {
            faults.Add(
                keys, "'ssh_authorized_keys' here are those of a default user, and there is none; expected them below one of 'users'");
        }
        _reader.Done();
        words.Add("files", _files.ToMappingOrNothing());
        words.Add("run-once", _runOnce.ToMappingOrNothing());
    }

    private void ReadHostname()
    {
        YamlScalar? name = _reader.Scalar("hostname");
        YamlScalar? full = _reader.Scalar("fqdn");
        if (name is not null && full is not null && full.Text != name.Text
            && !full.Text.StartsWith(name.Text + ".", StringComparison.Ordinal))
        {
            faults.Add(full, $"'fqdn' does not begin with 'hostname' and a dot; '{name.Text}' stands");
            full = null;
        }
        words.Add("hostname", full ?? name); // the longer one has both
    }

    private void ReadKeyboard()
    {
        if (_reader.Mapping("keyboard") is not MappingReader keyboard)
        {
            return;
        }
        YamlScalar? layout = keyboard.Scalar("layout", required: true);
        string variant = keyboard.Text("variant") is { Length: > 0 } more ? "-" + more : "";
        keyboard.Done();
        words.Add("keymap", layout is null ? null : Node.Text(layout, layout.Text + variant));
    }

    private void ReadFiles()
    {
        foreach (YamlValue item in Items(_reader, "write_files"))
        {
            if (MappingReader.Of(item, "an entry of 'write_files'", faults) is not MappingReader file)
            {
                continue;
            }
            YamlScalar? path = file.Scalar("path", required: true);
            YamlScalar? content = file.Scalar("content");
            string encoding = file.Choice("encoding", "text/plain", "text/plain", "b64", "base64");
            YamlScalar? mode = file.Scalar("permissions");
            YamlScalar? owner = file.Scalar("owner");
            RefuseTrue(file, "append", "a file is written whole");
            RefuseTrue(file, "defer", "users are there before files are written");
            file.Done();
            string? text = content is null ? "" : encoding == "text/plain" ? content.Text : Decoded(content);
            if (path is not null && text is not null)
            {
                AddFile(path, path.Text, text, mode?.Text, owner);
            }
        }
    }

    private string? Decoded(YamlScalar content)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(content.Text));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            faults.Add(content, "'content' is no base64 of UTF-8 text; expected that, as files of a machine are text");
            return null;
        }
    }

    private void AddFile(YamlScalar at, string path, string text, string? mode, YamlScalar? owner = null)
    {
        Node.Pairs file = new(at);
        file.Add("content", Node.Text(at, text));
        file.Add("mode", mode is null ? null : Node.Text(at, mode));
        string[] names = owner?.Text.Split(':', 2) ?? [];
        file.Add("owner", names.Length > 0 && names[0].Length > 0 ? Node.Text(owner!, names[0]) : null);
        file.Add("group", names.Length > 1 ? Node.Text(owner!, names[1]) : null);
        if (_files.Has(path))
        {
            faults.Add(at, $"'{path}' is written twice; the first stands");
            return;
        }
        _files.Add(Node.Text(at, path), file.ToMapping());
    }

    private void ReadCommands(string key, Action<YamlScalar, string, IReadOnlyList<string>> add)
    {
        int number = 0;
        foreach (YamlValue item in Items(_reader, key))
        {
            number++;
            string name = string.Create(CultureInfo.InvariantCulture, $"{key}-{number:D3}");
            if (item is YamlScalar { Text.Length: > 0 } line)
            {
                add(line, name, ["/bin/sh", "-c", line.Text]);
            }
            else if (item is YamlSequence { Items: [YamlScalar { Text.Length: > 0 } program, ..] } list
                && list.Items.All(i => i is YamlScalar))
            {
                List<string> command = [];
                foreach (YamlValue word in list.Items)
                {
                    command.Add(((YamlScalar)word).Text);
                }
                if (program.Text[0] != '/')
                {
                    command.Insert(0, "/usr/bin/env"); // cloud-init looks in PATH
                }
                add(program, name, command);
            }
            else
            {
                faults.Add(
                    item, $"an entry of '{key}' is {item.Kind}; expected a line for the shell, or a list of a program and its arguments");
            }
        }
    }

    private void ReadTime()
    {
        if (_reader.Mapping("ntp") is not MappingReader time)
        {
            return;
        }
        bool isOn = time.Flag("enabled", otherwise: true);
        List<YamlValue> servers = [.. time.Texts("servers"), .. time.Texts("pools")];
        time.Done();
        if (!isOn)
        {
            faults.Add(time.Value("enabled")!, "the clock's service is what the image has; 'enabled: false' does not stop it");
        }
        else if (servers.Count > 0)
        {
            words.Add("time-servers", new YamlSequence(servers[0].File, servers[0].Line, servers[0].Column, servers));
        }
    }

    // cloud-init, module "Mounts": lists as the fields of fstab(5)
    private void ReadMounts()
    {
        Node.Pairs mounts = new(data);
        foreach (YamlValue item in Items(_reader, "mounts"))
        {
            if (item is not YamlSequence { Items: [YamlScalar from, YamlScalar place, ..] } list || list.Items.Count > 6)
            {
                faults.Add(item, "an entry of 'mounts' needs a list of a device, where it is mounted, its type and its options");
                continue;
            }
            Node.Pairs mount = new(place);
            mount.Add("from", from);
            mount.Add("type", list.Items.Count > 2 && list.Items[2] is YamlScalar type ? type : null);
            if (list.Items.Count > 3 && list.Items[3] is YamlScalar options)
            {
                string[] all = options.Text.Split(',', StringSplitOptions.RemoveEmptyEntries);
                string[] kept = [.. all.Where(o => o is not ("nofail" or "defaults"))];
                mount.Add("options", kept.Length == 0 ? null : Node.List(options, kept));
                mount.Add("optional", all.Contains("nofail") ? Node.Text(options, "true") : null);
            }
            if (mounts.Has(place.Text))
            {
                faults.Add(place, $"'{place.Text}' is mounted twice; the first stands");
                continue;
            }
            mounts.Add(place, mount.ToMapping());
        }
        words.Add("mounts", mounts.ToMappingOrNothing());
    }

    private void ReadCertificates()
    {
        if (_reader.Mapping("ca_certs") is not MappingReader certificates)
        {
            return;
        }
        RefuseTrue(certificates, "remove_defaults", "the authorities of the image stay");
        int number = 0;
        foreach (YamlScalar text in certificates.Texts("trusted"))
        {
            number++;
            AddFile(text, string.Create(
                CultureInfo.InvariantCulture, $"{Places.Certificates}/owner-{number:D3}.crt"), text.Text.Trim() + "\n", null);
        }
        certificates.Done();
    }

    // the machine grows what it keeps by itself, and its root is not a partition
    private void ReadGrow()
    {
        if (_reader.Mapping("growpart") is not MappingReader grow)
        {
            return;
        }
        if (grow.Scalar("mode") is { Text: not ("auto" or "growpart") } mode)
        {
            faults.Add(mode, $"'mode' is '{mode.Text}'; a machine grows what it keeps by itself, so expected auto");
        }
        foreach (YamlScalar device in grow.Texts("devices").Where(d => d.Text != "/"))
        {
            faults.Add(device, $"'{device.Text}' is not grown; expected '/' alone");
        }
        grow.Done();
    }

    private void RefuseTrue(MappingReader reader, string key, string why)
    {
        if (reader.Flag(key, otherwise: false))
        {
            faults.Add(reader.Value(key)!, $"'{key}: true' cannot be honoured: {why}");
        }
    }

    private IEnumerable<YamlValue> Items(MappingReader reader, string key)
    {
        if (reader.Value(key) is not YamlValue value)
        {
            return [];
        }
        if (value is not YamlSequence { Items: IReadOnlyList<YamlValue> items })
        {
            faults.Add(value, $"'{key}' is {value.Kind}; expected a list");
            return [];
        }
        if (items.Count > MostEntries)
        {
            faults.AddFrom(items[MostEntries], $"'{key}' has {items.Count} entries, at most {MostEntries} may be");
        }
        return items.Take(MostEntries);
    }
}
