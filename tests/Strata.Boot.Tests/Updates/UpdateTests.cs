using System.Text.RegularExpressions;

namespace Strata.Boot.Tests.Updates;

/// <summary>A guest goes from one published release to the next by its own programs: update, trial, proven.</summary>
[Collection("guests with layers")]
public sealed class UpdateTests
{
    private const string Stick = """
        say() { while read -r line; do echo "guest: $1 $line"; done; }
        mount -t ext4 -o ro /dev/vdb /mnt

        """;

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Update_FromAStick_IsTriedAndProvesGood()
    {
        using UpdateDisk disk = await UpdateDisk.MakeAsync(
            Stick + """
                strata-agent status > /run/out 2>&1; echo "status $?" >> /run/out; say before < /run/out
                strata-agent update --plan > /run/out 2>&1; echo "plan $?" >> /run/out; say plan < /run/out
                strata-agent update > /run/out 2>&1; echo "update $?" >> /run/out; say update < /run/out
                strata-agent update > /run/out 2>&1; echo "update $?" >> /run/out; say again < /run/out
                strata-agent releases > /run/out 2>&1; say releases < /run/out
                sync; /bin/busybox reboot -f; sleep 60
                """,
            Stick + """
                mkdir -p /run/strata/services/web; echo ready > /run/strata/services/web/state
                strata-agent trial
                strata-agent verify > /run/out 2>&1; echo "verify $?" >> /run/out; say verify < /run/out
                strata-agent update > /run/out 2>&1; echo "update $?" >> /run/out; say after < /run/out
                strata-agent status > /run/out 2>&1; echo "status $?" >> /run/out; say after < /run/out
                """);
        string text = await disk.RunAsync(minutes: 14);
        Assert.Contains("guest: before status 0\n", text, StringComparison.Ordinal);
        Assert.Contains("guest: plan plan 1\n", text, StringComparison.Ordinal);
        Assert.Matches("guest: plan +base +nothing +0 of", text);
        Assert.Matches("guest: update bench 2 \\(release 2\\): on trial, .* fetched\n", text);
        Assert.Contains("guest: update update 1\n", text, StringComparison.Ordinal);
        Assert.Contains("guest: again bench 2 (release 2): waits for a start\n", text, StringComparison.Ordinal);
        Assert.Matches(new Regex("guest: releases \\* +1 +1 +proven\nguest: releases +2 +2 +on trial\n"), text);
        Assert.Matches(new Regex("guest: release 1\n(.*\n)*guest: release 2\n"), text);
        Assert.Contains("this release was on trial and has proven good", text, StringComparison.Ordinal);
        Assert.Contains("guest: verify verify 0\n", text, StringComparison.Ordinal);
        Assert.Contains("guest: after bench 2 (release 2): up to date\n", text, StringComparison.Ordinal);
        Assert.Matches(new Regex("guest: after \\* +2 +2 +proven\n"), text);
    }
}
