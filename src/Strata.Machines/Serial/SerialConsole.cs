using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;

namespace Strata.Machines.Serial;

/// <summary>What a command did.</summary>
/// <param name="ExitCode">Its exit code, 0 to 255.</param>
/// <param name="Output">What the line said between its start and end, lines ended by line feeds.</param>
public sealed record CommandResult(int ExitCode, string Output)
{
    /// <summary>The output without lines of the kernel, which writes to the same line whenever it likes.</summary>
    public string OutputWithoutKernelMessages => TerminalText.WithoutKernelMessages(Output);
}

/// <summary>Types commands at a POSIX shell on a serial line and finds out exactly what they said and how they ended.</summary>
/// <remarks>
/// Begin and end of each output are marked with numbered lines. A marker is typed in two halves that only <c>printf</c> puts together,
/// so an echo of what was
/// typed is never mistaken for it, and the end is said twice, so that a kernel message in the middle of one does not hide it. Each
/// command runs in a subshell
/// without input: it cannot leave the shell, change its folder or swallow the next command. One command at a time; not for concurrent use.
/// </remarks>
/// <param name="log">What the line says.</param>
/// <param name="input">The line's other direction.</param>
/// <param name="time">The clock of the deadlines.</param>
public sealed partial class SerialConsole(SerialLog log, Stream input, TimeProvider time)
{
    /// <summary>Characters of output accepted from one command unless told otherwise.</summary>
    public const int DefaultOutputLimit = 1 << 20;

    /// <summary>
    /// From this many characters on, output is looked at ten times a second instead of with each piece, which may be of a few bytes.
    /// </summary>
    private const int LargeOutput = 64 * 1024;

    private static readonly TimeSpan s_largeOutputPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_greetingInterval = TimeSpan.FromSeconds(2);

    private readonly SerialLog _log = log ?? throw new ArgumentNullException(nameof(log));
    private readonly Stream _input = input ?? throw new ArgumentNullException(nameof(input));
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private int _number;

    /// <summary>Logs in at a <c>login:</c> prompt that is already shown.</summary>
    /// <param name="user">The name.</param>
    /// <param name="password">The password, or null when none will be asked for.</param>
    /// <param name="deadline">For the password prompt.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">There was no prompt for the password.</exception>
    public async Task LoginAsync(string user, string? password, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        ShellText.ThrowIfUntypable(user);
        long before = _log.Length;
        await TypeAsync($"{user}\n", cancellationToken);
        if (password is null)
        {
            return;
        }
        bool asked = await WithinAsync(
            deadline,
            async token => await _log.WaitForLineAsync(l => l.Contains("assword", StringComparison.Ordinal), before, token) is not null,
            cancellationToken);
        if (!asked)
        {
            throw new MachineException($"cannot log in as '{user}': no password was asked for within {Deadline.InSeconds(deadline)}", _log);
        }
        await TypeAsync($"{password}\n", cancellationToken);
    }

