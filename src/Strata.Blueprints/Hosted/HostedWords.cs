using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Blueprints.Names;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary>Reads <c>containers:</c>. Faults are collected, none is thrown.</summary>
internal static partial class HostedWords
{
    private const int MostContainers = 64;
    private const int MostPorts = 64;
    private const int MostVolumes = 64;
    private const int LongestStart = 3600; // seconds; an image is fetched in it

    /// <summary>All of them; images that lie beside the file are looked up below <paramref name="folder"/>.</summary>
    public static IReadOnlyList<HostedContainer> ReadAll(MappingReader reader, string folder)
    {
        ArgumentNullException.ThrowIfNull(reader);
        List<HostedContainer> containers = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("containers"))
        {
            if (!NamePatterns.Name().IsMatch(key.Text))
            {
                reader.Faults.Add(key, $"'{key.Text}' is no name of a container; expected lower-case letters, digits and dashes");
            }
            else if (MappingReader.Of(value, $"container '{key.Text}'", reader.Faults) is MappingReader container)
            {
                containers.Add(Read(key, container, folder));
            }
        }
        if (containers.Count > MostContainers)
        {
            reader.Faults.Add(reader.Value("containers")!, $"{containers.Count} containers; expected at most {MostContainers}");
        }
        return containers;
    }

    private static HostedContainer Read(YamlScalar name, MappingReader words, string folder)
    {
        string pull = words.Choice("pull", "missing", "missing", "newer", "never");
        (string image, ShippedImage? shipped) = ReadImage(name, words, folder);
        List<PublishedPort> ports = ReadPorts(words);
        List<(GuestPath, YamlValue)> written = [];
        List<string> options = [.. ports.SelectMany(p => (string[])["--publish", p.ToString()]), .. ReadVolumes(words, written)];
        foreach ((string variable, string value) in OptionWords.ReadEnvironment(words) ?? [])
        {
            options.AddRange(["--env", $"{variable}={value}"]);
        }
        SecretWords secrets = SecretWords.Read(words, name.Text);
        HealthWords health = HealthWords.Read(words);
        SignatureWords signature = SignatureWords.Read(words, name.Text, image, folder);
        options.AddRange([.. secrets.Options, .. health.Options]);
        AddRights(words, options);
        AddLimits(OptionWords.ReadLimits(words), options);
        string network = words.Choice("network", "own", "own", "host", "none");
        if (words.Value("network") is YamlValue place && network != "own")
        {
            options.AddRange(["--network", network]);
            if (ports.Count > 0)
            {
                words.Faults.Add(place, $"with 'network: {network}' nothing of the machine leads to it; leave 'ports' out");
            }
        }
        StopPolicy stop = OptionWords.ReadStop(words) ?? StopPolicy.Usual;
        if (stop.Signal != StopPolicy.Usual.Signal)
        {
            options.AddRange(["--stop-signal", "SIG" + stop.Signal]);
        }
        IReadOnlyList<YamlScalar> command = words.Texts("command");
        foreach (YamlScalar word in command.Where(c => c.Text.Contains('\0', StringComparison.Ordinal)))
        {
            words.Faults.Add(word, "a NUL; no program can be given one");
        }
        ServiceOptions surroundings = new()
        {
            After = OptionWords.ReadNames(words, "after"),
            Requires = OptionWords.ReadNames(words, "requires"),
            Restart = OptionWords.ReadRestart(words),
            Ready = new Readiness(ReadyKind.File, "/run/strata/containers/" + name.Text, LongestStart),
            Stop = new StopPolicy("TERM", stop.Within + 30), // the engine stops it, and may have to kill it
        };
        words.Done();
        string patience = stop.Within.ToString(CultureInfo.InvariantCulture);
        string layout = shipped?.Folder.ToString() ?? "-";
        Service service = new(
            name.Text, ServiceKind.Daemon,
            [
                HostedContainer.Program, name.Text, pull, patience, health.Asked, signature.Policy, image, layout,
                .. options, image, .. command.Select(c => c.Text),
            ],
            null, name)
        { Options = surroundings };
        return new HostedContainer(service, name)
        {
            Files = [.. shipped?.Files ?? [], .. secrets.Files, .. signature.Files],
            Written = written,
            Ports = ports,
        };
    }

    private static (string Name, ShippedImage? Shipped) ReadImage(YamlScalar name, MappingReader words, string folder)
    {
        const string Expected = "expected REGISTRY/NAME:TAG, or {archive: FILE} for one that comes with the system";
        switch (words.Value("image", required: true))
        {
            case YamlScalar text when ImageName.Problem(text.Text) is string problem:
                words.Faults.Add(text, $"'{text.Text}': {problem}; {Expected}");
                return ("", null);
            case YamlScalar text:
                return (text.Text, null);
            case YamlMapping when words.Mapping("image") is MappingReader image:
                YamlScalar? archive = image.Scalar("archive", required: true);
                image.Done();
                if (words.Value("pull") is YamlValue pull)
                {
                    words.Faults.Add(pull, "'pull' of an image that comes with the system: it is fetched from nowhere");
                }
                ShippedImage? shipped = archive is null ? null : ShippedImage.Read(folder, archive, name.Text, words.Faults);
                return (shipped?.Name ?? "", shipped);
            case YamlValue other:
                words.Faults.Add(other, $"'image' is {other.Kind}; {Expected}");
                return ("", null);
            default:
                return ("", null);
        }
    }

    private static List<PublishedPort> ReadPorts(MappingReader words)
    {
        List<PublishedPort> ports = [];
        IReadOnlyList<YamlScalar> texts = words.Texts("ports");
        foreach (YamlScalar text in texts.Take(MostPorts))
        {
            if (PublishedPort.TryParse(text) is PublishedPort port)
            {
                ports.Add(port);
            }
            else
            {
                words.Faults.Add(
                    text,
                    $"'{text.Text}' leads nowhere; expected 80, \"8080:80\", \"127.0.0.1:8080:80\", "
                    + "or with its protocol \"53:53/udp\"");
            }
        }
        if (texts.Count > MostPorts)
        {
            words.Faults.Add(texts[MostPorts], $"{texts.Count} ports; expected at most {MostPorts}");
        }
        return ports;
    }

    private static List<string> ReadVolumes(MappingReader words, List<(GuestPath, YamlValue)> written)
    {
        List<string> options = [];
        foreach ((YamlScalar key, YamlValue value) in words.Pairs("volumes"))
        {
            YamlScalar? from = value as YamlScalar;
            bool isReadOnly = false;
            if (from is null && MappingReader.Of(value, $"volume '{key.Text}'", words.Faults) is MappingReader volume)
            {
                from = volume.Scalar("from", required: true);
                isReadOnly = volume.Flag("read-only", otherwise: false);
                volume.Done();
            }
            if (from is null || words.ToPath(key) is not GuestPath inside || words.ToPath(from) is not GuestPath outside)
            {
                continue;
            }
            if (inside.IsRoot || outside.IsRoot)
            {
                words.Faults.Add(inside.IsRoot ? key : from, "'/' is all there is; expected a folder below it");
            }
            foreach (YamlScalar path in ((YamlScalar[])[key, from]).Where(p => p.Text.AsSpan().IndexOfAny(":,") >= 0))
            {
                words.Faults.Add(path, $"'{path.Text}' has a ':' or ','; no engine can be told such a path");
            }
            if (!isReadOnly)
            {
                written.Add((outside, from));
            }
            options.AddRange(["--volume", $"{outside}:{inside}:{(isReadOnly ? "ro" : "rw")}"]);
        }
        if (options.Count > 2 * MostVolumes)
        {
            words.Faults.Add(words.Value("volumes")!, $"{options.Count / 2} volumes; expected at most {MostVolumes}");
        }
        return options;
    }

    private static void AddRights(MappingReader words, List<string> options)
    {
        if (words.Scalar("user") is YamlScalar user)
        {
            if (!UserPattern().IsMatch(user.Text))
            {
                words.Faults.Add(
                    user, $"'{user.Text}' is no user; expected a name or number of the image's, with a group behind a colon or without");
            }
            options.AddRange(["--user", user.Text]);
        }
        if (words.Flag("read-only", otherwise: false))
        {
            options.Add("--read-only");
        }
        if (words.Flag("no-new-privileges", otherwise: false))
        {
            options.AddRange(["--security-opt", "no-new-privileges"]);
        }
        if (OptionWords.ReadCapabilities(words) is List<string> kept)
        {
            options.AddRange(["--cap-drop", "all"]);
            options.AddRange(kept.SelectMany(c => (string[])["--cap-add", "CAP_" + c.ToUpperInvariant()]));
        }
    }

    private static void AddLimits(ServiceLimits? limits, List<string> options)
    {
        if (limits?.Memory is ByteSize memory)
        {
            string bytes = memory.Bytes.ToString(CultureInfo.InvariantCulture) + "b";
            options.AddRange(["--memory", bytes, "--memory-swap", bytes]); // none of it swapped out
        }
        if (limits?.Cpu is int percent)
        {
            options.AddRange(["--cpus", (percent / 100m).ToString(CultureInfo.InvariantCulture)]);
        }
        if (limits?.Processes is int processes)
        {
            options.AddRange(["--pids-limit", processes.ToString(CultureInfo.InvariantCulture)]);
        }
        if (limits?.Files is int files)
        {
            options.AddRange(["--ulimit", string.Create(CultureInfo.InvariantCulture, $"nofile={files}:{files}")]);
        }
    }

    [GeneratedRegex(@"\A([a-z_][a-z0-9_-]{0,30}|[0-9]{1,9})(:([a-z_][a-z0-9_-]{0,30}|[0-9]{1,9}))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserPattern();
}
