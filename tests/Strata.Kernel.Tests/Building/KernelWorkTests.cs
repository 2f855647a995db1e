using Strata.Kernel.Building;
using Strata.Store;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Kernel.Tests.Building;

public class KernelWorkTests
{
    [Fact]
    public async Task Configure_LinkThatAnEarlierBuildLeft_IsNotWrittenThrough()
    {
        using TemporaryFolder home = new();
        using ObjectStore store = new(home["store"]);
        Directory.CreateDirectory(home["build"]);
        File.WriteAllText(home["profile"], "precious");
        File.CreateSymbolicLink(home["build/.config"], home["profile"]);
        KernelWork work = new(store, new ToolTree(home.Path), home["source"], "evil", KernelArchitecture.Named("amd64"),
            TimeProvider.System);
        await work.WriteConfigAsync(home["build"], "CONFIG_X=y\n", CancellationToken.None);
        Assert.Equal("precious", File.ReadAllText(home["profile"]));
        Assert.Null(new FileInfo(home["build/.config"]).LinkTarget);
        Assert.Equal("CONFIG_X=y\n", File.ReadAllText(home["build/.config"]));
    }
}
