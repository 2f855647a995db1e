using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Strata.Packages.Versions;

/// <summary>Version of a Debian package, <c>[epoch:]upstream[-revision]</c> (Debian Policy §5.6.12), in the order of <c>dpkg</c>.</summary>
/// <remarks>
/// Equality follows the order: <c>1.0</c>, <c>0:1.0</c>, <c>1.0-0</c> and <c>1.00</c> are equal. <see cref="ToString"/> gives the text as it was read.
/// </remarks>
public sealed class DebianVersion : IEquatable<DebianVersion>, IComparable<DebianVersion>
{
    /// <summary>Longest text accepted, in characters. Policy names no limit; the longest of trixie has 62.</summary>
    public const int MaxLength = 255;

    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> s_upstream = SearchValues.Create(Letters + "0123456789.+-~:");
    private static readonly SearchValues<char> s_revision = SearchValues.Create(Letters + "0123456789.+~");

    private readonly string _text;
    private readonly int _upstream; // where it starts
    private readonly int _upstreamEnd;

    private DebianVersion(string text, int epoch, int upstream, int upstreamEnd) =>
        (_text, Epoch, _upstream, _upstreamEnd) = (text, epoch, upstream, upstreamEnd);

    /// <summary>The number before the first colon, 0 when there is none.</summary>
    public int Epoch { get; }

    /// <summary>The part that upstream chose.</summary>
    public ReadOnlySpan<char> Upstream => _text.AsSpan(_upstream, _upstreamEnd - _upstream);

    /// <summary>The part after the last hyphen; empty for a native package.</summary>
    public ReadOnlySpan<char> Revision => _upstreamEnd == _text.Length ? [] : _text.AsSpan(_upstreamEnd + 1);

    /// <summary>Reads a version; surrounding blanks are not accepted.</summary>
    /// <exception cref="FormatException">It breaks a rule; the message names the text and the rule.</exception>
    public static DebianVersion Parse(string text) => TryParse(text, out DebianVersion? version, out string? problem)
        ? version
        : throw new FormatException($"'{text}' is no Debian version: {problem}");

    /// <summary>Reads a version; <paramref name="problem"/> says which rule it breaks.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out DebianVersion? version, [NotNullWhen(false)] out string? problem)
    {
        problem = Check(text, out int epoch, out int upstream, out int upstreamEnd);
        version = problem is null ? new DebianVersion(text!, epoch, upstream, upstreamEnd) : null;
        return problem is null;
    }

    /// <summary>The rule that a text breaks, or null when it is a version. Allocates nothing for a good one.</summary>
    public static string? ProblemOf(ReadOnlySpan<char> text) => Check(text, out _, out _, out _);

    /// <inheritdoc/>
    public int CompareTo(DebianVersion? other)
    {
        if (other is null)
        {
            return 1;
        }
        int order = Epoch.CompareTo(other.Epoch);
        order = order != 0 ? order : ComparePart(Upstream, other.Upstream);
        return order != 0 ? order : ComparePart(Revision, other.Revision);
    }

