using Strata.Images.DevicePrograms;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Images.Tests.DevicePrograms;

public sealed class SdkVersionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private int _asked;

    public SdkVersionTests()
    {
        _store = new ObjectStore(_folder["store"]);
        Directory.CreateDirectory(_folder["dotnet/sdk/10.0.100"]);
        Directory.CreateDirectory(_folder["home/inner"]);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Of_SameSdks_IsAskedOnce()
    {
        Assert.Equal("answer 1", await OfAsync());
        Assert.Equal("answer 1", await OfAsync());
        Assert.Equal(1, _asked);
    }

    [Theory]
    [InlineData("another SDK")]
    [InlineData("an SDK less")]
    [InlineData("a choice")]
    [InlineData("a choice above")]
    [InlineData("another root")]
    public async Task Of_AnythingThatDecides_IsAskedAgain(string change)
    {
        await OfAsync();
        string root = "dotnet";
        switch (change)
        {
            case "another SDK":
                Directory.CreateDirectory(_folder["dotnet/sdk/10.0.200"]);
                break;
            case "an SDK less":
                Directory.Delete(_folder["dotnet/sdk/10.0.100"]);
                break;
            case "a choice":
                File.WriteAllText(_folder["home/inner/global.json"], "{}");
                break;
            case "a choice above":
                File.WriteAllText(_folder["home/global.json"], "{}");
                break;
            default:
                root = "other";
                Directory.CreateDirectory(_folder["other/sdk/10.0.100"]);
                break;
        }
        Assert.Equal("answer 2", await OfAsync(root));
    }

    [Fact]
    public async Task Of_UnknownRoot_IsAlwaysAsked()
    {
        await OfAsync(null);
        await OfAsync("absent");
        await OfAsync("absent");
        Assert.Equal(3, _asked);
    }

    private Task<string> OfAsync(string? root = "dotnet") => SdkVersion.OfAsync(
        new ActionCache(_store), root is null ? null : _folder[root], _folder["home/inner"], _ => Task.FromResult($"answer {++_asked}\n"),
        CancellationToken.None);
}
