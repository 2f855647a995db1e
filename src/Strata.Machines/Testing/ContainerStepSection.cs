using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads <c>steps:</c> of a test that starts a container.</summary>
internal static partial class ContainerStepSection
{
    private static readonly string[] s_actions = ["run", "wait-for", "fetch", "listens", "health", "stop", "ends"];
    private static readonly string[] s_keys = [.. s_actions, "expect", "exit", "within"];

    /// <summary>The steps of a test.</summary>
    public static IReadOnlyList<TestStep> ReadAll(TestSection test, FaultList faults)
    {
        List<TestStep> steps = [];
        switch (test.Node("steps"))
        {
            case null:
                break; // it may only wait until the container is ready
            case YamlSequence { Items.Count: <= EditionTestFile.MaximumSteps } list:
                foreach (YamlValue item in list.Items)
                {
                    if (steps is [.., TestStep.Stop or TestStep.Ends])
                    {
                        faults.Add(item, "this step follows the end of the container, after which nothing runs");
                        break;
                    }
                    if (ReadStep(item, faults) is { } step)
                    {
                        steps.Add(step);
                    }
                }
                break;
            default:
                test.Fault("steps", $"'steps' is wrong, expected a list of at most {EditionTestFile.MaximumSteps} steps");
                break;
        }
        return steps;
    }

    private static TestStep? ReadStep(YamlValue node, FaultList faults)
    {
        TestSection step = TestSection.Of(node, "a step in a container", s_keys, faults);
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
        if (step.Has("exit") && action != "run")
        {
            step.Fault("exit", $"'exit' belongs to 'run' only, not to '{action}'; of 'stop' and 'ends' the value is the exit code");
        }
        if (step.Has("expect") && action is not ("run" or "fetch" or "ends"))
        {
            step.Fault("expect", $"'expect' belongs to 'run', 'fetch' and 'ends' only, not to '{action}'");
        }
        Expectation expect = TestStepSection.ReadExpectation(step, faults);
        TestStep? read = action switch
        {
            "run" => CommandOf(step, faults) is { Count: > 0 } words ? new TestStep.Exec(words, expect) : null,
            "wait-for" => step.Pattern(action) is { } pattern ? new TestStep.WaitFor(pattern) : null,
            "fetch" => AddressOf(step) is { } address ? new TestStep.Fetch(address, expect) : null,
            "listens" => ReadPorts(step, faults),
            "health" => step.Choice(action, [("healthy", true), ("unhealthy", false)]) is bool well ? new TestStep.Health(well) : null,
            "stop" => step.Number(action, 0, 255) is int code ? new TestStep.Stop(code) : null,
            _ => step.Number(action, 0, 255) is int code ? new TestStep.Ends(expect with { ExitCode = code }) : null,
        };
        return read is null ? null : read with { Within = step.Seconds("within") ?? read.Within };
    }

    /// <summary>A text is for the image's shell; a list is a program and its arguments, which need none.</summary>
    private static IReadOnlyList<string>? CommandOf(TestSection step, FaultList faults)
    {
        if (step.Node("run") is not YamlSequence)
        {
            return step.Typable("run") is string text ? ["/bin/sh", "-c", text] : null;
        }
        IReadOnlyList<string>? words = ContainerTestSection.Words(step, "run", faults);
        if (words is null or [] || words[0].Length == 0)
        {
            step.Fault("run", "'run' names no program, expected one and its arguments: [/usr/bin/tool, --help]");
        }
        return words;
    }

    private static string? AddressOf(TestSection step)
    {
        string? address = step.Text("fetch");
        if (address is not null && !Address().IsMatch(address))
        {
            step.Fault("fetch", $"'fetch' is '{address}', expected an address in the container, such as http://localhost:8080/");
            return null;
        }
        return address;
    }

    private static TestStep.Listens ReadPorts(TestSection step, FaultList faults)
    {
        SortedSet<int> tcp = [];
        SortedSet<int> udp = [];
        foreach (YamlValue item in step.Items("listens"))
        {
            string[] parts = item is YamlScalar scalar ? scalar.Text.Split('/') : [];
            if (parts is [_] or [_, "tcp" or "udp"]
                && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536)
            {
                (parts is [_, "udp"] ? udp : tcp).Add(port);
            }
            else
            {
                faults.Add(item, "'listens' has what is no port, expected 1 to 65535, or with its protocol: 53/udp");
            }
        }
        return new TestStep.Listens([.. tcp], [.. udp]);
    }

    [GeneratedRegex("^http://(localhost|127\\.0\\.0\\.1)(:[0-9]{1,5})?(/[!-~]{0,1000})?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
