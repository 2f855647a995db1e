using System.Globalization;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>A program that init starts and starts again when it ends.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Program">First word of its command.</param>
/// <param name="IsDaemon">True when it should run always; a console ends when somebody leaves it.</param>
public sealed record KeptProgram(string Service, string Program, bool IsDaemon);

/// <summary>Daemons of which nothing stays.</summary>
/// <param name="AtLeast">So many of them do not run; 0 when all do.</param>
/// <param name="Services">Among these; where there are more, one cannot tell which.</param>
public sealed record EndedServices(int AtLeast, IReadOnlyList<string> Services)
{
    /// <summary>All run.</summary>
    public static EndedServices None { get; } = new(0, []);

    /// <summary>A sentence for people.</summary>
    public override string ToString()
    {
        string names = string.Join(", ", Services.Select(s => $"'{s}'"));
        return AtLeast == 0 ? "every service stays"
            : Services.Count > AtLeast
                ? $"at least {AtLeast} of the services {names} does not stay: its program ends, and init starts it again and again"
            : AtLeast == 1 ? $"service {names} does not stay: its program ends, and init starts it again and again"
            : $"services {names} do not stay: their programs end, and init starts them again and again";
    }
}

/// <summary>Sees daemons that end as soon as they are started. Init starts them again each second, and nobody is told.</summary>
/// <remarks>
/// What init (process 1) has started is counted twice: who is there both times stays. A daemon's script may end in <c>exec</c>, and its
/// process then
/// has another name: so as many processes as stay without being recognised may be daemons that were not recognised, and only what is
/// missing beyond
/// that is told.
/// </remarks>
public static class ServiceWatch
{
    /// <summary>A line for each child of init: <c>/proc/PID/stat</c> (proc(5)) and the command line.</summary>
    internal const string Script = """
        for p in /proc/[0-9]*; do { read -r l <$p/stat; } 2>/dev/null && case $l in *") "?" 1 "*) echo "$l|$(tr '\0' ' ' <$p/cmdline)";; esac; done
        """;

    private const int MostLooks = 5; // daemons may start after the line that says that the system is ready
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3);

    /// <summary>Looks whether they run.</summary>
    /// <param name="console">A shell in the guest.</param>
    /// <param name="programs">What init should keep running.</param>
    /// <param name="time">The clock of the pauses: the guest's.</param>
    /// <param name="within">How long an answer may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MachineException">The shell does not answer.</exception>
    public static async Task<EndedServices> EndedAsync(
        SerialConsole console, IReadOnlyList<KeptProgram> programs, TimeProvider time, TimeSpan within, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(programs);
        if (!programs.Any(p => p.IsDaemon))
        {
            return EndedServices.None;
        }
        string before = await LookAsync();
        for (int look = 1; ; look++)
        {
            await Task.Delay(s_pause, time, cancellationToken);
            string after = await LookAsync();
            EndedServices ended = Ended(programs, before, after);
            if (ended.AtLeast == 0 || look == MostLooks)
            {
                return ended;
            }
            before = after;
        }

        async Task<string> LookAsync() =>
            (await console.RunAsync(Script, within, cancellationToken: cancellationToken)).OutputWithoutKernelMessages;
    }

    /// <summary>Compares two looks.</summary>
    internal static EndedServices Ended(IReadOnlyList<KeptProgram> programs, string before, string after)
    {
        HashSet<(string Id, string Started)> first = [.. Children(before).Select(c => (c.Id, c.Started))];
        List<string[]> staying = [.. Children(after).Where(c => first.Contains((c.Id, c.Started))).Select(c => c.Words)];
        List<string> missing = [];
        foreach (KeptProgram program in programs)
        {
            int found = staying.FindIndex(words => words.Any(w => IsSame(w, program.Program)));
            if (found >= 0)
            {
                staying.RemoveAt(found);
            }
            else if (program.IsDaemon)
            {
                missing.Add(program.Service);
            }
        }
        return missing.Count > staying.Count ? new EndedServices(missing.Count - staying.Count, missing) : EndedServices.None;
    }

    // a login shell has a dash before its name; a script's interpreter stands before the script
    private static bool IsSame(string word, string program) => FileName(word.TrimStart('-')) == FileName(program);

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    // pid (comm) state ppid … starttime is field 22; comm may have blanks and parentheses. Of the command line two words: what runs, or
    // what an interpreter runs
    private static IEnumerable<(string Id, string Started, string[] Words)> Children(string answer)
    {
        foreach (string line in answer.Split('\n'))
        {
            int open = line.IndexOf('(', StringComparison.Ordinal);
            int bar = line.LastIndexOf('|');
            int close = bar < 0 ? -1 : line.LastIndexOf(')', bar);
            string[] fields = close > open && open > 0 ? line[(close + 1)..bar].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            if (fields.Length > 19 && fields[1] == "1"
                && int.TryParse(line[..open].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                string[] words = [.. line[(bar + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)];
                yield return (line[..open].Trim(), fields[19], words.Length > 0 ? words : [line[(open + 1)..close]]);
            }
        }
    }
}
