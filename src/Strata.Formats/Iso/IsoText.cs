using System.Buffers;

namespace Strata.Formats.Iso;

/// <summary>Characters of the texts in volume descriptors (§7.4.1).</summary>
public static class IsoText
{
    private static readonly SearchValues<char> s_a = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ !\"%&'()*+,-./:;<=>?");

    /// <summary>
    /// True for one of the 57 a-characters: capitals, digits, the blank and some marks; not <c># $ @</c>, no small letters.
    /// </summary>
    public static bool IsACharacter(char c) => s_a.Contains(c);

    /// <summary>True for one of the 37 d-characters: capitals, digits, the underscore.</summary>
    public static bool IsDCharacter(char c) => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_';
}
