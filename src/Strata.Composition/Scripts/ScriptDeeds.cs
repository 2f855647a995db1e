namespace Strata.Composition.Scripts;

/// <summary>Something that a script does on a fresh installation.</summary>
/// <param name="Line">In which line.</param>
/// <param name="Effect">The effect that produces it; null when it means nothing in an image.</param>
/// <param name="Reason">What it is, or why it means nothing.</param>
internal sealed record ScriptDeed(int Line, string? Effect, string Reason);

/// <summary>All that a script does.</summary>
internal sealed class ScriptDeeds
{
    private readonly List<ScriptDeed> _deeds = [];
    private readonly HashSet<ScriptDeed> _known = [];

    /// <summary>In the order in which it does them, each once.</summary>
    public IReadOnlyList<ScriptDeed> All => _deeds;

    /// <summary>Adds one.</summary>
    public void Add(ScriptDeed deed)
    {
        if (_known.Add(deed))
        {
            _deeds.Add(deed);
        }
    }

    /// <summary>Adds those of another way.</summary>
    public void Add(ScriptDeeds other)
    {
        foreach (ScriptDeed deed in other._deeds)
        {
            Add(deed);
        }
    }

    /// <summary>A copy.</summary>
    public ScriptDeeds Clone()
    {
        ScriptDeeds copy = new();
        copy.Add(this);
        return copy;
    }
}
