using Strata.Core;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines.Containers;

/// <summary>What a command in a container, or about one, came to.</summary>
/// <param name="ExitCode">0 to 255.</param>
/// <param name="Output">Both of its outputs, as far as they were read.</param>
internal sealed record ContainerAnswer(int ExitCode, string Output);

/// <summary>A container of an image, started by crun in a room of its own. After disposal nothing of it is left but its log.</summary>
/// <remarks>
/// Its files lie in memory and its network has no way out. What is not as an engine has it: no limits of memory or processors, no filter of
/// system calls, volumes are memory.
/// </remarks>
internal sealed class RunningContainer : IAsyncDisposable
{
    private const string Name = "tested";
    private const long LongestLog = 16 << 20; // bytes
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_unpack = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_ask = TimeSpan.FromSeconds(30);

    private readonly ToolTree _tools;
    private readonly PrivateFolder _folder = PrivateFolder.Make();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _leave = new();
    private ContainerRoom? _room;
    private Task<int>? _run;
    private Task _following = Task.CompletedTask;

    /// <summary>Prepares one; nothing is started.</summary>
    /// <param name="tools">Tree of the set for containers.</param>
    /// <param name="log">Gets what the container says.</param>
    /// <param name="time">The clock of deadlines.</param>
    public RunningContainer(ToolTree tools, SerialLog log, TimeProvider time) => (_tools, Log, _time) = (tools, log, time);

    /// <summary>What it said.</summary>
    public SerialLog Log { get; }

    /// <summary>Its exit code, once it has ended and its log is complete; null before.</summary>
    public int? ExitCode => _following.IsCompletedSuccessfully && _run is { IsCompletedSuccessfully: true } ? _run.Result : null;

    /// <summary>False where the host lends no account numbers, so that every file belongs to the container's user.</summary>
    public bool HasAccounts => _room?.HasAccounts ?? true;

    /// <summary>Unpacks the image and starts the container.</summary>
    /// <param name="image">The image.</param>
    /// <param name="start">The container.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The host has no room for it, or it cannot be unpacked or started.</exception>
    public async Task StartAsync(ContainerImage image, ContainerStart start, CancellationToken cancellationToken)
    {
        _room = ContainerRoom.Open(_tools, _folder.Path);
        Directory.CreateDirectory(_folder["root"]);
        Directory.CreateDirectory(_folder["state"]);
        await DoAsync(
            "make a place for its files", _room.Busybox("mount", "-t", "tmpfs", "-o", "mode=755", "files", _folder["root"]),
            cancellationToken);
        await DoAsync("start its network", _room.Busybox("ip", "link", "set", "lo", "up"), cancellationToken);
        await AskAsync( // as engines do: no rights are needed for port 80
            _room.Busybox("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start"), s_ask, cancellationToken);
        await AskAsync( // crun takes no host that has both versions of control groups; where it has one, this changes nothing
            _room.Busybox("mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"), s_ask, cancellationToken);
        foreach (Func<Stream, CancellationToken, Task> layer in image.Layers)
        {
            await UnpackAsync(layer, cancellationToken);
        }
        await File.WriteAllBytesAsync(
            _folder[ContainerConfig.FileName], ContainerConfig.Write(start, _folder["root"], Files(), _room.HasAccounts),
            cancellationToken);
        _run = _room.Begin(Crun("run", "--bundle", _folder.Path, "--pid-file", _folder["started"], Name), _folder["log"], LongestLog);
        _following = FollowAsync();
        while (!File.Exists(_folder["started"]) && !_following.IsCompleted)
        {
            await Task.Delay(s_look, _time, cancellationToken);
        }
        if (!File.Exists(_folder["started"]))
        {
            throw new StrataException($"cannot start the container: {string.Join("; ", Log.Tail(3))}");
        }
    }

    /// <summary>Runs a program in it, as its own user.</summary>
    /// <returns>Null when it did not end within the time.</returns>
    public Task<ContainerAnswer?> RunAsync(IReadOnlyList<string> command, TimeSpan within, CancellationToken cancellationToken) =>
        AskAsync(Crun(["exec", Name, .. command]), within, cancellationToken);

    /// <summary>Asks it over HTTP, from its own network.</summary>
    /// <returns>Null when nothing came within the time.</returns>
    public Task<ContainerAnswer?> FetchAsync(string address, TimeSpan within, CancellationToken cancellationToken) =>
        AskAsync(_room!.Busybox("wget", "-q", "-O", "-", "-T", "10", address), within, cancellationToken);

