using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Machines.Serial;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads <c>steps:</c> of a test.</summary>
internal static partial class TestStepSection
{
    private static readonly string[] s_actions =
        ["run", "ssh", "type", "press", "screen", "wait-for", "power-off", "reboot", "restart", "power-cut", "scan"];
    private static readonly string[] s_keys = [.. s_actions, "on", "after", "expect", "exit", "shows", "number", "open", "within"];

    /// <summary>The steps of a test.</summary>
    /// <param name="test">The test.</param>
    /// <param name="guests">Its machines.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static IReadOnlyList<TestStep> ReadAll(TestSection test, IReadOnlyList<TestGuest> guests, FaultList faults)
    {
        List<TestStep> steps = [];
        HashSet<int> off = [];
        switch (test.Node("steps"))
        {
            case null:
                break; // a test may only boot
            case YamlSequence { Items.Count: <= EditionTestFile.MaximumSteps } list:
                foreach (YamlValue item in list.Items)
                {
                    if (ReadStep(item, guests, faults) is not { } step)
                    {
                        continue;
                    }
                    if (off.Contains(step.Guest))
                    {
                        faults.Add(item, guests.Count == 1
                            ? "this step follows 'power-off', after which nothing runs"
                            : $"this step follows a 'power-off' of '{guests[step.Guest].Name}', on which nothing runs any more");
                        break;
                    }
                    steps.Add(step);
                    if (step is TestStep.PowerOff)
                    {
                        off.Add(step.Guest);
                    }
                }
                break;
            default:
                test.Fault("steps", $"'steps' is wrong, expected a list of at most {EditionTestFile.MaximumSteps} steps");
                break;
        }
        return steps;
    }

    private static TestStep? ReadStep(YamlValue node, IReadOnlyList<TestGuest> guests, FaultList faults)
    {
        TestSection step = TestSection.Of(node, "a step", s_keys, faults);
        if (node is not YamlMapping)
        {
            return null;
        }
        string[] actions = [.. step.Keys.Where(k => s_actions.Contains(k, StringComparer.Ordinal))];
        if (actions.Length != 1)
        {
            string done = actions.Length == 0 ? "nothing" : string.Join(" and ", actions);
            faults.Add(node, $"a step does {done}, expected exactly one of {string.Join(", ", s_actions)}");
            return null;
        }
        string action = actions[0];
        if (action is not ("run" or "ssh"))
        {
            foreach (string key in (string[])["expect", "exit"])
            {
                if (step.Has(key))
                {
                    step.Fault(key, $"'{key}' belongs to 'run' and 'ssh' only, not to '{action}'");
                }
            }
        }
        if (action != "type" && step.Has("after"))
        {
            step.Fault("after", $"'after' belongs to 'type' only, not to '{action}'");
        }
        foreach (string key in (string[])["shows", "number"])
        {
            if (action != "screen" && step.Has(key))
            {
                step.Fault(key, $"'{key}' belongs to 'screen' only, not to '{action}'");
            }
        }
        if (action != "scan" && step.Has("open"))
        {
            step.Fault("open", $"'open' belongs to 'scan' only, not to '{action}'");
        }
        string? text = action == "wait-for" ? null : step.Typable(action);
        Expectation expect = ReadExpectation(step, faults);
        TestStep? read = action switch
        {
            "run" => text is null ? null : new TestStep.Run(text, expect),
            "ssh" => text is null ? null : new TestStep.Ssh(text, expect),
            "type" => text is null ? null : new TestStep.Type(text, step.Seconds("after") ?? TimeSpan.Zero),
            "press" => ReadPress(step, text),
            "screen" => ReadScreen(step, text),
            "wait-for" => step.Pattern(action) is { } pattern ? new TestStep.WaitFor(pattern) : null,
            "power-off" => text is null ? null : new TestStep.PowerOff(text == "button" ? null : text),
            "restart" => text is null ? null : new TestStep.Restart(text == "button" ? null : text),
            "power-cut" => step.Choice(action, [("written", true), ("flushed", false)]) is bool keeps ? new TestStep.PowerCut(keeps) : null,
            "scan" => text is null ? null : new TestStep.Scan(text, ReadPorts(step, faults)),
            _ => text is null ? null : new TestStep.Reboot(text),
        };
        int guest = GuestOf(step, guests);
        return read is null ? null : read with { Guest = guest, Within = step.Seconds("within") ?? read.Within };
    }

