using System.Diagnostics;
using System.Globalization;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>What happens when the program around the library dies, or has a terminal.</summary>
[Collection("guests")]
public sealed class HostLifeTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Machine_ParentKilled_QemuItsTpmAndItsFolderGo(bool hasTpm)
    {
        IReadOnlyList<string> before = GuestParts.MachineFolders();
        string[] tpmTree = hasTpm ? [GuestParts.Tpm.Root] : [];
        using Process host = Start(Dotnet(), HostArguments(["hold", GuestParts.Qemu.Root, GuestParts.Kernel, .. tpmTree]));
        int qemu = 0;
        int tpm = 0;
        try
        {
            using CancellationTokenSource limit = new(s_deadline);
            string? line = await host.StandardOutput.ReadLineAsync(limit.Token);
            qemu = int.Parse(line!, CultureInfo.InvariantCulture);
            Assert.True(GuestParts.IsRunning(qemu));
            if (hasTpm)
            {
                string mine = Assert.Single(GuestParts.MachineFolders().Except(before, StringComparer.Ordinal));
                tpm = int.Parse(await File.ReadAllTextAsync(Path.Combine(mine, "tpm.pid"), limit.Token), CultureInfo.InvariantCulture);
                Assert.True(GuestParts.IsRunning(tpm));
            }
            host.Kill(); // SIGKILL, and only the parent
            Assert.True(await GuestParts.BecomesTrueAsync(() => !GuestParts.IsRunning(qemu), s_deadline), "QEMU outlived its parent");
            Assert.True(await GuestParts.BecomesTrueAsync(() => tpm == 0 || !GuestParts.IsRunning(tpm), s_deadline), "its TPM outlived it");
            Assert.True(
                await GuestParts.BecomesTrueAsync(() => GuestParts.MachineFolders().SequenceEqual(before), s_deadline), "its folder outlived the parent");
        }
        finally
        {
            host.Kill(entireProcessTree: true);
            if (qemu != 0 && GuestParts.IsRunning(qemu))
            {
                using Process orphan = Process.GetProcessById(qemu);
                orphan.Kill(); // the test has failed; the next ones need the processor
            }
        }
    }

    [SkippableFact]
    public async Task InteractiveMachine_OnATerminal_TypesToTheGuestAndRestoresTheModes()
    {
        using TemporaryFolder folder = new();
        // The guest's shell survives Ctrl-C; that it arrives shows that neither QEMU nor Strata took it.
        string initrd = GuestParts.MakeInitrd(folder, "trap 'echo got-ctrl-c' INT\necho guest-is-ready\nwhile read -r x; do echo \"read <$x>\"; done <>/dev/ttyS0");
        await RunOnTerminalAsync(folder, initrd, async (typing, log) =>
        {
            Assert.True(await GuestParts.BecomesTrueAsync(() => log().Contains("guest-is-ready", StringComparison.Ordinal), s_deadline), log());
            await typing("hello\n");
            Assert.True(await GuestParts.BecomesTrueAsync(() => log().Contains("read <hello>", StringComparison.Ordinal), s_deadline), log());
            await typing("\x03");
            await typing("again\n");
            Assert.True(await GuestParts.BecomesTrueAsync(() => log().Contains("again>", StringComparison.Ordinal), s_deadline), log());
            await typing("\x01x"); // Ctrl-A X
        });
    }

    [SkippableFact]
    public async Task InteractiveMachine_QemuKilled_RestoresTheModes()
    {
        using TemporaryFolder folder = new();
        string initrd = GuestParts.MakeInitrd(folder, "echo guest-is-ready\nsleep 1000");
        IReadOnlyList<string> before = GuestParts.MachineFolders();
        await RunOnTerminalAsync(folder, initrd, async (_, log) =>
        {
            Assert.True(await GuestParts.BecomesTrueAsync(() => log().Contains("guest-is-ready", StringComparison.Ordinal), s_deadline), log());
            string mine = Assert.Single(GuestParts.MachineFolders().Except(before, StringComparer.Ordinal));
            using Process qemu = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(mine, "pid")), CultureInfo.InvariantCulture));
            qemu.Kill();
        });
        Assert.Equal(before, GuestParts.MachineFolders());
    }

    /// <summary>Runs the interactive host under script(1), which gives it a terminal; stty(1) tells the modes before and after.</summary>
    private static async Task RunOnTerminalAsync(TemporaryFolder folder, string initrd, Func<Func<string, Task>, Func<string>, Task> person)
    {
        string script = Oracle.Find("script");
        string log = folder["guest.log"];
        string command = string.Join(' ', HostArguments("interactive", GuestParts.Qemu.Root, GuestParts.Kernel, initrd, log).Prepend(Dotnet()).Select(Quote));
        string around = $"stty -g >{Quote(folder["before"])}; {command}; stty -g >{Quote(folder["after"])}";
        using Process terminal = Start(script, ["-qc", around, "/dev/null"]);
        Task<string> shown = terminal.StandardOutput.ReadToEndAsync();
        try
        {
            await person(
                async text =>
                {
                    await terminal.StandardInput.WriteAsync(text);
                    await terminal.StandardInput.FlushAsync();
                },
                () => File.Exists(log) ? ReadShared(log) : "");
            using CancellationTokenSource limit = new(s_deadline);
            await terminal.WaitForExitAsync(limit.Token);
        }
        finally
        {
            terminal.Kill(entireProcessTree: true);
        }
        Assert.True(File.Exists(folder["after"]), await shown);
        Assert.Equal(File.ReadAllText(folder["before"]), File.ReadAllText(folder["after"]));
    }

    private static string ReadShared(string path)
    {
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Dotnet() => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : Oracle.Find("dotnet");

    private static string[] HostArguments(params string[] arguments) => ["exec", typeof(HostLifeTests).Assembly.Location, .. arguments];

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return Process.Start(start)!;
    }
}
