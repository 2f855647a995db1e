namespace Strata.Trust.Keys;

/// <summary>What a key is good for while its role is handed from an old key to a new one.</summary>
public enum KeyStanding
{
    /// <summary>What is signed is signed with it.</summary>
    Signs,

    /// <summary>Machines are taught to believe it; nothing is signed with it yet.</summary>
    Next,

    /// <summary>Nothing is signed with it any more; machines still believe what was.</summary>
    Old,

    /// <summary>Machines are told not to believe it.</summary>
    Retired,
}

/// <summary>One of the keys that a role had, has, or will have.</summary>
/// <param name="Role">The role.</param>
/// <param name="Number">Which one: 1 is the one that was made with the folder.</param>
/// <param name="Standing">What it is good for.</param>
public sealed record KeyGeneration(KeyRole Role, int Number, KeyStanding Standing)
{
    /// <summary>Name of its files: <c>db</c>, then <c>db-2</c>.</summary>
    public string Name => Number == 1 ? Role.Name : $"{Role.Name}-{Number}";

    /// <summary>The one that is made with a folder.</summary>
    public static KeyGeneration First(KeyRole role) => new(role, 1, KeyStanding.Signs);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
