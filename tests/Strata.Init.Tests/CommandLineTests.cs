using Strata.Device.Kernel;
using Strata.Init.CommandLine;

namespace Strata.Init.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("a b=c  d=\"e f\"\tg=h=i", "a|b=c|d=e f|g=h=i")]
    [InlineData("\"a b\" \"c=d e\"", "a b|c=d e")] // quotes around a whole word are dropped too
    [InlineData("a=\"open", "a=open")]
    [InlineData("   \n", "")]
    [InlineData("a= =b", "a=|=b")]
    public void Split_Words_AreThoseOfTheKernel(string line, string expected)
    {
        (IReadOnlyList<KernelWord> words, IReadOnlyList<string> rest) = KernelWords.Split(line);
        Assert.Equal(expected, string.Join('|', words.Select(w => w.Value is null ? w.Name : $"{w.Name}={w.Value}")));
        Assert.Empty(rest);
    }

    [Fact]
    public void Split_DoubleDash_WhatFollowsIsForInit()
    {
        (IReadOnlyList<KernelWord> words, IReadOnlyList<string> rest) = KernelWords.Split("quiet -- single caps=x \"a b\" --\n");
        Assert.Equal("quiet", Assert.Single(words).Name);
        Assert.Equal(["single", "caps=x", "a b", "--"], rest);
    }

    [Fact]
    public void Parse_Nothing_GivesDefaults()
    {
        BootOptions options = BootOptionsParser.Parse("");
        Assert.Equal(new BootOptions { Problems = options.Problems }, options);
        Assert.Empty(options.Problems);
        Assert.Equal(10, options.WaitSeconds);
        Assert.Equal(ChangesKind.Memory, options.Changes);
        Assert.Null(options.Caps);
    }

    [Fact]
    public void Parse_AllWords_AreTaken()
    {
        BootOptions options = BootOptionsParser.Parse(
            "caps=shell,network copy2ram strata.debug strata.strict strata.store=MINE strata.wait=60 strata.upper=25% strata.verify=read "
            + "strata.corrupt=restart state=KEEP init=/sbin/other panic=5 quiet");
        BootOptions expected = new()
        {
            Caps = "shell,network",
            IsCopiedToMemory = true,
            IsDebug = true,
            IsStrict = true,
            Store = "MINE",
            WaitSeconds = 60,
            MemorySize = "25%",
            IsVerifiedWhenRead = true,
            Corruption = CorruptionKind.Restart,
            Changes = ChangesKind.Partition,
            State = "KEEP",
            Init = "/sbin/other",
            PanicSeconds = 5,
            IsQuiet = true,
            Problems = options.Problems,
        };
        Assert.Equal(expected, options);
        Assert.Empty(options.Problems);
    }

    [Fact]
    public void Parse_WordTwice_LastCounts()
    {
        BootOptions options = BootOptionsParser.Parse("caps=a caps=b copy2ram copy2ram=0 ro rw strata.wait=1 strata.wait=2");
        Assert.Equal("b", options.Caps);
        Assert.False(options.IsCopiedToMemory);
        Assert.Equal(ChangesKind.Memory, options.Changes);
        Assert.Equal(2, options.WaitSeconds);
    }

    [Theory]
    [InlineData("kiosk state=KEEP", ChangesKind.Memory, "'kiosk' asks that no change outlives a restart")]
    [InlineData("ro state=KEEP", ChangesKind.None, "'ro' asks for a system that cannot be changed")]
    [InlineData("state=", ChangesKind.Memory, "state= names nothing")]
    internal void Parse_ConflictingChanges_SaferOneCounts(string line, ChangesKind expected, string told)
    {
        BootOptions options = BootOptionsParser.Parse(line);
        Assert.Equal(expected, options.Changes);
        Assert.Contains(told, Assert.Single(options.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strata.wait=soon", "is no number of seconds from 0 to 3600; 10 s are waited")]
    [InlineData("strata.wait=3601", "is no number of seconds")]
    [InlineData("strata.wait=-1", "is no number of seconds")]
    [InlineData("strata.wiat=5", "is not understood (did you mean 'strata.wait'?)")]
    [InlineData("strata.upper=101%", "is no size")]
    [InlineData("strata.upper=0", "is no size")]
    [InlineData("strata.upper=0%", "is no size")]
    [InlineData("strata.upper=%", "is no size")]
    [InlineData("strata.upper=1,huge=always", "is no size")] // nothing may slip into the mount's parameters
    [InlineData("strata.verify=never", "is not understood: 'start'")]
    [InlineData("strata.corrupt=ignore", "is not understood: a changed block gives an 'error', or 'restart' or 'panic'")]
    [InlineData("strata.corrupt", "is not understood")]
    [InlineData("strata.store", "strata.store= names nothing")]
    [InlineData("init=bash", "is no absolute path")]
    public void Parse_Misunderstood_IsToldAndLeftOut(string line, string told)
    {
        BootOptions options = BootOptionsParser.Parse(line);
        Assert.Contains(told, Assert.Single(options.Problems), StringComparison.Ordinal);
        Assert.Equal(new BootOptions { Problems = options.Problems }, options);
    }

    [Theory]
    [InlineData("strata.corrupt=error", CorruptionKind.Error)]
    [InlineData("strata.corrupt=panic", CorruptionKind.Panic)]
    internal void Parse_Corrupt_TakesWhatFollows(string line, CorruptionKind expected) =>
        Assert.Equal(expected, BootOptionsParser.Parse(line).Corruption);

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    public void Parse_Wait_TakesAnHourAtMost(int seconds)
    {
        BootOptions options = BootOptionsParser.Parse($"strata.wait={seconds}");
        Assert.Equal(seconds, options.WaitSeconds);
        Assert.Empty(options.Problems);
    }

    [Theory]
    [InlineData("panic=0", null)]
    [InlineData("panic=-1", -1)]
    [InlineData("panic=x", null)]
    public void Parse_Panic_ZeroMeansNever(string line, int? expected) => Assert.Equal(expected, BootOptionsParser.Parse(line).PanicSeconds);

    [Theory]
    [InlineData("50%")]
    [InlineData("100%")]
    [InlineData("1%")]
    [InlineData("512M")]
    [InlineData("1g")]
    [InlineData("65536")]
    public void Parse_Upper_TakesSizesOfTmpfs(string size) => Assert.Equal(size, BootOptionsParser.Parse("strata.upper=" + size).MemorySize);

    [Fact]
    public void ForInit_OwnWords_AreNotPassedOn() => Assert.Equal(["single", "-s"], BootOptionsParser.ForInit(["copy2ram", "single", "kiosk", "-s"]));
}
