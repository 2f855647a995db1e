using System.Globalization;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>A service that does not stay, or that failed once and for all.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Failures">How often in a row it ended; 0 for one that is not started again.</param>
/// <param name="Code">The exit code of its last end.</param>
/// <param name="LastLines">The last lines of its log, oldest first.</param>
public sealed record EndedService(string Service, int Failures, string Code, IReadOnlyList<string> LastLines)
{
    /// <summary>A sentence for people, without the lines.</summary>
    public override string ToString() => Failures == 0
        ? $"service '{Service}' failed with code {Code}"
        : $"service '{Service}' does not stay: it ended {Failures} times in a row, the last time with code {Code}";
}

/// <summary>Sees services that end again and again, by what their supervisor notes in <c>/run/strata/services</c>.</summary>
public static class ServiceWatch
{
    /// <summary>
    /// <c>service NAME FAILURES CODE STATE</c> for each that has ended at all, and the last lines of its log, each after a bar. What is not
    /// known is a dash. Units that systemd started and that failed count too, as those of packages do not tell our supervisor.
    /// </summary>
    internal const string Script = """
        cd /run/strata/services 2>/dev/null && for s in *; do
        of() { read -r v 2>/dev/null <"$s/$1" && echo "$v" || echo -; }
        [ "$(of failures)" = - ] && [ "$(of state)" != failed ] && continue
        echo "service $s $(of failures) $(of code) $(of state)"
        { [ -r "/var/log/$s.log" ] && tail -n 5 "/var/log/$s.log" || journalctl -q --no-pager -o cat -n 5 -u "$s"; } 2>/dev/null | sed 's/^/|/'
        done; [ -d /run/systemd/system ] && systemctl --failed --plain --no-legend --no-pager 2>/dev/null | while read -r u _; do
        [ -e "/run/strata/services/${u%.service}" ] && continue
        echo "service ${u%.service} - $(systemctl show -P ExecMainStatus "$u") failed"
        journalctl -q --no-pager -o cat -n 5 -u "$u" 2>/dev/null | sed 's/^/|/'
        done; :
        """;

    private const int MostLooks = 5; // services may start after the line that says that the system is ready
    private const int MostServices = 200;
    private const int MostLines = 5;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3);

    // what its supervisor says between an end and the next start
    private static readonly string[] s_notRunning = ["failed", "restarting", "starting"];

    /// <summary>Looks, again and again while something does not stay.</summary>
    /// <param name="console">A shell in the guest.</param>
    /// <param name="time">The clock of the pauses: the guest's.</param>
    /// <param name="within">How long an answer may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What did not stay until the end.</returns>
    /// <exception cref="MachineException">The shell does not answer.</exception>
    public static async Task<IReadOnlyList<EndedService>> EndedAsync(
        SerialConsole console, TimeProvider time, TimeSpan within, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(console);
        string before = await LookAsync();
        for (int look = 1; ; look++)
        {
            await Task.Delay(s_pause, time, cancellationToken);
            string after = await LookAsync();
            IReadOnlyList<EndedService> ended = Ended(before, after);
            if (ended.Count == 0 || look == MostLooks)
            {
                return ended;
            }
            before = after;
        }

        async Task<string> LookAsync() =>
            (await console.RunAsync(Script, within, cancellationToken: cancellationToken)).OutputWithoutKernelMessages;
    }

    /// <summary>Compares two looks: who ended in between, or waits to be started.</summary>
    internal static IReadOnlyList<EndedService> Ended(string before, string after)
    {
        Dictionary<string, int> first =
            Read(before).DistinctBy(s => s.Ended.Service).ToDictionary(s => s.Ended.Service, s => s.Ended.Failures);
        return
        [
            .. Read(after).Where(s => s_notRunning.Contains(s.State) || s.Ended.Failures != first.GetValueOrDefault(s.Ended.Service))
                .Select(s => s.Ended),
        ];
    }

    private static List<(EndedService Ended, string State)> Read(string answer)
    {
        List<(EndedService Ended, string State)> services = [];
        List<string> lines = [];
        foreach (string line in answer.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (line.StartsWith('|') && services.Count > 0 && lines.Count < MostLines)
            {
                lines.Add(line[1..]);
            }
            else if (line.Split(' ') is ["service", string name, string failures, string code, string state]
                && services.Count < MostServices)
            {
                lines = [];
                _ = int.TryParse(failures, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
                services.Add((new EndedService(name, number, code, lines), state));
            }
        }
        return services;
    }
}
