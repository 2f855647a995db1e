using Strata.Agent.Machines;
using Strata.Agent.Trials;

namespace Strata.Agent.Tests.Trials;

public sealed class ConfigurationCopiesTests : IDisposable
{
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void Enter_FallsBack_BringsTheConfigurationOfThatRelease()
    {
        _desk.Put("/etc/strata.d/a.yaml", "of 1").Put("/etc/strata.d/gone.yaml", "of 1").Put("/etc/strata.d/health.d/web", "of 1");
        Assert.False(Enter("box_1", isProven: true));
        Assert.False(Enter("box_2", isProven: false));
        Assert.Equal("of 1", _desk.Text("/etc/strata.d/a.yaml")); // it begins with what there is
        _desk.Put("/etc/strata.d/a.yaml", "of 2").Put("/etc/strata.d/new.yaml", "of 2").Put("/etc/strata.d/health.d/web", "of 2");
        File.Delete(_desk.At("/etc/strata.d/gone.yaml"));
        Assert.False(Enter("box_2", isProven: false)); // its second try
        Assert.True(Enter("box_1", isProven: true));
        Assert.Equal("of 1", _desk.Text("/etc/strata.d/a.yaml"));
        Assert.Equal("of 1", _desk.Text("/etc/strata.d/gone.yaml"));
        Assert.Equal("of 1", _desk.Text("/etc/strata.d/health.d/web"));
        Assert.False(_desk.Has("/etc/strata.d/new.yaml"));
        Assert.Equal("of 2", _desk.Text("/var/lib/strata/configurations/box_2/new.yaml")); // nothing is lost
        Assert.False(Enter("box_1", isProven: true)); // once
    }

    [Fact]
    public void Enter_NewRelease_ProvesGoodAndKeepsWhatItHas()
    {
        _desk.Put("/etc/strata.d/a.yaml", "of 1");
        Enter("box_1", isProven: true);
        Enter("box_2", isProven: false);
        _desk.Put("/etc/strata.d/a.yaml", "of 2");
        new ConfigurationCopies(Machine()).Keep("box_2");
        Assert.False(Enter("box_2", isProven: true));
        Assert.Equal("of 2", _desk.Text("/etc/strata.d/a.yaml"));
        Assert.True(Enter("box_1", isProven: true)); // rolled back by hand
        Assert.Equal("of 1", _desk.Text("/etc/strata.d/a.yaml"));
    }

    /// <summary>The power is cut before each change of a file; what is there at the end is the same.</summary>
    [Fact]
    public void Enter_CutAtEachChange_TheNextStartGetsThere()
    {
        int cuts = 0;
        for (int cut = 0; ; cut++)
        {
            using Desk desk = new();
            desk.Put("/etc/strata.d/a.yaml", "of 1").Put("/etc/strata.d/b.yaml", "of 1");
            new ConfigurationCopies(Machine(desk)).Enter("box_1", isProven: true);
            new ConfigurationCopies(Machine(desk)).Enter("box_2", isProven: false);
            desk.Put("/etc/strata.d/a.yaml", "of 2").Put("/etc/strata.d/b.yaml", "of 2").Put("/etc/strata.d/c.yaml", "of 2");
            int changes = 0;
            bool isCut = false;
            MachineFolder failing = new(desk.At(""), givesAway: false, _ =>
            {
                isCut = changes++ == cut;
                if (isCut)
                {
                    throw new Desk.PowerCutException();
                }
            });
            try
            {
                new ConfigurationCopies(failing).Enter("box_1", isProven: true);
            }
            catch (Desk.PowerCutException)
            {
                cuts++;
            }
            new ConfigurationCopies(Machine(desk)).Enter("box_1", isProven: true);
            Assert.Equal(("of 1", "of 1"), (desk.Text("/etc/strata.d/a.yaml"), desk.Text("/etc/strata.d/b.yaml")));
            Assert.False(desk.Has("/etc/strata.d/c.yaml"));
            foreach (string file in (string[])["a", "b", "c"])
            {
                Assert.Equal("of 2", desk.Text($"/var/lib/strata/configurations/box_2/{file}.yaml"));
            }
            if (!isCut)
            {
                break;
            }
        }
        Assert.True(cuts > 5, $"{cuts} cuts");
    }

    private bool Enter(string name, bool isProven) => new ConfigurationCopies(Machine()).Enter(name, isProven);

    private MachineFolder Machine(Desk? desk = null) => new((desk ?? _desk).At(""), givesAway: false);
}
