using Strata.Machines.Network;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>One step. It has to be done within a time.</summary>
public abstract partial record TestStep
{
    private TestStep()
    {
    }

    /// <summary>Which machine of the test it is about: a place in <see cref="EditionTest.Guests"/>.</summary>
    public int Guest { get; init; }

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
    /// <param name="After">
    /// How long to wait first: who asks for a password throws away what was typed before, and that moment is not seen on the line.
    /// </param>
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

    /// <summary>Waits until a screen shows something, and keeps a picture of it beside the log.</summary>
    /// <param name="Name">Of the picture, <c>TEST-NAME.png</c>.</param>
    /// <param name="Colour">The colour, as <c>#rrggbb</c>, of a good part of it; null for anything that is not of one colour.</param>
    /// <param name="Number">Which of the machine's screens, from 1.</param>
    public sealed record Screen(string Name, string? Colour, int Number = 1) : TestStep
    {
        /// <summary>So much of the screen must be it.</summary>
        public double LeastShare => Colour is null ? 0.0001 : 0.1;

        /// <inheritdoc/>
        public override string Title => Number == 1 ? $"screen: {Name}" : $"screen: {Name}, number: {Number}";

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

    /// <summary>Asks every TCP port of the guest from the host of a wire, and compares those on which somebody listens.</summary>
    /// <param name="Wire">Name of the wire.</param>
    /// <param name="Open">Exactly those that may be open, ascending.</param>
    public sealed record Scan(string Wire, IReadOnlyList<int> Open) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"scan: {Wire}";

        /// <summary>What is wrong with what a scan found, or null.</summary>
        public string? ProblemOf(WireScan found)
        {
            ArgumentNullException.ThrowIfNull(found);
            return found.Problem is not null ? $"cannot tell which ports are open: {found.Problem}"
                : found.Open.SequenceEqual(Open) ? null
                : $"open are {Words(found.Open)}, expected {Words(Open)}";
        }

        private static string Words(IReadOnlyList<int> ports) =>
            ports.Count == 0 ? "no ports" : string.Join(", ", ports.Take(20)) + (ports.Count > 20 ? " ..." : "");
    }

    /// <summary>Switches the machine off, starts it again with the disks it had, and waits until it is ready.</summary>
    /// <param name="Command">Typed at the console; null presses the power button instead.</param>
    public sealed record Restart(string? Command) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"restart: {(Command is null ? "button" : ShellText.Shorten(Command))}";
    }

    /// <summary>Ends the machine from one moment to the next, starts it again with the disks it had, and waits until it is ready.</summary>
    /// <param name="KeepsWritten">True when everything it wrote is on its disks; false when only what it flushed is.</param>
    public sealed record PowerCut(bool KeepsWritten) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"power-cut: {(KeepsWritten ? "written" : "flushed")}";
    }

    /// <summary>Restarts the guest and waits until it is ready again.</summary>
    /// <param name="Command">Typed at the console.</param>
    public sealed record Reboot(string Command) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"reboot: {ShellText.Shorten(Command)}";
    }
}
