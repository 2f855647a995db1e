using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>How a test starts the edition as a container, and the sign that it is ready. What it does not say is as in the image.</summary>
public sealed record ContainerTest
{
    /// <summary>In place of the image's entrypoint; null for that.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>In place of the image's arguments; null for those.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Variables beside the image's, or in their place.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>User in place of the image's; null for that.</summary>
    public string? User { get; init; }

    /// <summary>True when it cannot write to its image.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The line of its output that says that it is ready; null when nobody waits for one.</summary>
    public LinePattern? Ready { get; init; }

    /// <summary>How long that may take.</summary>
    public TimeSpan Within { get; init; } = TestGuest.DefaultWithin;

    /// <summary>Lines that must not be in its output.</summary>
    public IReadOnlyList<LinePattern> Absent { get; init; } = [];
}
