namespace Strata.Settings.Rendering;

/// <summary>The machine's own name in <c>/etc/hosts</c> (hosts(5)): programs that ask for it need no name server.</summary>
public static class HostsFile
{
    /// <summary>Where it lies.</summary>
    public const string Path = "/etc/hosts";

    // Debian's address for a machine's own name (Debian Reference §5.1.1)
    private const string Own = "127.0.1.1";

    /// <summary>The text with the name in it, instead of the one that stood beside that address.</summary>
    /// <param name="text">What is there.</param>
    /// <param name="name">The name of the machine.</param>
    public static string With(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('\n').Any(l => l.Split([' ', '\t', '#']).Skip(1).Contains(name)))
        {
            return text;
        }
        string others = string.Concat(text.Split('\n').Where(l => l.Length > 0 && l.Split([' ', '\t'])[0] != Own).Select(l => l + "\n"));
        return $"{others}{Own} {name}\n";
    }
}