    /// <summary>Finds the shell: greets it until it answers, then switches off echo and prompts.</summary>
    /// <exception cref="MachineTimeoutException">No shell answered in time.</exception>
    public async Task AttachAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        bool attached = await WithinAsync(deadline, GreetAsync, cancellationToken);
        if (!attached)
        {
            throw new MachineTimeoutException(
                $"cannot find a shell on the serial line: none answered within {Deadline.InSeconds(deadline)}", _log);
        }
    }

    /// <summary>Types a line and does not wait for anything.</summary>
    public async Task TypeLineAsync(string line, CancellationToken cancellationToken = default)
    {
        ShellText.ThrowIfUntypable(line);
        await TypeAsync($"{line}\n", cancellationToken);
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">For a POSIX shell; several lines are fine.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="outputLimit">Characters of output accepted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MachineTimeoutException">It did not end in time. The shell is busy with it still.</exception>
    /// <exception cref="MachineException">Its output is larger than allowed, or the line ended.</exception>
    public async Task<CommandResult> RunAsync(
        string command, TimeSpan deadline, int outputLimit = DefaultOutputLimit, CancellationToken cancellationToken = default)
    {
        ShellText.ThrowIfUntypable(command);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputLimit, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputLimit, SerialLog.DefaultCapacity / 4);
        CommandResult? result = null;
        bool ended = await WithinAsync(
            deadline,
            async token =>
            {
                result = await TypeCommandAsync(command, outputLimit, token);
                return true;
            },
            cancellationToken);
        return ended ? result! : throw new MachineTimeoutException(
            $"cannot run '{ShellText.Shorten(command)}' in the guest: it did not end within {Deadline.InSeconds(deadline)}", _log);
    }

    private async Task<bool> GreetAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int number = ++_number;
            long before = _log.Length;
            // The empty line wakes up a console that asks for Enter.
            await TypeAsync(
                $"\nstty -echo 2>/dev/null; PS1=; PS2=; {ShellText.TabVariable}=$(printf '\\t'); {Say(number, "here>>")}\n", cancellationToken);
            bool answered = await WithinAsync(
                s_greetingInterval,
                async token => (await _log.WaitForLineAsync(Is(number, "here"), before, token) ?? throw LineEnded("find a shell")).End > 0,
                cancellationToken);
            if (answered)
            {
                return true;
            }
        }
    }

    private async Task<CommandResult> TypeCommandAsync(string command, int outputLimit, CancellationToken cancellationToken)
    {
        string shown = ShellText.Shorten(command);
        IReadOnlyList<string> pieces = ShellText.QuoteInPieces(command);
        string before = "";
        foreach (string piece in pieces.Take(pieces.Count - 1))
        {
            int part = ++_number;
            long sent = _log.Length;
            await TypeAsync($"strata_command={before}{piece}; {Say(part, "more>>")}\n", cancellationToken);
            _ = await _log.WaitForLineAsync(Is(part, "more"), sent, cancellationToken) ?? throw LineEnded($"run '{shown}'");
            before = "$strata_command";
        }
        int number = ++_number;
        long start = _log.Length;
        string end = Say(number, "end-%d>>", "\"$strata_exit\"");
        await TypeAsync(
            $"strata_command={before}{pieces[^1]}; {Say(number, "begin>>")}; "
            + $"(eval \"$strata_command\") </dev/null; strata_exit=$?; {end}; {end}\n",
            cancellationToken);
        while (true)
        {
            string text = _log.TextFrom(start);
            if (FindResult(text, number) is { } result)
            {
                return result.Output.Length <= outputLimit ? result : throw TooLong(shown, outputLimit);
            }
            if (text.Length > outputLimit + 8192)
            {
                throw TooLong(shown, outputLimit);
            }
            if (!await _log.WaitForMoreAsync(start + text.Length, cancellationToken))
            {
                throw LineEnded($"run '{shown}'");
            }
            if (text.Length > LargeOutput)
            {
                await Task.Delay(s_largeOutputPause, _time, cancellationToken);
            }
        }
    }

    /// <summary>The result when both markers of a number are in the text.</summary>
    internal static CommandResult? FindResult(string text, int number)
    {
        string name = number.ToString(CultureInfo.InvariantCulture);
        string normal = TerminalText.NormalizeLineEnds(text);
        CommandResult? plain = Find(normal);
        CommandResult? cleaned = Find(TerminalText.WithoutKernelMessages(normal));
        // Where a kernel message cut the first end marker in two, only the cleaned text ends at the right place.
        return plain is not null && (cleaned is null || plain.OutputWithoutKernelMessages == cleaned.Output) ? plain : cleaned;

        CommandResult? Find(string from)
        {
            string begin = $"<<strata-{name}-begin>>\n";
            int first = from.IndexOf(begin, StringComparison.Ordinal);
            if (first < 0)
            {
                return null;
            }
            Match end = EndMarker().Match(from, first);
            while (end.Success && end.Groups["number"].Value != name)
            {
                end = end.NextMatch();
            }
            if (!end.Success)
            {
                return null;
            }
            string output = from[(first + begin.Length)..Math.Max(end.Index, first + begin.Length)];
            return new CommandResult(int.Parse(end.Groups["exit"].Value, CultureInfo.InvariantCulture), output);
        }
    }

    /// <summary>A command that prints a marker on a line of its own.</summary>
    private static string Say(int number, string what, string argument = "") =>
        $"printf '\\n%s{number.ToString(CultureInfo.InvariantCulture)}-{what}\\n' '<<strata-' {argument}".TrimEnd();

    private static Func<string, bool> Is(int number, string what)
    {
        string marker = $"<<strata-{number.ToString(CultureInfo.InvariantCulture)}-{what}>>";
        return line => line.Contains(marker, StringComparison.Ordinal);
    }

    private async Task TypeAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            await _input.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            await _input.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw LineEnded("type on the serial line");
        }
    }

    private MachineException LineEnded(string what) => new($"cannot {what}: the serial line ended", _log);

    private MachineException TooLong(string shown, int limit) =>
        new($"cannot run '{shown}' in the guest: its output is longer than {limit} characters", _log);

    /// <summary>False when time ran out; a cancellation by the caller is thrown.</summary>
    private async Task<bool> WithinAsync(TimeSpan deadline, Func<CancellationToken, Task<bool>> work, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(deadline, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await work(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // In a nested wait the token of the outer one is the caller's: it throws above this frame's condition.
            return false;
        }
    }

    [GeneratedRegex(@"\n<<strata-(?<number>[0-9]{1,9})-end-(?<exit>[0-9]{1,3})>>\n", RegexOptions.CultureInvariant)]
    private static partial Regex EndMarker();
}
