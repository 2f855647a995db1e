namespace Strata.Machines.Testing;

public abstract partial record TestStep
{
    /// <summary>Runs a program in the container.</summary>
    /// <param name="Words">Program and arguments.</param>
    /// <param name="Expect">What it should come to.</param>
    public sealed record Exec(IReadOnlyList<string> Words, Expectation Expect) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"run: {Serial.ShellText.Shorten(string.Join(' ', Words))}";
    }

    /// <summary>Asks the container over HTTP until it answers.</summary>
    /// <param name="Address">Such as <c>http://localhost:8080/</c>.</param>
    /// <param name="Expect">What it should answer.</param>
    public sealed record Fetch(string Address, Expectation Expect) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"fetch: {Address}";
    }

    /// <summary>Waits until somebody in the container listens on exactly these ports of TCP, and on these of UDP.</summary>
    /// <param name="Tcp">Ports of TCP, ascending.</param>
    /// <param name="Udp">Ports of UDP, ascending; others may be there too.</param>
    public sealed record Listens(IReadOnlyList<int> Tcp, IReadOnlyList<int> Udp) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => Tcp.Count + Udp.Count == 0
            ? "listens: nowhere"
            : $"listens: {string.Join(", ", [.. Tcp.Select(p => $"{p}"), .. Udp.Select(p => $"{p}/udp")])}";
    }

    /// <summary>Runs the image's health check until it says this.</summary>
    /// <param name="IsWell">What it should say.</param>
    public sealed record Health(bool IsWell) : TestStep
    {
        /// <summary>In Docker's words.</summary>
        public string Word => IsWell ? "healthy" : "unhealthy";

        /// <inheritdoc/>
        public override string Title => $"health: {Word}";
    }

    /// <summary>Sends the container the signal that its image names, and waits for its end.</summary>
    /// <param name="ExitCode">The exit code that is right.</param>
    public sealed record Stop(int ExitCode) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"stop: {ExitCode}";
    }

    /// <summary>Waits for the container's own end.</summary>
    /// <param name="Expect">Exit code, and what it should have said from its beginning on.</param>
    public sealed record Ends(Expectation Expect) : TestStep
    {
        /// <inheritdoc/>
        public override string Title => $"ends: {Expect.ExitCode}";
    }
}
