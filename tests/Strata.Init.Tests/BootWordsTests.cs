using Strata.Init.CommandLine;
using Strata.Testing;

namespace Strata.Init.Tests;

/// <summary>What each word of the kernel's command line changes for the early init, at both sides of each edge.</summary>
public class BootWordsTests
{
    private static readonly string[] s_lines =
    [
        "", "caps=a,b", "caps=", "caps", "state=x", "state=", "state", "state=x state=y", "state=x ro", "state= ro", "state=x ro rw",
            "ro", "rw", "ro=1",
        "state=x kiosk", "state= kiosk", "state=x kiosk ro", "kiosk", "kiosk=0", "kiosk=no", "kiosk=off", "kiosk=n", "kiosk=1",
            "kiosk=false", "kiosk=",
        "copy2ram", "copy2ram=0", "copy2ram=n", "copy2ram copy2ram=off", "quiet", "quiet=0", "init=/sbin/x", "init=x", "init=", "init",
            "init=/a init=b",
        "panic=10", "panic=-1", "panic=0", "panic=x", "panic=+5", "panic", "panic=10 panic=0",
        .. from word in (string[])["debug", "reset", "strict"] from value in (string[])["", "=0", "=1", "=no", "=off"]
            select $"strata.{word}{value}",
        "strata.seed=http://x", "strata.seed.sha256=00", "strata.seeds=x", "strata.store=LABEL", "strata.store=", "strata.store",
        "strata.verify=start", "strata.verify=read", "strata.verify=never", "strata.verify", "strata.verify=read strata.verify=start",
        "strata.corrupt=error", "strata.corrupt=restart", "strata.corrupt=panic", "strata.corrupt=halt", "strata.corrupt",
        .. from size in (string[])["", "1", "10", "50%", "100%", "101%", "0%", "%", "512M", "1g", "1G", "8k", "8K", "4m", "5t", "0M",
            "-1M", "+1M", "1 M", "00000000001M", "000000000001M",
            "x%", "99999999999", "999999999999"] select $"strata.upper={size}",
        .. from wait in (string[])["", "0", "1", "3600", "3601", "-1", "x", "1.5"] select $"strata.wait={wait}", "strata.wait",
            "strata.wait=5 strata.wait=x",
        .. from wait in (string[])["", "0", "3600", "3601", "x"] select $"strata.ask={wait}",
        "strata.unknown=1", "strata.", "stratax=1", "strata.debgu", "a -- strata.debug", "\"caps=a b\"", "Caps=a", "strata-debug",
    ];

    [Fact]
    public void Parse_EveryWord_IsTakenOrTold() => Golden.Same("boot-words", string.Concat(
        s_lines.Select(l => $"== {l}\n{Facts.Changes(Facts.Of(BootOptionsParser.Parse("a")), Facts.Of(BootOptionsParser.Parse(l)))}")));

    [Theory]
    [InlineData("copy2ram kiosk single", "single")]
    [InlineData("copy2ram=1 kiosk=0 -s", "copy2ram=1 kiosk=0 -s")]
    [InlineData("Kiosk", "Kiosk")]
    public void ForInit_Words_AreThoseOfOthers(string words, string passed) =>
        Assert.Equal(passed, string.Join(' ', BootOptionsParser.ForInit(words.Split(' '))));
}
