using Strata.Composition.Units;

namespace Strata.Composition.Tests.Units;

public class UnitTextTests
{
    [Theory]
    [InlineData("[Service]\nExecStart=/bin/a b\n", "Service ExecStart=/bin/a b")]
    [InlineData("[Service]\n  ExecStart =  /bin/a\r\n", "Service ExecStart=/bin/a")]
    [InlineData("# [No]\n;ExecStart=x\n[Unit]\nAfter=a=b\n", "Unit After=a=b")]
    [InlineData(
        "[Service]\nExecStart=/bin/a \\\n# a remark\n  b \\\n\n[Install]\nAlias=c\n",
        "Service ExecStart=/bin/a  b|Install Alias=c")]
    [InlineData("[Service]\nExecStart=\nno setting\n=x\n[Unfinished\n", "Service ExecStart=")]
    public void Read_UnitFile_HasItsSettings(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', UnitText.Read(text).Select(s => $"{s.Section} {s.Key}={s.Value}")));

    [Fact]
    public void Values_EmptyValue_TakesBackWhatWasSaidBefore() => Assert.Equal(
        ["/c", "/d"],
        UnitText.Values(
            UnitText.Read("[Service]\nExecStart=/a\nExecStart=/b\nExecStart=\nExecStart=/c\nExecStart=/d\n[Unit]\nExecStart=/e"),
            "Service", "ExecStart"));

    [Theory]
    [InlineData("/bin/a b c", "/bin/a")]
    [InlineData("@/bin/a b", "/bin/a")]
    [InlineData("!!+:/bin/a", "/bin/a")]
    [InlineData("\"/bin/with blank\" c", "/bin/with blank")]
    [InlineData("'/bin/a'", "/bin/a")]
    [InlineData("\"/bin/unfinished", "/bin/unfinished")]
    [InlineData("name\tc", "name")]
    [InlineData("-/bin/may-fail", null)]
    [InlineData("@-/bin/may-fail", null)]
    [InlineData("/usr/lib/%i/x", null)]
    [InlineData("${PROGRAM} x", null)]
    [InlineData("-", null)]
    public void ProgramOf_Command_IsItsFile(string command, string? expected) => Assert.Equal(expected, UnitText.ProgramOf(command));
}
