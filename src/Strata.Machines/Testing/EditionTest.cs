using Strata.Core;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>How the machine gets at a disk or ISO image.</summary>
public enum TestMedium
{
    /// <summary>A virtio disk.</summary>
    Disk,

    /// <summary>A USB stick.</summary>
    Usb,

    /// <summary>A CD in a drive; only the ISO image.</summary>
    Cd,

    /// <summary>A SATA disk (IDE on pc).</summary>
    Sata,

    /// <summary>An NVMe disk.</summary>
    Nvme,
}

/// <summary>What the guest's network may do.</summary>
public enum TestNetwork
{
    /// <summary>There is no network card.</summary>
    None,

    /// <summary>A card, but nothing answers beyond the emulated router.</summary>
    Restricted,

    /// <summary>The guest reaches what the host reaches.</summary>
    Open,
}

/// <summary>The declared machine of a test.</summary>
public sealed record TestMachine
{
    /// <summary>What it boots.</summary>
    public ImageKind Image { get; init; } = ImageKind.Disk;

    /// <summary>The board.</summary>
    public Board Board { get; init; } = Board.Q35;

    /// <summary>The firmware.</summary>
    public Firmware Firmware { get; init; } = Firmware.Uefi;

    /// <summary>How the machine gets at the image; null for what is usual: a CD for the ISO image, else a virtio disk.</summary>
    public TestMedium? Medium { get; init; }

    /// <summary>Memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>Processors.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The network.</summary>
    public TestNetwork Network { get; init; } = TestNetwork.None;

    /// <summary>Network cards, when there is a network; those after the first are on a switch of their own.</summary>
    public int Cards { get; init; } = 1;

    /// <summary>Words that follow the kernel command line of the image.</summary>
    public string KernelWords { get; init; } = "";

    /// <summary>What its clock says when it starts; that of the host when null.</summary>
    public DateOnly? Clock { get; init; }

    /// <summary>False without a device that gives random numbers.</summary>
    public bool HasEntropy { get; init; } = true;

    /// <summary>Empty disks made for the test.</summary>
    public IReadOnlyList<TestDisk> EmptyDisks { get; init; } = [];
}

/// <summary>An empty disk made for a test.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Bus">How the guest sees it.</param>
/// <param name="BadSectors">Sectors of 512 bytes that cannot be read, counted from 0.</param>
public sealed record TestDisk(long Bytes, DiskBus Bus, IReadOnlyList<long> BadSectors);

/// <summary>Who logs in at the console once the system is ready.</summary>
/// <param name="User">The name typed at the prompt.</param>
/// <param name="Password">The password, or null when none is asked for.</param>
public sealed record TestLogin(string User, string? Password);

/// <summary>How the steps that use SSH reach the guest.</summary>
/// <param name="User">The user logged in as.</param>
/// <param name="Port">The guest's port.</param>
/// <param name="KeysFile">The file of the guest to which the throw-away public key is added.</param>
public sealed record TestSsh(string User = "root", int Port = 22, string KeysFile = "/root/.ssh/authorized_keys");

/// <summary>One declared test: a machine, the sign that it is ready, and what is done then.</summary>
public sealed record EditionTest
{
    /// <summary>Lower-case letters, digits and hyphens, unique in its file.</summary>
    public required string Name { get; init; }

    /// <summary>True for a test that is run only when all are asked for, or this one by its name.</summary>
    public bool IsSlow { get; init; }

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

    /// <summary>What is done, in order.</summary>
    public required IReadOnlyList<TestStep> Steps { get; init; }

    /// <summary>How long the system may take to be ready unless told otherwise.</summary>
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromSeconds(60);
}

/// <summary>One step. It has to be done within a time.</summary>
public abstract record TestStep
{
    private TestStep()
    {
    }

    /// <summary>How long the step may take.</summary>
    public TimeSpan Within { get; init; } = DefaultWithin;

    /// <summary>How long a step may take unless told otherwise.</summary>
    public static readonly TimeSpan DefaultWithin = TimeSpan.FromSeconds(30);

    /// <summary>For reports: what it does, as it is written in the file.</summary>
    public abstract string Title { get; }

    /// <summary>Runs a command at the console.</summary>
    public sealed record Run(string Command, Expectation Expect) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"run: {ShellText.Shorten(Command)}";
    }

    /// <summary>Runs a command over SSH.</summary>
    public sealed record Ssh(string Command, Expectation Expect) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"ssh: {ShellText.Shorten(Command)}";
    }

    /// <summary>Waits for a line on the console that comes after the step before.</summary>
    public sealed record WaitFor(LinePattern Pattern) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"wait-for: {Pattern}";
    }

    /// <summary>Types a line on the console, to whatever reads it, and waits for nothing.</summary>
    /// <param name="Line">Without its Enter.</param>
    /// <param name="After">How long to wait first: who asks for a password throws away what was typed before, and that moment is not seen on the line.</param>
    public sealed record Type(string Line, TimeSpan After) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"type: {ShellText.Shorten(Line)}";
    }

    /// <summary>Presses keys of the machine's keyboard together and lets them go.</summary>
    /// <param name="Keys">In QEMU's names with dashes between, such as <c>ret</c> or <c>ctrl-alt-f2</c>.</param>
    public sealed record Press(string Keys) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"press: {Keys}";
    }

    /// <summary>Waits until the screen shows something, and keeps a picture of it beside the log.</summary>
    /// <param name="Name">Of the picture, <c>TEST-NAME.png</c>.</param>
    /// <param name="Colour">The colour, as <c>#rrggbb</c>, of a good part of it; null for anything that is not of one colour.</param>
    public sealed record Screen(string Name, string? Colour) : TestStep
    {
        /// <summary>So much of the screen must be it.</summary>
        public double LeastShare => Colour is null ? 0.0001 : 0.1;

        /// <inheritdoc/>
        public override string Title => $"screen: {Name}";

        /// <summary>What is wrong with a screen that shows too little of it.</summary>
        public string ProblemOf(double share, string picture) => Colour is null
            ? $"the screen is empty ({picture})"
            : FormattableString.Invariant($"{share:P0} of the screen are {Colour}, expected at least {LeastShare:P0} ({picture})");
    }

    /// <summary>Switches the machine off and waits for its end.</summary>
    /// <param name="Command">Typed at the console; null presses the power button instead.</param>
    public sealed record PowerOff(string? Command) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"power-off: {(Command is null ? "button" : ShellText.Shorten(Command))}";
    }

    /// <summary>Restarts the guest and waits until it is ready again.</summary>
    /// <param name="Command">Typed at the console.</param>
    public sealed record Reboot(string Command) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"reboot: {ShellText.Shorten(Command)}";
    }
}