    /// <inheritdoc/>
    public bool Equals(DebianVersion? other) => other is not null && CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DebianVersion);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Epoch);
        AddPart(ref hash, Upstream);
        AddPart(ref hash, Revision);
        return hash.ToHashCode();
    }

    /// <summary>The version as it was read.</summary>
    public override string ToString() => _text;

    /// <summary>Equality of place in the order.</summary>
    public static bool operator ==(DebianVersion? left, DebianVersion? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Inequality of place in the order.</summary>
    public static bool operator !=(DebianVersion? left, DebianVersion? right) => !(left == right);

    /// <summary>Earlier; null comes first.</summary>
    public static bool operator <(DebianVersion? left, DebianVersion? right) => Compare(left, right) < 0;

    /// <summary>Later; null comes first.</summary>
    public static bool operator >(DebianVersion? left, DebianVersion? right) => Compare(left, right) > 0;

    /// <summary>Earlier or equal; null comes first.</summary>
    public static bool operator <=(DebianVersion? left, DebianVersion? right) => Compare(left, right) <= 0;

    /// <summary>Later or equal; null comes first.</summary>
    public static bool operator >=(DebianVersion? left, DebianVersion? right) => Compare(left, right) >= 0;

    private static int Compare(DebianVersion? left, DebianVersion? right) => left is null ? (right is null ? 0 : -1) : left.CompareTo(right);

    private static string? Check(ReadOnlySpan<char> text, out int epoch, out int upstream, out int upstreamEnd)
    {
        (epoch, upstream, upstreamEnd) = (0, 0, text.Length);
        if (text.IsEmpty)
        {
            return "it is empty";
        }
        if (text.Length > MaxLength)
        {
            return $"it has {text.Length} characters, at most {MaxLength} are allowed";
        }
        int colon = text.IndexOf(':');
        if (colon >= 0)
        {
            if (!int.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out epoch))
            {
                return $"epoch '{text[..colon]}' is no number of 0..{int.MaxValue}";
            }
            upstream = colon + 1;
        }
        int hyphen = text.LastIndexOf('-');
        if (hyphen >= upstream)
        {
            upstreamEnd = hyphen;
            int bad = text[(hyphen + 1)..].IndexOfAnyExcept(s_revision);
            if (hyphen + 1 == text.Length)
            {
                return "the revision after '-' is empty";
            }
            if (bad >= 0)
            {
                return $"character '{text[hyphen + 1 + bad]}' is not allowed in a revision";
            }
        }
        ReadOnlySpan<char> part = text[upstream..upstreamEnd];
        if (part.IsEmpty)
        {
            return "the upstream part is empty";
        }
        int wrong = part.IndexOfAnyExcept(s_upstream);
        if (wrong >= 0)
        {
            return $"character '{part[wrong]}' is not allowed in an upstream part";
        }
        return char.IsAsciiDigit(part[0]) ? null : "the upstream part does not start with a digit";
    }

    // deb-version(7): runs of non-digits and of digits by turns; '~' sorts before the end, letters before everything else, numbers by value.
    private static int ComparePart(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (!a.IsEmpty || !b.IsEmpty)
        {
            while (StartsWithText(a) || StartsWithText(b))
            {
                int order = Weight(a) - Weight(b);
                if (order != 0)
                {
                    return order;
                }
                a = a[1..]; // equal weights of text mean equal characters, so neither is at its end
                b = b[1..];
            }
            ReadOnlySpan<char> left = TakeNumber(ref a);
            ReadOnlySpan<char> right = TakeNumber(ref b);
            int difference = left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
            if (difference != 0)
            {
                return difference;
            }
        }
        return 0;
    }

    private static void AddPart(ref HashCode hash, ReadOnlySpan<char> part)
    {
        int pending = 0; // runs that equal the end of the text add nothing unless something follows
        while (!part.IsEmpty)
        {
            for (; StartsWithText(part); part = part[1..])
            {
                hash.Add((pending, part[0]));
                pending = 0;
            }
            ReadOnlySpan<char> number = TakeNumber(ref part);
            pending++;
            foreach (char digit in number)
            {
                hash.Add((pending, digit));
                pending = 0;
            }
        }
        hash.Add('\0');
    }

    private static bool StartsWithText(ReadOnlySpan<char> part) => !part.IsEmpty && !char.IsAsciiDigit(part[0]);

    private static int Weight(ReadOnlySpan<char> part) => part switch
    {
        [] => 0,
        ['~', ..] => -1,
        [var c, ..] when char.IsAsciiDigit(c) => 0,
        [var c, ..] when char.IsAsciiLetter(c) => c,
        [var c, ..] => c + 256,
    };

    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> part)
    {
        int end = part.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> number = end < 0 ? part : part[..end];
        part = part[number.Length..];
        return number.TrimStart('0');
    }
}
