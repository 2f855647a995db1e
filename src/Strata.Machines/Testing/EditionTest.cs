using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>Who logs in at the console once the system is ready.</summary>
/// <param name="User">The name typed at the prompt.</param>
/// <param name="Password">The password, or null when none is asked for.</param>
public sealed record TestLogin(string User, string? Password);

/// <summary>How the steps that use SSH reach the guest.</summary>
/// <param name="User">The user logged in as.</param>
/// <param name="Port">The guest's port.</param>
/// <param name="KeysFile">The file of the guest to which the throw-away public key is added.</param>
public sealed record TestSsh(string User = "root", int Port = 22, string KeysFile = "/root/.ssh/authorized_keys");

/// <summary>One machine of a test: what it is, and the sign that it is ready.</summary>
public sealed record TestGuest
{
    /// <summary>Lower-case letters, digits and hyphens; empty for the machine of a test that has only one.</summary>
    public string Name { get; init; } = "";

    /// <summary>Folder of the edition whose image it boots, from that of the file; null for the edition that is tested.</summary>
    public string? Edition { get; init; }

    /// <summary>The machine.</summary>
    public TestMachine Machine { get; init; } = new();

    /// <summary>The line that says that the system is ready.</summary>
    public required LinePattern Ready { get; init; }

    /// <summary>How long that may take.</summary>
    public TimeSpan Within { get; init; } = DefaultWithin;

    /// <summary>Who logs in, or null when the console is a shell already.</summary>
    public TestLogin? Login { get; init; }

    /// <summary>How SSH steps connect.</summary>
    public TestSsh Ssh { get; init; } = new();

    /// <summary>Lines that must not be in the serial log, from the first byte to the last.</summary>
    public IReadOnlyList<LinePattern> Absent { get; init; } = [];

    /// <summary>How long the system may take to be ready unless told otherwise.</summary>
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromSeconds(60);
}

/// <summary>One declared test: machines, the wires between them, and what is done once all are ready.</summary>
public sealed record EditionTest
{
    /// <summary>Lower-case letters, digits and hyphens, unique in its file.</summary>
    public required string Name { get; init; }

    /// <summary>True for a test that is run only when all are asked for, or this one by its name.</summary>
    public bool IsSlow { get; init; }

    /// <summary>How it starts the edition as a container; null for a test with machines.</summary>
    public ContainerTest? Container { get; init; }

    /// <summary>Its machines in the order of the file: none for a test with a container, else at least one.</summary>
    public required IReadOnlyList<TestGuest> Guests { get; init; }

    /// <summary>The networks that its machines share.</summary>
    public IReadOnlyList<TestWire> Wires { get; init; } = [];

    /// <summary>What is done, in order.</summary>
    public required IReadOnlyList<TestStep> Steps { get; init; }

    /// <summary>The first machine of any test, which says how the edition itself starts; null when none has one.</summary>
    public static TestGuest? FirstGuest(IEnumerable<EditionTest> tests) => tests.SelectMany(t => t.Guests).FirstOrDefault();

    /// <summary>The steps of one machine.</summary>
    public IEnumerable<TestStep> StepsOf(TestGuest guest) => Steps.Where(s => Guests[s.Guest] == guest);
}
