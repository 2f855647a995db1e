using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Machines.Serial;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads <c>tests.yaml</c> of an edition (docs/formats/edition-tests.md).</summary>
public static partial class EditionTestFile
{
    /// <summary>The version of the format this program knows.</summary>
    public const int FormatVersion = 1;

    /// <summary>Most tests in a file.</summary>
    public const int MaximumTests = 100;

    /// <summary>Most steps in a test.</summary>
    public const int MaximumSteps = 200;

    /// <summary>Longest time that can be given, in seconds.</summary>
    public const int MaximumSeconds = 3600;

    private const int MaximumFaultsShown = 100;

    private static readonly Dictionary<string, string> s_standInFiles =
        new(StringComparer.Ordinal) { ["boot.ipxe"] = "image", [BootMedium.Net.UefiProgram] = "image" };

    private static readonly YamlLimits s_limits = new(256 * 1024, 16);
    private static readonly string[] s_fileKeys = ["format", "machine", "tests"];
    private static readonly string[] s_testKeys = ["name", "slow", "machine", "matrix", "ready", "within", "login", "ssh", "absent", "steps"];
    private static readonly string[] s_actions = ["run", "ssh", "type", "press", "screen", "wait-for", "power-off", "reboot"];
    private static readonly string[] s_stepKeys = [.. s_actions, "after", "expect", "exit", "shows", "within"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="StrataException">It cannot be read or has faults; all are named with their places.</exception>
    public static IReadOnlyList<EditionTest> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(ForeignFolder.ReadTextFile(path, depth: 1, 4L * s_limits.MaxCharacters), path);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="StrataException">It has faults; all are named with their places.</exception>
    public static IReadOnlyList<EditionTest> Parse(string text, string path)
    {
        ArgumentNullException.ThrowIfNull(text);
        FaultList faults = new();
        List<EditionTest> tests = [];
        if (YamlFile.ParseValue(text, path, faults, s_limits) is { } root)
        {
            TestSection file = TestSection.Of(root, "the file", s_fileKeys, faults);
            if (root is YamlMapping)
            {
                CheckFormat(file);
                TestMachine machine = new();
                if (file.Node("machine") is { } node)
                {
                    machine = TestMachineSection.Read(node, machine, faults);
                }
                tests.AddRange(ReadTests(file, machine, faults));
            }
        }
        ThrowIfAny(faults, path);
        return tests;
    }

    /// <summary>The only fault stands in the message, several in the hint.</summary>
    private static void ThrowIfAny(FaultList faults, string path)
    {
        string[] lines = [.. faults.Faults.Distinct().Select(f => $"line {f.Line}, column {f.Column}: {f.Message}")]; // each variant of a test finds the same faults
        if (lines.Length == 1)
        {
            throw new StrataException($"cannot use {path}: {lines[0]}", "docs/formats/edition-tests.md describes the format.");
        }
        if (lines.Length > 1)
        {
            string rest = lines.Length <= MaximumFaultsShown ? "" : $"\n  ... and {lines.Length - MaximumFaultsShown} more";
            throw new StrataException(
                $"cannot use {path}: it has {lines.Length} faults", string.Join('\n', lines.Take(MaximumFaultsShown).Select(l => $"  {l}")) + rest);
        }
    }

    private static void CheckFormat(TestSection file)
    {
        if (!file.Has("format"))
        {
            file.Fault("format", $"'format' is missing; write 'format: {FormatVersion}' first");
        }
        else if (file.Text("format") is { } version && version != $"{FormatVersion}")
        {
            file.Fault("format", $"'format' is '{version}', this program knows {FormatVersion}; a newer one may be needed");
        }
    }

    private static IEnumerable<EditionTest> ReadTests(TestSection file, TestMachine machine, FaultList faults)
    {
        if (file.Node("tests") is not YamlSequence { Items: { Count: > 0 and <= MaximumTests } items })
        {
            file.Fault("tests", $"'tests' is {(file.Has("tests") ? "wrong" : "missing")}, expected a list of 1 to {MaximumTests} tests");
            yield break;
        }
        HashSet<string> names = new(StringComparer.Ordinal);
        int count = 0;
        foreach (YamlValue item in items)
        {
            foreach (TestVariant variant in TestMatrix.Of(item, faults))
            {
                yield return ReadTest(item, variant, machine, names, faults);
                if (++count > MaximumTests)
                {
                    faults.Add(item, $"with this one there are more than {MaximumTests} tests, counting the variants of each 'matrix'");
                    yield break;
                }
            }
        }
    }

    private static EditionTest ReadTest(YamlValue node, TestVariant variant, TestMachine defaults, HashSet<string> names, FaultList faults)
    {
        TestSection test = TestSection.Of(node, "a test", s_testKeys, faults);
        string name = test.Text("name") ?? "";
        if (!test.Has("name"))
        {
            test.Fault("name", "a test lacks 'name'");
        }
        else if (name.Length > 0 && !Name().IsMatch(name))
        {
            test.Fault("name", $"'name' is '{name}', expected at most 60 lower-case letters, digits and hyphens, with a letter or digit first");
        }
        name += variant.Suffix;
        if (name.Length > 0 && !names.Add(name))
        {
            test.Fault("name", $"the name '{name}' is used twice");
        }
        if (!test.Has("ready"))
        {
            test.Fault("ready", "a test lacks 'ready', the text on the serial line that says that the system is up");
        }
        TestMachine machine = test.Node("machine") is { } own ? TestMachineSection.Read(own, defaults, faults) : defaults;
        machine = variant.Machine is { } varied ? TestMachineSection.Read(varied, machine, faults) : machine;
        if (EditionTestRunner.MediumProblem(machine) is string unfit)
        {
            faults.Add(variant.Machine ?? test.Node("machine") ?? test.Value, unfit);
        }
        List<TestStep> steps = ReadSteps(test, faults);
        if (machine is { Network: TestNetwork.None, Cards: > 1 })
        {
            test.Fault("machine", "the machine has several network cards and no network; write 'network: restricted' beside 'cards'");
        }
        if (machine.Network == TestNetwork.None && steps.Any(s => s is TestStep.Ssh))
        {
            test.Fault("steps", "a step uses ssh, but the machine has no network; write 'network: restricted' under 'machine'");
        }
        EditionTest read = new()
        {
            Name = name,
            IsSlow = test.Choice("slow", [("true", true), ("false", false)]) ?? false,
            Machine = machine,
            Ready = test.Pattern("ready") ?? LinePattern.Text("?"),
            Within = Seconds(test, "within") ?? EditionTest.DefaultWithin,
            Login = ReadLogin(test, faults),
            Ssh = ReadSsh(test, faults),
            Absent = [.. test.Items("absent").Select(a => TestSection.Pattern(a, "absent", faults)).OfType<LinePattern>()],
            Steps = steps,
        };
        MachineConfig config = EditionTestRunner.ConfigOf(read, StandIn(machine.Image), [.. machine.EmptyDisks.Select(_ => "disk")]);
        foreach (string problem in config.Problems())
        {
            faults.Add(test.Node("machine") ?? test.Value, problem);
        }
        return read;
    }

    /// <summary>An image of the right kind, for checks that do not look at files.</summary>
    private static BootMedium StandIn(ImageKind image) =>
        image == ImageKind.Disk ? new BootMedium.Disk("image")
        : image == ImageKind.Iso ? new BootMedium.Iso("image")
        : image == ImageKind.Uki ? new BootMedium.Uki("image")
        : image == ImageKind.Pxe ? new BootMedium.Net(s_standInFiles, "boot.ipxe")
        : new BootMedium.Kernel("image");

    private static TimeSpan? Seconds(TestSection section, string key) =>
        section.Number(key, 1, MaximumSeconds) is int seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static TestLogin? ReadLogin(TestSection test, FaultList faults)
    {
        if (test.Node("login") is not { } node)
        {
            return null;
        }
        TestSection login = TestSection.Of(node, "'login'", ["user", "password"], faults);
        string? user = Typable(login, "user");
        if (node is YamlMapping && !login.Has("user"))
        {
            login.Fault("user", "'login' lacks 'user'");
        }
        return new TestLogin(user ?? "", Typable(login, "password"));
    }

    private static TestSsh ReadSsh(TestSection test, FaultList faults)
    {
        TestSsh standard = new();
        if (test.Node("ssh") is not { } node)
        {
            return standard;
        }
        TestSection ssh = TestSection.Of(node, "'ssh'", ["user", "port", "keys"], faults);
        string user = ssh.Text("user") ?? standard.User;
        if (!UserName().IsMatch(user))
        {
            ssh.Fault("user", $"'user' is '{user}', expected the name of a user of the guest");
        }
        string keys = Typable(ssh, "keys") ?? (user == standard.User ? standard.KeysFile : $"/home/{user}/.ssh/authorized_keys");
        if (!keys.StartsWith('/') || keys.Contains('\n', StringComparison.Ordinal))
        {
            ssh.Fault("keys", $"'keys' is '{keys}', expected the full path of a file of the guest");
        }
        return new TestSsh(user, ssh.Number("port", 1, 65535) ?? standard.Port, keys);
    }

    private static List<TestStep> ReadSteps(TestSection test, FaultList faults)
    {
        List<TestStep> steps = [];
        switch (test.Node("steps"))
        {
            case null:
                break; // a test may only boot
            case YamlSequence { Items.Count: <= MaximumSteps } list:
                foreach (YamlValue item in list.Items)
                {
                    if (steps is [.., TestStep.PowerOff])
                    {
                        faults.Add(item, "this step follows 'power-off', after which nothing runs");
                        break;
                    }
                    if (ReadStep(item, faults) is { } step)
                    {
                        steps.Add(step);
                    }
                }
                break;
            default:
                test.Fault("steps", $"'steps' is wrong, expected a list of at most {MaximumSteps} steps");
                break;
        }
        return steps;
    }

    private static TestStep? ReadStep(YamlValue node, FaultList faults)
    {
        TestSection step = TestSection.Of(node, "a step", s_stepKeys, faults);
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
        if (action != "screen" && step.Has("shows"))
        {
            step.Fault("shows", $"'shows' belongs to 'screen' only, not to '{action}'");
        }
        string? text = action == "wait-for" ? null : Typable(step, action);
        Expectation expect = ReadExpectation(step, faults);
        TestStep? read = action switch
        {
            "run" => text is null ? null : new TestStep.Run(text, expect),
            "ssh" => text is null ? null : new TestStep.Ssh(text, expect),
            "type" => text is null ? null : new TestStep.Type(text, Seconds(step, "after") ?? TimeSpan.Zero),
            "press" => ReadPress(step, text),
            "screen" => ReadScreen(step, text),
            "wait-for" => step.Pattern(action) is { } pattern ? new TestStep.WaitFor(pattern) : null,
            "power-off" => text is null ? null : new TestStep.PowerOff(text == "button" ? null : text),
            _ => text is null ? null : new TestStep.Reboot(text),
        };
        TimeSpan? within = Seconds(step, "within");
        return read is null || within is null ? read : read with { Within = within.Value };
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

    private static TestStep.Screen? ReadScreen(TestSection step, string? name)
    {
        if (name is not null && !Name().IsMatch(name))
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
        return name is null ? null : new TestStep.Screen(name, colour);
    }

    private static Expectation ReadExpectation(TestSection step, FaultList faults)
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

    /// <summary>A text that can be typed at a console.</summary>
    private static string? Typable(TestSection section, string key)
    {
        if (section.Text(key) is not { } text)
        {
            return null;
        }
        try
        {
            ShellText.ThrowIfUntypable(text);
            return text;
        }
        catch (StrataException e)
        {
            section.Fault(key, e.Message);
            return null;
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,59}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z0-9_]{1,20}(-[a-z0-9_]{1,20}){0,4}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Keys();

    [GeneratedRegex("^#[0-9a-fA-F]{6}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Colour();

    [GeneratedRegex("^[a-z_][a-z0-9_-]{0,31}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserName();
}
