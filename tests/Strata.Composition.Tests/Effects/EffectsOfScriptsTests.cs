using Strata.Composition.Effects;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public class EffectsOfScriptsTests
{
    // systemd.preset(5): the first line that fits counts, files in the order of their names
    [Theory]
    [InlineData("", "", true)]
    [InlineData("disable p.*\n", "", false)]
    [InlineData("# disable *\nenable p.service\ndisable *\n", "", true)]
    [InlineData("disable *\n", "enable p.service\n", true)]
    public async Task Apply_UnitThatAScriptEnables_IsEnabledUnlessAPresetSaysNo(string preset, string earlier, bool isEnabled)
    {
        using Workbench bench = new();
        DebBuilder package = new DebBuilder("p").File("/usr/lib/systemd/systemd", "x")
            .File("/usr/lib/systemd/system/p.service", "[Install]\nWantedBy=multi-user.target\n")
            .File("/usr/lib/systemd/system-preset/90-p.preset", preset).File("/usr/lib/systemd/system-preset/50-p.preset", earlier)
            .File("/usr/lib/systemd/user-preset/10-p.preset", "disable *\n");
        FileTree tree = await bench.Package(package).Capability("c", "packages: {p: {}}")
            .ApplyAsync(new UnitsEffect(), "c", scripts: new FollowedScripts { Units = [("p.service", false)] });
        Assert.Equal(isEnabled, tree.Contains(GuestPath.Parse("/etc/systemd/system/multi-user.target.wants/p.service")));
    }

    [Theory]
    [InlineData("p", false)]
    [InlineData("other", true)]
    public async Task Apply_FileThatAScriptRemoves_GoesWhereThePackageIsWhole(string whole, bool stays)
    {
        using Workbench bench = new();
        GuestPath path = GuestPath.Parse("/etc/p.conf");
        FileTree tree = await bench.Package(new DebBuilder("p").File("/etc/p.conf", "x")).Capability("c", "packages: {p: {}}")
            .ApplyAsync(new ScriptsEffect(), "c", scripts: new FollowedScripts
            {
                Files = new Dictionary<GuestPath, ScriptedFile?> { [path] = null }, WholePackages = new HashSet<string> { whole },
            });
        Assert.Equal(stays, tree.Contains(path));
    }
}
