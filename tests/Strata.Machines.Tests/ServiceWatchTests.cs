using Strata.Machines.Testing;

namespace Strata.Machines.Tests;

/// <summary>Children of init as a guest shows them, twice.</summary>
public class ServiceWatchTests
{
    private static readonly KeptProgram s_screen = new("screen", "/bin/sh", IsDaemon: false);
    private static readonly KeptProgram s_mine = new("mine", "/usr/bin/mine", IsDaemon: true);
    private static readonly KeptProgram s_dhcp = new("dhcp", "/usr/lib/strata/network/dhcp", IsDaemon: true);

    [Fact]
    public void Ended_DaemonThatIsAnotherProcessEachTime_IsTold()
    {
        string before = Child(80, "sh", 300, "-/bin/sh") + Child(90, "mine", 400, "/usr/bin/mine -x");
        string after = Child(80, "sh", 300, "-/bin/sh") + Child(95, "mine", 700, "/usr/bin/mine -x");
        AssertEnded("service 'mine' does not stay", ServiceWatch.Ended([s_screen, s_mine], before, after));
        // not there just then
        AssertEnded("service 'mine' does not stay", ServiceWatch.Ended([s_screen, s_mine], before, Child(80, "sh", 300, "-/bin/sh")));
        AssertEnded("every service stays", ServiceWatch.Ended([s_screen, s_mine], before, before));
    }

    [Fact]
    public void Ended_NumberOfAProcessGivenAgain_IsAnotherProcess() =>
        AssertEnded("service 'mine' does not stay",
            ServiceWatch.Ended([s_mine], Child(90, "mine", 400, "/usr/bin/mine"), Child(90, "mine", 700, "/usr/bin/mine")));

    // 'exec udhcpc' of a script: the process stays, under another name
    [Fact]
    public void Ended_ScriptThatBecameAnotherProgram_IsNotTold()
    {
        string there = Child(80, "udhcpc", 300, "udhcpc -f -S -i eth0") + Child(90, "mine", 400, "/usr/bin/mine");
        AssertEnded("every service stays", ServiceWatch.Ended([s_dhcp, s_mine], there, there));
        AssertEnded("services 'dhcp', 'mine' do not stay", ServiceWatch.Ended([s_dhcp, s_mine], "", ""));
        // one process nobody knows, two daemons nobody sees: at least one of them does not run
        AssertEnded("at least 1 of the services 'dhcp', 'mine' does not stay",
            ServiceWatch.Ended([s_dhcp, s_mine], there, Child(80, "udhcpc", 300, "udhcpc -f -S -i eth0")));
    }

    [Fact]
    public void Ended_ScriptThatWaits_IsKnownByItsPath() =>
        AssertEnded("every service stays", ServiceWatch.Ended(
            [s_dhcp],
            Child(80, "dhcp", 300, "/bin/sh /usr/lib/strata/network/dhcp"),
            Child(80, "dhcp", 300, "/bin/sh /usr/lib/strata/network/dhcp")));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense|x\n(|)\n1 (|")]
    [InlineData("90 (mine) S 1 1\n")]
    public void Ended_AnswerThatIsNone_KnowsOfNoProcess(
        string answer) => AssertEnded("service 'mine' does not stay", ServiceWatch.Ended([s_mine], answer, answer));

    [Fact]
    public void Ended_NameWithParenthesesAndABar_IsReadWhole()
    {
        string there = Child(90, "m) (i|ne", 400, "/usr/bin/mine");
        AssertEnded("every service stays", ServiceWatch.Ended([s_mine], there, there));
    }

    private static void AssertEnded(
        string sentence, EndedServices ended) => Assert.StartsWith(sentence, ended.ToString(), StringComparison.Ordinal);

    // proc(5): field 4 is the parent, field 22 the start
    private static string Child(int id, string name, int started, string command) =>
        $"{id} ({name}) S 1 {id} {id} 0 -1 4194560 100 0 0 0 1 1 0 0 20 0 1 0 {started} 1000 200\n".TrimEnd('\n') + $"|{command} \n";
}