    /// <summary>The machine that a step names with <c>on</c>; it has to when there are several.</summary>
    private static int GuestOf(TestSection step, IReadOnlyList<TestGuest> guests)
    {
        string[] names = [.. guests.Select(g => g.Name)];
        if (guests.Count == 1 && names[0].Length == 0)
        {
            if (step.Has("on"))
            {
                step.Fault("on", "'on' names a machine of a test with 'guests', and this test has one machine without a name");
            }
            return 0;
        }
        if (!step.Has("on") && guests.Count > 1)
        {
            step.Fault("on", $"a step of a test with several machines says with 'on' on which: {string.Join(", ", names)}");
        }
        return step.Choice("on", [.. names.Select((n, i) => (n, i))]) ?? 0;
    }

    private static TestStep.Press? ReadPress(TestSection step, string? keys)
    {
        if (keys is not null && !Keys().IsMatch(keys))
        {
            step.Fault("press", $"'press' is '{keys}', expected keys in QEMU's names with dashes between, such as ret or ctrl-alt-f2");
            return null;
        }
        return keys is null ? null : new TestStep.Press(keys);
    }

    private static List<int> ReadPorts(TestSection step, FaultList faults)
    {
        SortedSet<int> ports = [];
        foreach (YamlValue item in step.Items("open"))
        {
            if (item is YamlScalar scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int port)
                && port is > 0 and < 65536)
            {
                ports.Add(port);
            }
            else
            {
                faults.Add(item, "'open' has what is no port, expected whole numbers from 1 to 65535");
            }
        }
        return [.. ports];
    }

    private static TestStep.Screen? ReadScreen(TestSection step, string? name)
    {
        if (name is not null && !EditionTestFile.IsName(name))
        {
            step.Fault("screen", $"'screen' is '{name}', expected a name for the picture: lower-case letters, digits and hyphens");
            name = null;
        }
        string? colour = step.Text("shows");
        if (colour is not null && !Colour().IsMatch(colour))
        {
            step.Fault("shows", $"'shows' is '{colour}', expected a colour such as \"#1c71d8\"");
            colour = null;
        }
        int number = step.Number("number", 1, MachineConfig.MaximumScreens) ?? 1;
        return name is null ? null : new TestStep.Screen(name, colour, number);
    }

    /// <summary><c>exit</c> and <c>expect</c> of a step.</summary>
    internal static Expectation ReadExpectation(TestSection step, FaultList faults)
    {
        Expectation expected = new() { ExitCode = step.Number("exit", 0, 255) ?? 0 };
        if (step.Node("expect") is not { } node)
        {
            return expected;
        }
        TestSection expect = TestSection.Of(node, "'expect'", ["contains", "equals", "matches"], faults);
        if (node is YamlMapping { Items.Count: 0 })
        {
            faults.Add(node, "'expect' is empty");
        }
        return expected with
        {
            Contains = Texts(expect, "contains", faults),
            EqualTo = expect.Text("equals"),
            Matches = [.. Texts(expect, "matches", faults).Select(t => Compile(expect, t)).OfType<Regex>()],
        };
    }

    private static List<string> Texts(TestSection section, string key, FaultList faults)
    {
        List<string> texts = [];
        foreach (YamlValue item in section.Items(key))
        {
            if (item is YamlScalar { Text: { Length: > 0 } text })
            {
                texts.Add(text);
            }
            else
            {
                faults.Add(item, $"'{key}' is {(item is YamlScalar ? "empty" : item.Kind)}, expected a text or a list of texts");
            }
        }
        return texts;
    }

    private static Regex? Compile(TestSection section, string pattern)
    {
        try
        {
            return LinePattern.Compile(pattern);
        }
        catch (StrataException e)
        {
            section.Fault("matches", e.Message);
            return null;
        }
    }

    [GeneratedRegex("^[a-z0-9_]{1,20}(-[a-z0-9_]{1,20}){0,4}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Keys();

    [GeneratedRegex("^#[0-9a-fA-F]{6}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Colour();
}
