namespace Strata.Sealing.Luks;

/// <summary>Rounds of PBKDF2 for new key slots.</summary>
public static class LuksRounds
{
    /// <summary>For a secret that nobody can guess, because it is random: the least that cryptsetup takes.</summary>
    public const int ForRandom = 1000;

    /// <summary>For what people think of.</summary>
    public const int ForWords = 400_000;
}
