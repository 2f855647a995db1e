using Strata.Agent.Updating;
using Strata.Core;
using Strata.Testing.Updates;
using Strata.Updates.Applying;
using Strata.Updates.Planning;
using Strata.Updates.Releases;

namespace Strata.Agent.Tests.Updating;

public class AnswerTests
{
    private readonly SampleSite _site = new();
    private string _said = "";

    [Theory]
    [InlineData("update", "update")]
    [InlineData("update --plan --json", "update plan json")]
    [InlineData("update --from /mnt --to 7 --again", "update again from /mnt to 7")]
    [InlineData("verify --repair --from /mnt", "verify repair from /mnt")]
    [InlineData("status --json", "status json")]
    [InlineData("status --plan", null)]
    [InlineData("update --to 0", null)]
    [InlineData("update --to x", null)]
    [InlineData("update --from", null)]
    [InlineData("releases now", null)]
    public void TryParse_Line_IsUnderstoodOrNot(string line, string? understood)
    {
        UpdateWish? wish = UpdateWish.TryParse(line.Split(' '));
        Assert.Equal(
            understood, wish is null ? null : wish.Command + (wish.IsPlan ? " plan" : "") + (wish.IsRepair ? " repair" : "")
                + (wish.IsAgain ? " again" : "") + (wish.IsJson ? " json" : "") + (wish.From is null ? "" : $" from {wish.From}")
                + (wish.To is null ? "" : $" to {wish.To}"));
    }

    [Fact]
    public void Plan_TextAndJson_SayTheSame()
    {
        PublishedRelease old = _site.Release(1, ("base", "abcd"), ("net", "ef"));
        PublishedRelease next = _site.Release(2, ("base", "abXd"), ("net", "ef"));
        SampleMachine machine = SampleMachine.Built(_site, old);
        UpdatePlan plan = new ReleaseApplier(
            machine.Store, machine.Boot, new FolderSource(_site.Files, "the stick"), SampleMachine.Quiet()).Plan(next);
        Say(isJson: false).Plan(plan, 1 << 20, TimeSpan.FromSeconds(2));
        long size = next.Release.Layers[0].Size;
        Assert.Equal(
            $"""
              base                     blocks   {plan.Layers[0].Bytes,14} of {size} bytes
              net                      nothing               0 of {next.Release.Layers[1].Size} bytes
              kernel image             whole    {next.Uki.Size,14} of {next.Uki.Size} bytes
            os 1.2 (release 2): {plan.Bytes} bytes, {new ByteSize(plan.Bytes)}, about 1 s

            """, _said);
        Say(isJson: true).Plan(plan, 1000, TimeSpan.FromSeconds(2)); // so little measures nothing
        Assert.Equal(
            $$"""
            {"edition":"os","version":"1.2","release":2,"bytes":{{plan.Bytes}},"full":{{next.FullBytes}},"uki":{{next.Uki.Size}},"layers":[
            """.TrimEnd() + $$"""
            {"name":"base","way":"blocks","bytes":{{plan.Layers[0].Bytes}},"size":{{size}},"ranges":{{plan.Layers[0].Ranges.Count}}},
            """.TrimEnd() + $$"""
            {"name":"net","way":"nothing","bytes":0,"size":{{next.Release.Layers[1].Size}},"ranges":0}]}

            """, _said);
    }

    [Fact]
    public void Standing_ReleasesOfAMachine_AreListed()
    {
        PublishedRelease old = _site.Release(1, ("base", "abcd"));
        PublishedRelease next = _site.Release(2, ("base", "abXd"));
        SampleMachine machine = new SampleMachine(old).With(_site, old).With(_site, next, "+3");
        machine.Store.MarkFailed(3);
        Say(isJson: false).Standing(machine.Standing, machine.Store.ReadReleases(), machine.Boot.List(), machine.Store, null);
        Assert.Equal("""
            *      1  1.1                  proven
                   2  1.2                  on trial
                   3  did not prove good

            """, _said);
        Say(isJson: true).Standing(machine.Standing, machine.Store.ReadReleases(), machine.Boot.List(), machine.Store, null);
        Assert.Equal("""
            {"edition":"os","version":"1.1","release":1,"releases":[{"version":"1.1","release":1,"state":"proven","runs":true},
            """.TrimEnd() + """
            {"version":"1.2","release":2,"state":"on trial","runs":false}],"failed":[3]}

            """, _said);
    }

    [Fact]
    public void Fail_Json_IsOneLine()
    {
        Say(isJson: true).Fail("cannot do \"it\"", "Try\nanother.");
        Assert.Equal("{\"error\":\"cannot do \\\"it\\\"\",\"hint\":\"Try\\nanother.\"}\n", _said);
    }

    private Answer Say(bool isJson)
    {
        _said = "";
        return new Answer(isJson, (text, _) => _said += text);
    }
}
