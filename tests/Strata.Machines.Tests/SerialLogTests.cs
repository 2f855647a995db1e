using System.Text;
using Strata.Machines.Serial;
using Strata.Testing;

namespace Strata.Machines.Tests;

public sealed class SerialLogTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\e[0;32m  OK  \e[0m Reached\r", "  OK   Reached")]
    [InlineData("\ec\e[?7l\e[2J\e(Btext", "text")]
    [InlineData("\e]0;title\atext\e]8;;x\e\\y", "texty")]
    [InlineData("a\tb\0c\x7f", "a\tbc")]
    public void PlainLine_ControlSequences_AreGone(string line, string expected) => Assert.Equal(expected, TerminalText.PlainLine(line));

    [Fact]
    public void Log_NameThatIsALink_ReplacesTheLink()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["profile"], "precious");
        File.CreateSymbolicLink(folder["boots.log"], folder["profile"]);
        using (SerialLog log = new(folder["boots.log"]))
        {
            log.Append("what the guest says\n"u8);
        }
        Assert.Equal("precious", File.ReadAllText(folder["profile"]));
        Assert.Contains("what the guest says", File.ReadAllText(folder["boots.log"]), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutKernelMessages_AlsoInTheMiddleOfALine_AreGone() => Assert.Equal(
        "one two\nthree\n",
        TerminalText.WithoutKernelMessages("one [   12.345678] usb 1-1: new device\ntwo\n[    0.000001] x\n<4>[ 1.000000][   T1] y\nthree\n"));

    [Fact]
    public async Task WaitForLineAsync_InPieces_IsFound()
    {
        using SerialLog log = new();
        Task<SerialMatch?> waiting = log.WaitForLineAsync(LinePattern.Text("login:").IsIn, 0, s_none);
        foreach (byte piece in "boot\r\nhost log"u8.ToArray())
        {
            log.Append([piece]);
        }
        Assert.False(waiting.IsCompleted);
        log.Append("in: "u8);
        Assert.Equal(new SerialMatch("host login: ", 6, 18), await waiting);
        Assert.Null(await Completed(log).WaitForLineAsync(l => l.Contains("boot", StringComparison.Ordinal), 6, s_none));
    }

    [Fact]
    public async Task WaitForLineAsync_LogEnds_IsNull()
    {
        using SerialLog log = new();
        Task<SerialMatch?> waiting = log.WaitForLineAsync(_ => false, 0, s_none);
        log.Complete();
        Assert.Null(await waiting);
    }

    [Fact]
    public async Task WaitForLineAsync_Cancelled_Throws()
    {
        using SerialLog log = new();
        using CancellationTokenSource cancel = new();
        Task<SerialMatch?> waiting = log.WaitForLineAsync(_ => false, 0, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Append_MoreThanTheCapacity_KeepsTheEndInMemoryAndAllInTheFile()
    {
        using TemporaryFolder folder = new();
        List<string> lines = [];
        using (SerialLog log = new(folder["log"], SerialLog.MaximumLine) { LineCompleted = lines.Add })
        {
            for (int i = 0; i < 20_000; i++)
            {
                log.Append(Encoding.ASCII.GetBytes($"line {i}\r\n"));
            }
            Assert.Equal(["line 19998", "line 19999"], log.Tail(2));
            Assert.True(log.TextFrom(0).Length <= 2 * SerialLog.MaximumLine);
            Assert.Equal(new FileInfo(folder["log"]).Length, log.Length);
            Assert.EndsWith("line 19999\r\n", log.TextFrom(log.Length - 12), StringComparison.Ordinal);
        }
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"line {i}"), lines);
        Assert.Equal(lines, File.ReadLines(folder["log"]));
    }

    [Fact]
    public void Append_LineWithoutEnd_IsReportedInPieces()
    {
        List<string> lines = [];
        using SerialLog log = new(null, SerialLog.MaximumLine) { LineCompleted = lines.Add };
        for (int i = 0; i < 100; i++)
        {
            log.Append(Encoding.ASCII.GetBytes(new string('x', 1000)));
        }
        Assert.Equal(100_000 / SerialLog.MaximumLine, lines.Count);
        Assert.All(lines, l => Assert.Equal(SerialLog.MaximumLine, l.Length));
        Assert.True(log.TextFrom(0).Length <= 3 * SerialLog.MaximumLine);
    }

    /// <summary>Whatever bytes come in whatever pieces: the file has them all, and memory and waiting do not break.</summary>
    [Fact]
    public async Task Append_RandomBytes_KeepsTheInvariants()
    {
        using TemporaryFolder folder = new();
        for (int seed = 1; seed <= 200; seed++)
        {
            Random random = new(seed);
            byte[] bytes = new byte[random.Next(1, 60_000)];
            random.NextBytes(bytes);
            for (int i = 0; i < bytes.Length / 20; i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)"\n\r\e["[random.Next(4)];
            }
            using (SerialLog log = new(folder["log"], SerialLog.MaximumLine))
            {
                for (int at = 0; at < bytes.Length;)
                {
                    int count = Math.Min(random.Next(1, 5000), bytes.Length - at);
                    log.Append(bytes.AsSpan(at, count));
                    at += count;
                    Assert.True(log.Tail(30).Count <= 30);
                }
                log.Complete();
                Assert.Null(await log.WaitForLineAsync(_ => false, 0, s_none));
                Assert.NotNull(SerialConsole.FindResult("<<strata-1-begin>>\n" + log.TextFrom(0) + "\n<<strata-1-end-0>>\n", 1));
            }
            Assert.Equal(bytes, File.ReadAllBytes(folder["log"]));
        }
    }

    private static SerialLog Completed(SerialLog log)
    {
        log.Complete();
        return log;
    }
}
