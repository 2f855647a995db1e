using System.Text.RegularExpressions;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads a test that starts a container.</summary>
internal static partial class ContainerTestSection
{
    private const int MostWords = 100;
    private const int MostVariables = 100;

    /// <summary>Keys of such a test.</summary>
    public static readonly string[] TestKeys = ["name", "slow", "container", "ready", "within", "absent", "steps"];

    private static readonly string[] s_keys = ["entrypoint", "command", "environment", "user", "read-only"];

    /// <summary>Reads it.</summary>
    public static ContainerTest Read(TestSection test, FaultList faults)
    {
        foreach (string key in test.Keys.Where(k => !TestKeys.Contains(k, StringComparer.Ordinal)))
        {
            test.Fault(key, $"'{key}' belongs to a test that boots a machine; this one starts a container");
        }
        if (!test.Has("ready") && test.Node("steps") is not YamlSequence { Items.Count: > 0 })
        {
            test.Fault("container", "a test of a container needs 'ready' or 'steps': without them it would see nothing of it");
        }
        TestSection container = TestSection.Of(test.Node("container")!, "'container'", s_keys, faults);
        return new ContainerTest
        {
            Entrypoint = Words(container, "entrypoint", faults),
            Command = Words(container, "command", faults),
            Environment = ReadEnvironment(container, faults),
            User = container.Text("user"),
            IsReadOnly = container.Choice("read-only", [("true", true), ("false", false)]) ?? false,
            Ready = test.Pattern("ready"),
            Within = test.Seconds("within") ?? TestGuest.DefaultWithin,
            Absent = [.. test.Items("absent").Select(a => TestSection.Pattern(a, "absent", faults)).OfType<Serial.LinePattern>()],
        };
    }

    /// <summary>A list of words for a program, or null; an empty list is one, too.</summary>
    public static IReadOnlyList<string>? Words(TestSection section, string key, FaultList faults)
    {
        if (section.Node(key) is not { } node)
        {
            return null;
        }
        if (node is not YamlSequence { Items.Count: <= MostWords } list)
        {
            section.Fault(key, $"'{key}' is {node.Kind}, expected a list of at most {MostWords} words: [/usr/bin/tool, --help]");
            return null;
        }
        List<string> words = [];
        foreach (YamlValue item in list.Items)
        {
            if (item is YamlScalar { Text: string text } && !text.Contains('\0', StringComparison.Ordinal))
            {
                words.Add(text);
            }
            else
            {
                faults.Add(item, $"'{key}' has {item.Kind}, expected a text without NUL");
            }
        }
        return words;
    }

    private static Dictionary<string, string> ReadEnvironment(TestSection container, FaultList faults)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        if (container.Node("environment") is not { } node)
        {
            return variables;
        }
        if (node is not YamlMapping { Items.Count: <= MostVariables } map)
        {
            container.Fault("environment", $"'environment' is {node.Kind}, expected at most {MostVariables} variables, NAME: value");
            return variables;
        }
        foreach ((YamlScalar name, YamlValue value) in map.Items)
        {
            if (Variable().IsMatch(name.Text) && value is YamlScalar { Text: string text }
                && !text.Contains('\0', StringComparison.Ordinal))
            {
                variables[name.Text] = text;
            }
            else
            {
                faults.Add(name, $"'environment' has '{name.Text}', expected NAME: value");
            }
        }
        return variables;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,99}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}
