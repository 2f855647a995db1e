namespace Strata.Cli.Tests;

public sealed class SignCommandTests : IDisposable
{
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Theory]
    [InlineData("sign --keys keys")]
    [InlineData("sign nano --keys keys")]
    [InlineData("sign --keys keys --prepare to-sign")]
    [InlineData("sign nano --keys keys --attach to-sign")]
    [InlineData("sign nano --keys keys --prepare to-sign --attach to-sign")]
    public async Task Sign_NeitherPreparedNorAttached_SaysWhatIsExpected(string line)
    {
        Desk.Outcome refused = await _desk.TypeAsync(line);
        Assert.Equal(
            (2, "error: cannot tell what to do: expected an edition with --prepare FOLDER, or --attach FOLDER without an edition"),
            (refused.ExitCode, refused.Said[0]));
    }

    [Fact]
    public async Task Prepare_WithoutACertificate_IsRefusedBeforeTheWork()
    {
        Desk.Outcome refused = await _desk.TypeAsync("sign nano --keys none --prepare to-sign");
        Assert.Equal((1, "error: cannot read none/db.crt: there is no such file"), (refused.ExitCode, refused.Said[0]));
        Assert.False(Directory.Exists(_desk["to-sign"]));
    }

    [Fact]
    public async Task Attach_WithoutAnswers_NamesTheFileThatIsMissing()
    {
        await _desk.TypeAsync("keys new keys --owner Anna");
        Directory.CreateDirectory(_desk["to-sign"]);
        File.WriteAllBytes(_desk["to-sign/my-kernel-image.digest"], new byte[32]);
        Desk.Outcome refused = await _desk.TypeAsync("sign --keys keys --attach to-sign");
        Assert.Equal(
            (1, "error: cannot read to-sign/my-kernel-image.sig: there is no such file"), (refused.ExitCode, refused.Said[0]));
    }
}
