namespace Strata.Composition.Scripts.Shell;

/// <summary>A command that is about to run.</summary>
/// <param name="State">What it may change.</param>
/// <param name="Arguments">Its arguments; null for one that only a running machine would know.</param>
/// <param name="Streams">What it reads and writes.</param>
/// <param name="Line">Where it stands.</param>
internal sealed record CommandCall(ShellState State, IReadOnlyList<string?> Arguments, ShellStreams Streams, int Line)
{
    /// <summary>How the script names it.</summary>
    public required string Name { get; init; }

    /// <summary>True when its failure is an answer and ends nothing.</summary>
    public bool IsAsked { get; init; }

    /// <summary>The arguments, all of which must be known.</summary>
    /// <exception cref="NotUnderstoodException">One is not.</exception>
    public IReadOnlyList<string> Texts =>
        [.. Arguments.Select(a => a ?? throw NotUnderstood($"an argument of '{Name}' is known only while it runs"))];

    /// <summary>A refusal of this command.</summary>
    public NotUnderstoodException NotUnderstood(string what) => new(Line, what);

    /// <summary>Notes what it does.</summary>
    public void Note(string? effect, string reason) => State.Deeds.Add(new ScriptDeed(Line, effect, reason));

    /// <summary>Writes.</summary>
    public void Write(string? text) => Streams.Output?.Write(text);
}
