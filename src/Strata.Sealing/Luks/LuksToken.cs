namespace Strata.Sealing.Luks;

/// <summary>A token: what a program needs to know to open a key slot.</summary>
/// <param name="Number">Its name in the header.</param>
/// <param name="Value">What it says.</param>
/// <param name="Slots">Numbers of the key slots that it opens.</param>
public sealed record LuksToken(string Number, LuksValue Value, IReadOnlyList<string> Slots);
