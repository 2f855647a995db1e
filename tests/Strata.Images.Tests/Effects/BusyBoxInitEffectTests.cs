using Strata.Images.Blueprints;
using Strata.Images.Effects;

namespace Strata.Images.Tests.Effects;

public class BusyBoxInitEffectTests
{
    [Fact]
    public void Inittab_ComposedSystem_StartsWhatIsThere()
    {
        Capability capability = new() { Name = "c", Description = "", File = "c.yaml" };
        Service[] services =
        [
            new("setup", ServiceKind.Setup, ["/a"], null), new("always", ServiceKind.Daemon, ["/b", "-F"], null), new("screen", ServiceKind.Console, ["/bin/sh"], "tty1"),
        ];
        Assert.Equal("""
            ::sysinit:/usr/lib/strata/if-there once /a
            ::respawn:/usr/lib/strata/if-there always /b -F
            tty1::respawn:-/bin/sh
            ::ctrlaltdel:/usr/sbin/reboot

            """, BusyBoxInitEffect.Inittab(services.Select(s => (capability, s)), isComposed: true));
    }
}
