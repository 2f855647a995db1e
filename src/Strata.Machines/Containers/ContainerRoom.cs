using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Toolbox;

namespace Strata.Machines.Containers;

/// <summary>
/// Namespaces of the host, the user's included, in which one container lives; a shell in them does what it is told. When its input ends,
/// however this program ended, all processes in them end with it.
/// </summary>
/// <remarks>
/// Number 0 inside is whoever runs us, so what it may do outside is what that user may. The other numbers are lent: to root by itself, to
/// others by the host (subuid(5), newuidmap(1)). Where nobody lends any, there is the one.
/// </remarks>
internal sealed class ContainerRoom : IAsyncDisposable
{
    // inside, outside, how many: the end of what systemd sets apart for containers ("UIDs and GIDs on systemd systems")
    private const string LentByRoot = "1:1878982657:65535";
    private const int LongestOutput = 1 << 20; // bytes
    private const int BlockBytes = 512; // what BusyBox's 'ulimit -f' counts in

    private static readonly string[] s_one = ["--map-root-user"];
    private static readonly string[] s_ofHost = ["--map-root-user", "--map-auto"];
    private static readonly string[] s_ofRoot =
    [
        .. ((string[])["users", "groups"]).SelectMany(k => (string[])[$"--map-{k}=0:0:1", $"--map-{k}={LentByRoot}"]),
        "--setuid", "0", "--setgid", "0",
    ];

    private static readonly TimeSpan s_probe = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_parting = TimeSpan.FromSeconds(10);

    private readonly ToolTree _tools;
    private readonly string _folder;
    private readonly ChildProcess _shell;
    private readonly Task _reading;
    private readonly Task<string> _complaints;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<int>> _jobs = new();
    private int _last;

    private ContainerRoom(ToolTree tools, string folder, IReadOnlyList<string> accounts, bool hasAccounts)
    {
        (_tools, _folder, HasAccounts) = (tools, folder, hasAccounts);
        ProcessStartInfo start = Start(tools, accounts, "sh");
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        try
        {
            _shell = ChildProcess.Start(start);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StrataException($"cannot make a room for a container: {e.Message}", innerException: e);
        }
        _complaints = _shell.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    /// <summary>True when files and processes inside can belong to others than root.</summary>
    public bool HasAccounts { get; }

    /// <summary>Makes one.</summary>
    /// <param name="tools">Tree with <c>unshare</c>, <c>busybox</c>, <c>tar</c> and <c>crun</c>.</param>
    /// <param name="folder">Gets what commands say.</param>
    /// <exception cref="StrataException">The host allows none.</exception>
    public static ContainerRoom Open(ToolTree tools, string folder)
    {
        string said = "";
        foreach (IReadOnlyList<string> accounts in Lent())
        {
            ToolResult tried = ToolRun.ToEnd(Start(tools, accounts, "true"), s_probe);
            if (tried.ExitCode == 0)
            {
                return new ContainerRoom(tools, folder, accounts, hasAccounts: accounts != s_one);
            }
            said = tried.Errors.Trim();
        }
        throw new StrataException($"cannot make a room for a container: {said}", NamespaceHint.Find());
    }

    /// <summary>A command of the tree in words, for <see cref="Begin"/>.</summary>
    public IReadOnlyList<string> Tool(string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = _tools.Command(program, arguments);
        return [start.FileName, .. start.ArgumentList];
    }

    /// <summary>A command of BusyBox in words.</summary>
    public IReadOnlyList<string> Busybox(params IEnumerable<string> words) => [_tools.PathOf("usr/bin/busybox"), .. words];

    /// <summary>Starts a command without input; both its outputs go to a file, as far as they are read.</summary>
    /// <param name="command">Its words.</param>
    /// <param name="output">The file; what is more than <paramref name="longest"/> bytes is dropped.</param>
    /// <param name="longest">Most bytes that are kept.</param>
    /// <returns>Its exit code, once it has ended and nobody writes to its output any more.</returns>
    public Task<int> Begin(IReadOnlyList<string> command, string output, long longest = LongestOutput)
    {
        int number = ++_last;
        TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _jobs[number] = ended;
        string code = Quote(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"code-{number}")));
        string cat = string.Join(' ', Busybox("cat").Select(Quote));
        // the first 'cat' ends there, and the second takes the rest
        string blocks = (longest / BlockBytes).ToString(CultureInfo.InvariantCulture);
        string words = string.Join(' ', command.Select(Quote));
        byte[] line = Encoding.UTF8.GetBytes(
            $"{{ {{ {words} </dev/null 2>&1; echo $? >{code}; }} | "
            + $"{{ ( ulimit -f {blocks}; exec {cat} >{Quote(output)} ); {cat} >/dev/null; }}; "
            + $"read -r ended <{code}; echo \"{number.ToString(CultureInfo.InvariantCulture)} $ended\"; }} &\n");
        try
        {
            _shell.StandardInput.Write(line);
            _shell.StandardInput.Flush();
        }
        catch (IOException e)
        {
            throw new StrataException($"cannot go on with a container: its room is gone: {e.Message}", innerException: e);
        }
        return ended.Task;
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>Exit code and output; null when it did not end within the time, and then it goes on.</returns>
    public async Task<(int ExitCode, string Output)?> RunAsync(
        IReadOnlyList<string> command, TimeSpan within, TimeProvider time, CancellationToken cancellationToken)
    {
        string output = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"said-{_last + 1}"));
        try
        {
            int exitCode = await Begin(command, output)
                .WaitAsync(within > TimeSpan.Zero ? within : TimeSpan.FromMilliseconds(1), time, cancellationToken);
            return (exitCode, await File.ReadAllTextAsync(output, cancellationToken));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _shell.StandardInput.DisposeAsync();
        if (!_shell.WaitForExit(s_parting))
        {
            _shell.Kill(); // unshare, which takes the rest along (--kill-child)
        }
        await _reading;
        _shell.Dispose();
    }

    // in the order in which they are tried
    private static IEnumerable<IReadOnlyList<string>> Lent() => [Environment.IsPrivilegedProcess ? s_ofRoot : s_ofHost, s_one];

    private static ProcessStartInfo Start(ToolTree tools, IReadOnlyList<string> accounts, params string[] busybox) => tools.Command(
        "usr/bin/unshare",
        [
            "--user", .. accounts, "--mount", "--mount-proc", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts", "--cgroup",
            tools.PathOf("usr/bin/busybox"), .. busybox,
        ]);

    private static string Quote(string word) => $"'{word.Replace("'", """'\''""", StringComparison.Ordinal)}'";

    private async Task ReadAsync()
    {
        while (await _shell.StandardOutput.ReadLineAsync() is string line)
        {
            if (line.Split(' ') is [string number, string code]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int job)
                && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int exitCode)
                && _jobs.TryRemove(job, out TaskCompletionSource<int>? ended))
            {
                ended.SetResult(exitCode);
            }
        }
        string said = (await _complaints).Trim();
        foreach (TaskCompletionSource<int> left in _jobs.Values)
        {
            left.TrySetException(
                new StrataException($"cannot go on with a container: its room ended{(said.Length == 0 ? "" : $": {said}")}"));
        }
    }
}
