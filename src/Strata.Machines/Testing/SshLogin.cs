using System.Globalization;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines.Testing;

/// <summary>Logs into the guest with a real OpenSSH client and a key that lives as long as this object.</summary>
internal sealed class SshLogin : IDisposable
{
    /// <summary>The client's exit code when it could not connect or log in (ssh(1), EXIT STATUS); a command may end with it too.</summary>
    public const int ConnectionFailed = 255;

    private static readonly TimeSpan s_keyDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(300);

    /// <summary>Both programs ask for the account's name, and end without one (getpwuid(3), nsswitch.conf(5)).</summary>
    private static readonly string[] s_account = ["/etc/passwd", "/etc/nsswitch.conf"];

    private readonly ToolTree _tools;
    private readonly TestSsh _how;
    private readonly PrivateFolder _folder;
    private readonly TimeProvider _time;

    private SshLogin(ToolTree tools, TestSsh how, PrivateFolder folder, string publicKey, TimeProvider time)
    {
        _tools = tools;
        _how = how;
        _folder = folder;
        _time = time;
        PublicKey = publicKey;
    }

    /// <summary>The public half, one line without its end.</summary>
    public string PublicKey { get; }

    /// <summary>A shell command that lets the key in, without touching other keys.</summary>
    public string InstallCommand
    {
        get
        {
            string file = ShellText.Quote(_how.KeysFile);
            string folder = ShellText.Quote(Path.GetDirectoryName(_how.KeysFile) ?? "/");
            string user = ShellText.Quote(_how.User);
            string key = ShellText.Quote(PublicKey);
            // sshd refuses keys that others than their user could have written (StrictModes of sshd_config(5)).
            return $"mkdir -p {folder} && printf '%s\\n' {key} >> {file} && chmod 700 {folder} && chmod 600 {file} && chown {user} {folder} {file}";
        }
    }

    /// <summary>Makes the key.</summary>
    /// <param name="tools">Tree with Debian's <c>openssh-client</c>.</param>
    /// <param name="how">User, port and keys file.</param>
    /// <param name="time">The clock of the deadlines.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The tree has no OpenSSH client, or it fails.</exception>
    public static async Task<SshLogin> CreateAsync(ToolTree tools, TestSsh how, TimeProvider time, CancellationToken cancellationToken)
    {
        PrivateFolder folder = PrivateFolder.Make();
        try
        {
            string key = folder["key"];
            ToolStart maker = tools.Confined(
                new ProcessView { Reads = s_account, Writes = [folder.Path] }, "usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "strata-test", "-f", key);
            ToolResult? made = await ToolRun.RunAsync(maker, s_keyDeadline, time, cancellationToken);
            if (made is not { ExitCode: 0 })
            {
                throw new StrataException($"cannot make a key for SSH: ssh-keygen said '{OneLine(made?.Errors ?? "nothing in time")}'");
            }
            string publicKey = (await File.ReadAllTextAsync(key + ".pub", cancellationToken)).Trim();
            return new SshLogin(tools, how, folder, publicKey, time);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Tries until the guest lets us in: its server may still be starting.</summary>
    /// <returns>Null when it did, else what the client said last.</returns>
    public async Task<string?> ConnectAsync(int port, TimeSpan deadline, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        string said = "nothing";
        while (deadline - _time.GetElapsedTime(start) is { } left && left > TimeSpan.Zero)
        {
            ToolResult? tried = await ToolRun.RunAsync(Client(port, "exit 0"), left, _time, cancellationToken);
            if (tried is { ExitCode: 0 })
            {
                return null;
            }
            if (tried is not null)
            {
                said = OneLine(tried.Errors);
            }
            await Task.Delay(s_retryPause, _time, cancellationToken);
        }
        return said;
    }

    /// <summary>Runs a command. Returns null when it did not end in time.</summary>
    public async Task<CommandResult?> RunAsync(int port, string command, TimeSpan deadline, CancellationToken cancellationToken) =>
        await ToolRun.RunAsync(Client(port, command), deadline, _time, cancellationToken) is { } ran
            ? new CommandResult(ran.ExitCode, ran.Output + ran.Errors)
            : null;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string OneLine(string text) => string.Join("; ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));


    internal ToolStart Client(int port, string command) => _tools.Confined(
        new ProcessView { Reads = [.. s_account, _folder.Path], ConnectsTo = [port] },
        "usr/bin/ssh",
        "-F", "none", // no configuration of this host or user takes part
        "-i", _folder["key"],
        "-p", port.ToString(CultureInfo.InvariantCulture),
        "-o", "BatchMode=yes",
        "-o", "IdentitiesOnly=yes",
        "-o", "IdentityAgent=none",
        "-o", "PreferredAuthentications=publickey",
        "-o", "StrictHostKeyChecking=no", // the guest's key was made minutes ago; the port leads nowhere else
        "-o", "UserKnownHostsFile=/dev/null",
        "-o", "GlobalKnownHostsFile=/dev/null",
        "-o", "LogLevel=ERROR",
        "-o", "ConnectTimeout=5",
        "-T",
        "--", $"{_how.User}@127.0.0.1",
        command);
}
