namespace Strata.Composition.Scripts.Shell;

/// <summary>What commands read one after the other: what one has taken the next does not get.</summary>
/// <param name="text">All of it; null when nobody knows it.</param>
internal sealed class ShellInput(string? text)
{
    private string? _text = text;

    /// <summary>Nothing to read.</summary>
    public static ShellInput Empty { get; } = new("");

    /// <summary>How much is taken; to go another way from an earlier place.</summary>
    public int Taken { get; set; }

    /// <summary>From now on nobody knows what is left.</summary>
    public void Forget() => _text = null;

    /// <summary>Takes all that is left; null when nobody knows it.</summary>
    public string? TakeAll()
    {
        string? rest = _text?[Taken..];
        Taken = _text?.Length ?? 0;
        return rest;
    }

    /// <summary>Takes a line without its end; null when nobody knows it.</summary>
    /// <param name="isWhole">False when nothing ends it: at the end, where it may be empty.</param>
    public string? TakeLine(out bool isWhole)
    {
        int end = _text?.IndexOf('\n', Taken) ?? -1;
        isWhole = end >= 0;
        if (!isWhole)
        {
            return TakeAll();
        }
        string line = _text![Taken..end];
        Taken = end + 1;
        return line;
    }
}
