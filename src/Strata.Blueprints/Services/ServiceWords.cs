using System.Text.RegularExpressions;
using Strata.Blueprints.Names;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>
/// What a file says of a service: everything about one of its own, or, in a blueprint, what is to be otherwise with one of a capability.
/// </summary>
internal sealed partial record ServiceWords
{
    private const string Off = "off";

    private ServiceWords(YamlScalar place) => Place = place;

    /// <summary>Its name, where it stands.</summary>
    public YamlScalar Place { get; }

    /// <summary>True for <c>off</c>: the service of that name is not started.</summary>
    public bool IsOff { get; private init; }

    /// <summary>When and how it runs; null when nothing is said of it.</summary>
    public ServiceKind? Kind { get; private init; }

    /// <summary>Program and arguments; null when nothing is said of them.</summary>
    public IReadOnlyList<string>? Command { get; private init; }

    /// <summary>The device of a console; null when nothing is said of it.</summary>
    public YamlScalar? Terminal { get; private init; }

    /// <summary>The rest.</summary>
    public ServiceOptions Options { get; private init; } = new();

    /// <summary>Reads <c>services:</c>.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="mayChange">True in a blueprint, which may change what a capability says, and so need not say all.</param>
    public static IReadOnlyList<ServiceWords> ReadAll(MappingReader reader, bool mayChange)
    {
        ArgumentNullException.ThrowIfNull(reader);
        List<ServiceWords> services = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("services"))
        {
            if (!NamePatterns.Name().IsMatch(key.Text))
            {
                reader.Faults.Add(key, $"'{key.Text}' is no name of a service; expected lower-case letters, digits and dashes");
            }
            if (mayChange && value is YamlScalar { Text: Off })
            {
                services.Add(new ServiceWords(key) { IsOff = true });
            }
            else if (MappingReader.Of(value, $"service '{key.Text}'", reader.Faults) is MappingReader service)
            {
                services.Add(Read(key, service));
            }
        }
        return services;
    }

    /// <summary>A service of which these are all words.</summary>
    public Service ToService(FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Command is null)
        {
            faults.Add(Place, $"service '{Place.Text}' has no 'command'; expected a program and its arguments");
        }
        return Check(new Service(Place.Text, Kind ?? ServiceKind.Daemon, Command ?? [], Terminal?.Text, Place) { Options = Options },
            faults);
    }

    /// <summary>Another service with these words instead of its own; what they do not say stays.</summary>
    public Service Change(Service service, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(service);
        ServiceKind kind = Kind ?? service.Kind;
        return Check(
            new Service(service.Name, kind, Command ?? service.Command,
                Terminal?.Text ?? (kind == ServiceKind.Console ? service.Terminal : null), Place)
            {
                Options = service.Options.With(Options),
            },
            faults);
    }

    private static ServiceWords Read(YamlScalar key, MappingReader service)
    {
        FaultList faults = service.Faults;
        string? kind = service.Value("kind") is null ? null
            : service.Choice("kind", "daemon", "setup", "once", "daemon", "console", "shutdown");
        IReadOnlyList<YamlScalar> command = service.Texts("command");
        YamlScalar? terminal = service.Scalar("terminal");
        if (command.Count == 0 && service.Value("command") is YamlSequence { Items.Count: 0 } nothing)
        {
            faults.Add(nothing, $"the command of service '{key.Text}' is empty; expected a program and its arguments");
        }
        else if (command.Count > 0 && !GuestPath.TryParse(command[0].Text, out _, out _))
        {
            faults.Add(
                command[0],
                $"service '{key.Text}' starts '{command[0].Text}'; expected the absolute path of a program: no init looks for it");
        }
        foreach (YamlScalar argument in command.Where(c => c.Text.Contains('\0', StringComparison.Ordinal)))
        {
            faults.Add(argument, "a NUL; no program can be given one");
        }
        if (terminal is not null && !TerminalPattern().IsMatch(terminal.Text))
        {
            faults.Add(terminal, $"'{terminal.Text}' is no terminal; expected the name of a device below /dev such as ttyS0");
        }
        bool hasCommand = service.Value("command") is not null;
        ServiceOptions options = OptionWords.Read(service);
        service.Done();
        return new ServiceWords(key)
        {
            Kind = kind is null ? null : Enum.Parse<ServiceKind>(kind, ignoreCase: true),
            Command = hasCommand ? [.. command.Select(c => c.Text)] : null,
            Terminal = terminal,
            Options = options,
        };
    }

    private Service Check(Service service, FaultList faults)
    {
        if (service is { Kind: ServiceKind.Console, Terminal: null })
        {
            faults.Add(Place, $"service '{service.Name}' is a console and needs a 'terminal' such as ttyS0");
        }
        else if (service.Kind != ServiceKind.Console && Terminal is not null)
        {
            faults.Add(Terminal, $"service '{service.Name}' is no console and has no use for a 'terminal'");
        }
        return service;
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_/-]{0,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalPattern();
}