    /// <summary>The ports on which somebody waits.</summary>
    public async Task<ListeningPorts> PortsAsync(CancellationToken cancellationToken)
    {
        string[] tables = new string[2];
        foreach ((int i, string kind) in ((string[])["tcp", "udp"]).Index())
        {
            IReadOnlyList<string> cat = _room!.Busybox("cat", $"/proc/net/{kind}", $"/proc/net/{kind}6");
            tables[i] = (await AskAsync(cat, s_ask, cancellationToken))?.Output ?? "";
        }
        return ListeningPorts.Read(tables[0], tables[1]);
    }

    /// <summary>Sends its first process a signal.</summary>
    /// <param name="signal">Such as <c>SIGTERM</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SignalAsync(string signal, CancellationToken cancellationToken) =>
        DoAsync($"send it {signal}", Crun("kill", Name, signal), cancellationToken);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code, 128 and the number for a signal; null when it did not end within the time.</returns>
    public async Task<int?> WaitForEndAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            await _following.WaitAsync(within, _time, cancellationToken);
            return ExitCode;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_room is not null)
        {
            await _room.DisposeAsync();
        }
        await _leave.CancelAsync();
        await _following;
        _leave.Dispose();
        _folder.Dispose();
    }

    private IReadOnlyList<string> Crun(params IEnumerable<string> arguments) => _room!.Tool(
        "usr/bin/crun", ["--root", _folder["state"], "--cgroup-manager=disabled", .. arguments]);

    private async Task<ContainerAnswer?> AskAsync(IReadOnlyList<string> command, TimeSpan within, CancellationToken cancellationToken) =>
        await _room!.RunAsync(command, within, _time, cancellationToken) is (int exitCode, string output)
            ? new ContainerAnswer(exitCode, output)
            : null;

    private async Task DoAsync(string what, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        ContainerAnswer? answer = await AskAsync(command, s_ask, cancellationToken);
        if (answer is not { ExitCode: 0 })
        {
            throw new StrataException($"cannot {what}, of the container: {answer?.Output.Trim() ?? "nothing came of it"}");
        }
    }

    private async Task UnpackAsync(Func<Stream, CancellationToken, Task> layer, CancellationToken cancellationToken)
    {
        string archive = _folder["layer"];
        await using (FileStream file = File.Create(archive))
        {
            await layer(file, cancellationToken);
        }
        string owner = _room!.HasAccounts ? "--same-owner" : "--no-same-owner";
        (int ExitCode, string Output)? unpacked = await _room.RunAsync(
            _room.Tool(
                "usr/bin/tar", "-x", "-p", "-f", archive, "-C", _folder["root"], "--numeric-owner", owner, "--xattrs",
                "--xattrs-include=*"),
            s_unpack, _time, cancellationToken);
        if (unpacked is not (0, _))
        {
            throw new StrataException($"cannot unpack the image for a container: {unpacked?.Output.Trim() ?? "tar did not end"}");
        }
        File.Delete(archive);
    }

    /// <summary>What engines give every container beside its image.</summary>
    private Dictionary<string, string> Files() => new(StringComparer.Ordinal)
    {
        ["/etc/hosts"] = Kept("hosts", $"127.0.0.1 localhost\n::1 localhost\n127.0.0.1 {ContainerConfig.HostName}\n"),
        ["/etc/hostname"] = Kept("hostname", ContainerConfig.HostName + "\n"),
        ["/etc/resolv.conf"] = Kept("resolv.conf", ""),
    };

    private string Kept(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    /// <summary>Brings what the container says from its file into the log, until it has ended.</summary>
    private async Task FollowAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        long position = 0;
        bool isLast;
        do
        {
            isLast = _run!.IsCompleted || _leave.IsCancellationRequested; // before it is read, so that nothing after it is missed
            if (File.Exists(_folder["log"]))
            {
                await using FileStream file = new(_folder["log"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                file.Position = position;
                int count;
                while ((count = await file.ReadAsync(buffer)) > 0)
                {
                    Log.Append(buffer.AsSpan(0, count));
                    position += count;
                }
            }
            if (!isLast)
            {
                await Task.WhenAny(_run, Task.Delay(s_look, _time));
            }
        }
        while (!isLast);
        Log.Complete();
    }
}
