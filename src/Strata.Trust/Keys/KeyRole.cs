namespace Strata.Trust.Keys;

/// <summary>What a key of an owner is for.</summary>
/// <param name="Name">Name of its files, and as firmware calls it.</param>
/// <param name="Meaning">What it decides.</param>
/// <param name="Years">How long its certificate says that it is valid. Firmware does not look at that.</param>
public sealed record KeyRole(string Name, string Meaning, int Years)
{
    /// <summary>Whose machine it is.</summary>
    public static KeyRole Platform { get; } = new("PK", "whose machine it is: replaces KEK", 30);

    /// <summary>Who says what starts.</summary>
    public static KeyRole Exchange { get; } = new("KEK", "who changes what starts: db and dbx", 30);

    /// <summary>What starts.</summary>
    public static KeyRole Images { get; } = new("db", "what starts: kernel images and boot programs", 15);

    /// <summary>What a machine takes as an update.</summary>
    public static KeyRole Releases { get; } = new("release", "what is a release: statements about what was built", 15);

    /// <summary>What opens that a TPM keeps. Folders from before there were such keys lack it.</summary>
    public static KeyRole Policies { get; } = new("pcr", "which kernel images open what a TPM keeps", 15);

    /// <summary>All, from the one that decides most.</summary>
    public static IReadOnlyList<KeyRole> All { get; } = [Platform, Exchange, Images, Releases, Policies];

    /// <summary>Those that firmware knows.</summary>
    public static IReadOnlyList<KeyRole> OfFirmware { get; } = [Platform, Exchange, Images];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
