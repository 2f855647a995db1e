using Strata.Testing;

namespace Strata.Boot.Tests.Rescue;

/// <summary>What an edition of one's own hangs into the menu: the entry that the documentation shows, and files that are none.</summary>
[Trait("Category", "Slow")]
public sealed class MenuEntryTests
{
    private const string Blueprint = """
        edition: mine
        title: Mine
        version: "1"
        kernel: nano
        kernel-modules: all
        capabilities: [machine, broken]
        initramfs: xz
        command-line: console=tty0 console=ttyS0,115200 quiet panic=10
        """;

    // each is left out for another reason; the last one is in order, and its number is taken by an entry of the menu itself
    private const string Broken = """
        capability: broken
        description: What looks like an entry and is none
        requires: [rescue-menu]
        files:
          /usr/lib/rescue/menu.d/21-closed: {content: "#!/bin/sh\n# title.en=Closed\necho ran\n"}
          /usr/lib/rescue/menu.d/22-stranger: {mode: "0755", content: "#!/usr/bin/perl\n# title.en=Stranger\n"}
          /usr/lib/rescue/menu.d/23-nameless: {mode: "0755", content: "#!/bin/sh\n# title.de=Namenlos\necho ran\n"}
          /usr/lib/rescue/menu.d/24-loud: {mode: "0755", content: "#!/bin/sh\n# title.en=\e[7mLoud\necho ran\n"}
          /usr/lib/rescue/menu.d/25-long: {mode: "0755", content: "#!/bin/sh\n# title.en=Thirty-five characters are too many\necho ran\n"}
          /usr/lib/rescue/menu.d/26-late: {mode: "0755", content: "#!/bin/sh\n# What it does.\n# title.en=Late\necho ran\n"}
          /usr/lib/rescue/menu.d/README: {mode: "0755", content: "#!/bin/sh\n# title.en=Read me\necho ran\n"}
          /usr/lib/rescue/menu.d/08-second: {mode: "0755", content: "#!/bin/sh\n# title.en=Second\necho ran\n"}
        """;

    private const string Steps = """
        format: 1
        machine: {memory: 256 MiB}
        tests:
          - name: entries
            ready: "Mine 1 is ready."
            within: 240
            absent: ["Call Trace:", "syntax error", "not found", {matches: '^ran\s*$'}]
            steps:
              - wait-for: "20  What this machine is"
              - wait-for: "08-second is not in the menu: its number or letter is taken."
              - wait-for: "21-closed is not in the menu: it is no script that can run here."
              - wait-for: "22-stranger is not in the menu: it is no script that can run here."
              - wait-for: '23-nameless is not in the menu: it has no line "# title.en=" below the first.'
              - wait-for: "24-loud is not in the menu: a title is empty"
              - wait-for: "25-long is not in the menu: a title is empty"
              - wait-for: '26-late is not in the menu: it has no line "# title.en="'
              - wait-for: "README is not in the menu: its name"
              - wait-for: Number or letter
              - type: "21" # the menu again
              - wait-for: Number or letter
              - type: "20"
              - wait-for: "== What this machine is"
              - wait-for: "# cat /sys/class/dmi/id/sys_vendor"
              - wait-for: QEMU
              - wait-for: back to the menu
              - type: "0"
              - wait-for: Number or letter
              - type: "8" # whose number another one wants
              - wait-for: "== Network"
              - wait-for: "Which?"
                within: 60
              - type: "0"
              - wait-for: Number or letter
              - type: L # letters count, large or small
              - wait-for: "Which?"
              - type: "2"
              - wait-for: "20  Was das für ein Rechner ist"
              - wait-for: "23-nameless fehlt im Menü"
              - wait-for: Nummer oder Buchstabe
              - run: cat /run/log/rescue.log
                expect: {contains: sys_vendor}
              - power-off: poweroff
                within: 60
        """;

    /// <summary>The capability in the documentation, as it stands there.</summary>
    private static string Documented
    {
        get
        {
            string text = File.ReadAllText(Path.Combine(Repository.Root, "docs/formats/rescue-menu.md"));
            int from = text.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
            return text[from..text.IndexOf("```\n", from, StringComparison.Ordinal)];
        }
    }

    [SkippableFact]
    public void Menu_WithAnEntryOfOnesOwn_ShowsAndRunsIt_AndTellsWhatIsNone()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(folder["mine/edition.yaml"], Blueprint);
        File.WriteAllText(folder["mine/tests.yaml"], Steps);
        File.WriteAllText(folder["mine/capabilities/machine.yaml"], Documented);
        File.WriteAllText(folder["mine/capabilities/broken.yaml"], Broken);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "./mine");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Matches(@"\b1 of 1 tests passed", outcome.Output);
    }
}
