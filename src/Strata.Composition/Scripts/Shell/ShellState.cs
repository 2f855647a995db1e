namespace Strata.Composition.Scripts.Shell;

/// <summary>What a script has changed so far: its variables, and what it did to the image.</summary>
internal sealed class ShellState
{
    /// <summary>Variables; null is a value that only a running machine would know.</summary>
    public Dictionary<string, string?> Variables { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Functions by name.</summary>
    public Dictionary<string, ShellCommand> Functions { get; private init; } = new(StringComparer.Ordinal);

    /// <summary><c>$1</c>, <c>$2</c> …</summary>
    public IReadOnlyList<string?> Parameters { get; set; } = [];

    /// <summary>True after <c>set -e</c>.</summary>
    public bool EndsOnFailure { get; set; }

    /// <summary>Line of the command whose failure ended the script; null for none.</summary>
    public int? FailedLine { get; set; }

    /// <summary>Status of the last command; null when only a running machine would know.</summary>
    public int? Status { get; set; } = 0;

    /// <summary>Names of the packages of the image.</summary>
    public IReadOnlySet<string> Installed { get; init; } = new HashSet<string>();

    /// <summary>What runs when the script ends, and the line that says so: <c>trap … EXIT</c>.</summary>
    public (int Line, string Command)? AtExit { get; set; }

    /// <summary>Bits that new files do not get: <c>umask</c>.</summary>
    public int Mask { get; set; } = 0b000_010_010;

    /// <summary>Where <c>getopts</c> is in a word of several options; 0 between words.</summary>
    public int OptionOffset { get; set; }

    /// <summary>The working directory.</summary>
    public string Folder { get; set; } = "/";

    /// <summary>Files as they are by now.</summary>
    public required ImageFiles Files { get; set; }

    /// <summary>Accounts as they are by now.</summary>
    public required ScriptAccounts Accounts { get; set; }

    /// <summary>Units that are enabled, and whether for sessions of users.</summary>
    public SortedSet<(string Unit, bool IsOfUsers)> Units { get; set; } = [];

    /// <summary>Alternatives that are offered.</summary>
    public List<Alternative> Alternatives { get; set; } = [];

    /// <summary>Questions of the package; null when it has none.</summary>
    public DebconfTemplates? Templates { get; init; }

    /// <summary>Answers that scripts of the package gave to debconf; null for one that only a running machine would know.</summary>
    public Dictionary<string, string?> Answers { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What it did, for the ledger.</summary>
    public ScriptDeeds Deeds { get; private set; } = new();

    /// <summary>
    /// What <c>local</c> hides for as long as the function runs: values by name, those of unset variables apart; null outside of any.
    /// </summary>
    public Dictionary<string, string?>? Hidden { get; set; }

    private const string Unset = "\0";

    /// <summary>Makes a variable the function's own; like in dash it begins with the value that it has.</summary>
    public void Hide(string name)
    {
        if (Hidden is not null)
        {
            Hidden.TryAdd(name, Variables.TryGetValue(name, out string? value) ? value : Unset);
        }
    }

    /// <summary>Ends a function: what it hid is there again.</summary>
    /// <param name="outer">What the function around it hides.</param>
    public void Reveal(Dictionary<string, string?>? outer)
    {
        foreach ((string name, string? value) in Hidden ?? [])
        {
            if (value == Unset)
            {
                Variables.Remove(name);
            }
            else
            {
                Variables[name] = value;
            }
        }
        Hidden = outer;
    }

    /// <summary>A copy that can go another way.</summary>
    public ShellState Clone() => new()
    {
        Variables = new(Variables, StringComparer.Ordinal),
        Functions = new(Functions, StringComparer.Ordinal),
        Parameters = Parameters,
        Hidden = Hidden is null ? null : new(Hidden, StringComparer.Ordinal),
        EndsOnFailure = EndsOnFailure,
        Status = Status,
        Folder = Folder,
        Mask = Mask,
        OptionOffset = OptionOffset,
        AtExit = AtExit,
        Installed = Installed,
        Files = Files.Clone(),
        Accounts = Accounts.Clone(),
        Templates = Templates,
        Answers = new(Answers, StringComparer.Ordinal),
        Units = [.. Units],
        Alternatives = [.. Alternatives],
        Deeds = Deeds.Clone(),
    };

    /// <summary>Takes over what another state, which went on from this one, did to the image.</summary>
    public void AdoptImage(ShellState later)
    {
        (Files, Accounts, Units, Alternatives, Deeds) = (later.Files, later.Accounts, later.Units, later.Alternatives, later.Deeds);
        FailedLine = later.FailedLine;
    }

    /// <summary>True when both left the image alike.</summary>
    public bool DidTheSame(ShellState other) =>
        Files.IsLike(other.Files) && Accounts.IsLike(other.Accounts) && EndsOnFailure == other.EndsOnFailure
        && Units.SetEquals(other.Units) && Alternatives.SequenceEqual(other.Alternatives) && Parameters.SequenceEqual(other.Parameters);

    /// <summary>Looks up a parameter, special ones too.</summary>
    /// <returns>False when it is not set.</returns>
    public bool TryGet(string name, out string? value)
    {
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            if (name == "0")
            {
                return Variables.TryGetValue(name, out value);
            }
            int index = int.TryParse(name, out int number) ? number - 1 : int.MaxValue;
            value = index >= 0 && index < Parameters.Count ? Parameters[index] : null;
            return index >= 0 && index < Parameters.Count;
        }
        switch (name)
        {
            case "#":
                value = Parameters.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
                return true;
            case "@" or "*":
                value = Parameters.Contains(null) ? null : string.Join(' ', Parameters);
                return Parameters.Count > 0;
            case "?":
                value = Status?.ToString(System.Globalization.CultureInfo.InvariantCulture);
                return true;
            case "$" or "!" or "-":
                value = null;
                return true;
            default:
                return Variables.TryGetValue(name, out value);
        }
    }
}

/// <summary>A script, or a part of one that runs by itself, ended.</summary>
/// <param name="status">With which status; null when only a running machine would know.</param>
/// <param name="isMeant">True when it said so; false when a command failed under <c>set -e</c>.</param>
internal sealed class ScriptExitException(int? status, bool isMeant = true) : Exception
{
    /// <summary>True when the script said so.</summary>
    public bool IsMeant { get; } = isMeant;

    /// <summary>The status.</summary>
    public int? Status { get; } = status;
}

/// <summary>Something of which nobody declared what it does.</summary>
/// <param name="line">Where, from 1.</param>
/// <param name="what">What.</param>
internal sealed class NotUnderstoodException(int line, string what) : Exception(what)
{
    /// <summary>Where, from 1.</summary>
    public int Line { get; } = line;
}
