using System.Globalization;
using Strata.Core;
using Strata.Device.Kernel;

namespace Strata.Init.CommandLine;

/// <summary>Reads <see cref="BootOptions"/>. Nothing on a command line keeps a system from starting: what is wrong is told and left out.</summary>
internal static class BootOptionsParser
{
    /// <summary>Longest wait that is accepted, in seconds.</summary>
    public const int LongestWait = 3600;

    private static readonly string[] s_dotted =
        ["strata.ask", "strata.corrupt", "strata.debug", "strata.reset", "strata.seed", "strata.seed.sha256", "strata.store",
            "strata.strict", "strata.upper", "strata.verify", "strata.wait"];

    /// <summary>Reads the text of <c>/proc/cmdline</c>. Of a word given twice the last counts.</summary>
    public static BootOptions Parse(string line)
    {
        BootOptions options = new();
        List<string> problems = [];
        string? state = null;
        bool isReadOnly = false;
        foreach (KernelWord word in KernelWords.Split(line).Words)
        {
            switch (word.Name)
            {
                case "caps":
                    options = options with { Caps = word.Value ?? "" };
                    break;
                case "state":
                    state = word.Value;
                    break;
                case "copy2ram":
                    options = options with { IsCopiedToMemory = IsOn(word) };
                    break;
                case "kiosk":
                    options = options with { IsKiosk = IsOn(word) };
                    break;
                case "ro" or "rw":
                    isReadOnly = word.Name == "ro";
                    break;
                case "quiet":
                    options = options with { IsQuiet = true };
                    break;
                case "init":
                    options = options with { Init = word.Value is ['/', ..] ? word.Value : null };
                    if (options.Init is null)
                    {
                        problems.Add($"init={word.Value} is no absolute path; the usual programs are tried");
                    }
                    break;
                case "panic" when int.TryParse(word.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seconds):
                    options = options with { PanicSeconds = seconds == 0 ? null : seconds };
                    break;
                case ['s', 't', 'r', 'a', 't', 'a', '.', ..]:
                    options = Dotted(options, word, problems);
                    break;
            }
        }
        options = WithChanges(options, state, isReadOnly, problems);
        return options with { Problems = problems };
    }

    /// <summary>Arguments for the system's own init: those the kernel gave to this program, without the words of this program.</summary>
    public static IReadOnlyList<string> ForInit(IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        List<string> passed = [];
        foreach (string argument in arguments)
        {
            if (argument is not ("copy2ram" or "kiosk"))
            {
                passed.Add(argument);
            }
        }
        return passed;
    }

    private static BootOptions Dotted(BootOptions options, KernelWord word, List<string> problems)
    {
        switch (word.Name)
        {
            case "strata.debug":
                return options with { IsDebug = IsOn(word) };
            case "strata.seed" or "strata.seed.sha256":
                return options; // for the agent, when there is a network
            case "strata.reset":
                return options with { IsReset = IsOn(word) };
            case "strata.strict":
                return options with { IsStrict = IsOn(word) };
            case "strata.store" when word.Value is { Length: > 0 }:
                return options with { Store = word.Value };
            case "strata.verify" when word.Value is "start" or "read":
                return options with { IsVerifiedWhenRead = word.Value == "read" };
            case "strata.corrupt" when word.Value is "error" or "restart" or "panic":
                return options with
                {
                    Corruption = word.Value switch
                    {
                        "restart" => CorruptionKind.Restart,
                        "panic" => CorruptionKind.Panic,
                        _ => CorruptionKind.Error,
                    },
                };
            case "strata.upper" when IsSize(word.Value):
                return options with { MemorySize = word.Value };
            case "strata.wait" when int.TryParse(word.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds <= LongestWait:
                return options with { WaitSeconds = seconds };
            case "strata.ask"
                when int.TryParse(word.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds <= LongestWait:
                return options with { AskSeconds = seconds };
        }
        string text = word.Value is null ? word.Name : $"{word.Name}={word.Value}";
        problems.Add(word.Name switch
        {
            "strata.store" => "strata.store= names nothing: give the label, the UUID or the name of a partition",
            "strata.verify" => $"{text} is not understood: 'start' verifies layers before they are used, 'read' while they are read",
            "strata.corrupt" => $"{text} is not understood: a changed block gives an 'error', or 'restart' or 'panic' of the machine",
            "strata.upper" => $"{text} is no size: write 50% or 512M",
            "strata.wait" => $"{text} is no number of seconds from 0 to {LongestWait}; {options.WaitSeconds} s are waited",
            "strata.ask" => $"{text} is no number of seconds from 0 to {LongestWait}; {options.AskSeconds} s are waited for a key",
            _ => $"{text} is not understood{NearMiss.Suggestion(word.Name, s_dotted)}; it is left out",
        });
        return options;
    }

    private static BootOptions WithChanges(BootOptions options, string? state, bool isReadOnly, List<string> problems)
    {
        bool hasState = state is { Length: > 0 };
        if (state is "")
        {
            problems.Add("state= names nothing: changes go into memory");
        }
        if (isReadOnly)
        {
            if (hasState)
            {
                problems.Add($"state={state} is left out: 'ro' asks for a system that cannot be changed");
            }
            return options with { Changes = ChangesKind.None };
        }
        if (options.IsKiosk && hasState)
        {
            problems.Add($"state={state} is left out: 'kiosk' asks that no change outlives a restart");
            hasState = false;
        }
        return hasState ? options with { Changes = ChangesKind.Partition, State = state! } : options;
    }

    private static bool IsOn(KernelWord word) => word.Value is not ("0" or "no" or "off" or "n");

    /// <summary>Sizes as tmpfs(5) takes them: a percentage of the memory, or bytes with k, m or g behind.</summary>
    private static bool IsSize(string? text)
    {
        if (text is null || text.Length is < 2 or > 12 || !char.IsAsciiLetterOrDigit(text[0]))
        {
            return false;
        }
        bool isNumber = long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0;
        return isNumber && (text[^1] == '%' ? number <= 100 : "kmgKMG0123456789".Contains(text[^1], StringComparison.Ordinal));
    }
}
