using System.Text.RegularExpressions;
using Strata.Core;
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

    /// <summary>Most machines in a test.</summary>
    public const int MaximumGuests = 8;

    /// <summary>Most wires in a test.</summary>
    public const int MaximumWires = 8;

    /// <summary>Longest time that can be given, in seconds.</summary>
    public const int MaximumSeconds = 3600;

    /// <summary>The end of a fault about a name.</summary>
    internal const string NameRule = "expected at most 60 lower-case letters, digits and hyphens, with a letter or digit first";

    private const int MaximumFaultsShown = 100;

    private static readonly Dictionary<string, string> s_standInFiles =
        new(StringComparer.Ordinal) { ["boot.ipxe"] = "image", [BootMedium.Net.UefiProgram] = "image" };

    private static readonly YamlLimits s_limits = new(256 * 1024, 16);
    private static readonly string[] s_fileKeys = ["format", "machine", "tests"];
    private static readonly string[] s_testKeys =
        ["name", "slow", "container", "matrix", "wires", "guests", .. TestGuestSection.OwnKeys, "steps"];

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
        else if (name.Length > 0 && !IsName(name))
        {
            test.Fault("name", $"'name' is '{name}', {NameRule}");
        }
        name += variant.Suffix;
        if (name.Length > 0 && !names.Add(name))
        {
            test.Fault("name", $"the name '{name}' is used twice");
        }
        bool isSlow = test.Choice("slow", [("true", true), ("false", false)]) ?? false;
        if (test.Has("container"))
        {
            ContainerTest container = ContainerTestSection.Read(test, faults);
            return new EditionTest
            {
                Name = name, IsSlow = isSlow, Container = container, Guests = [], Steps = ContainerStepSection.ReadAll(test, faults),
            };
        }
        IReadOnlyList<TestWire> wires = TestWireSection.ReadAll(test, faults);
        IReadOnlyList<TestGuest> guests = TestGuestSection.ReadAll(test, variant, defaults, faults);
        EditionTest read = new()
        {
            Name = name,
            IsSlow = isSlow,
            Guests = guests,
            Wires = wires,
            Steps = TestStepSection.ReadAll(test, guests, faults),
        };
        foreach (TestGuest guest in guests)
        {
            CheckMachine(test, variant, read, guest, faults);
        }
        return read;
    }

    /// <summary>What a machine cannot be, and what does not fit its steps or wires.</summary>
    private static void CheckMachine(TestSection test, TestVariant variant, EditionTest read, TestGuest guest, FaultList faults)
    {
        TestMachine machine = guest.Machine;
        YamlValue place = variant.Machine ?? test.Node("machine") ?? test.Node("guests") ?? test.Value;
        string whose = guest.Name.Length > 0 ? $"'{guest.Name}': " : "";
        if (EditionTestRunner.MediumProblem(machine) is string unfit)
        {
            faults.Add(place, whose + unfit);
        }
        if (machine is { Network: TestNetwork.None, Cards: > 1 })
        {
            faults.Add(place, whose + "the machine has several network cards and no network; write 'network: restricted' beside 'cards'");
        }
        bool hasHost = read.Wires.Any(w => w.Host is not null && machine.Wires.Contains(w.Name, StringComparer.Ordinal));
        if (machine.Network == TestNetwork.None && !hasHost && read.StepsOf(guest).Any(s => s is TestStep.Ssh))
        {
            test.Fault(
                "steps",
                whose + "a step uses ssh, but the machine has no network; write 'network: restricted' under 'machine', "
                + "or put it on a wire with a host");
        }
        string[] wires = [.. read.Wires.Select(w => w.Name)];
        foreach (string wire in machine.Wires.Where(w => !wires.Contains(w, StringComparer.Ordinal)))
        {
            faults.Add(place, $"{whose}the machine has a card on '{wire}', which is no wire of the test{NearMiss.Suggestion(wire, wires)}");
        }
        foreach (string wire in read.StepsOf(guest).OfType<TestStep.Scan>().Select(s => s.Wire).Distinct(StringComparer.Ordinal))
        {
            if (!machine.Wires.Contains(wire, StringComparer.Ordinal) || read.Wires.FirstOrDefault(w => w.Name == wire)?.Host is null)
            {
                test.Fault("steps", $"{whose}a step scans from '{wire}', expected a wire with a host, which the machine has a card on");
            }
        }
        if (read.StepsOf(guest).OfType<TestStep.Screen>().Max(s => (int?)s.Number) is int number && number > machine.Screens)
        {
            test.Fault(
                "steps",
                $"{whose}a step looks at screen {number}, and the machine has {machine.Screens}; "
                + $"write 'screens: {number}' under 'machine'");
        }
        if (machine.EmptyDisks.Any(d => d.BadSectors.Count > 0)
            && read.StepsOf(guest).Any(s => s is TestStep.PowerCut { KeepsWritten: false }))
        {
            test.Fault("steps", $"{whose}'power-cut: flushed' is not for a machine with bad sectors on a disk; 'power-cut: written' is");
        }
        MachineConfig config = EditionTestRunner.ConfigOf(read, guest, StandIn(machine.Image), [.. machine.EmptyDisks.Select(_ => "disk")]);
        foreach (string problem in config.Problems())
        {
            faults.Add(place, whose + problem);
        }
    }

    /// <summary>True for what tests, machines, wires and pictures may be called: a part of a file name.</summary>
    internal static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>An image of the right kind, for checks that do not look at files.</summary>
    private static BootMedium StandIn(ImageKind image) =>
        image == ImageKind.Disk ? new BootMedium.Disk("image")
        : image == ImageKind.Iso ? new BootMedium.Iso("image")
        : image == ImageKind.Uki ? new BootMedium.Uki("image")
        : image == ImageKind.Pxe ? new BootMedium.Net(s_standInFiles, "boot.ipxe")
        : new BootMedium.Kernel("image");

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,59}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
