using System.Security.Cryptography;
using System.Text;
using Strata.Device.Posix;

namespace Strata.Sealing.Recovery;

/// <summary>
/// A recovery key: 256 random bits in 64 letters that lie on the same keys of nearly every keyboard (modhex), eight groups of eight with
/// a hyphen between. The form is that of systemd's; what the LUKS slot takes is the text, so it can be typed for cryptsetup as well.
/// </summary>
public static class RecoveryKey
{
    /// <summary>Characters of a key, with its hyphens.</summary>
    public const int Length = (2 * Bytes) + Groups - 1;

    private const int Bytes = 32;
    private const int Groups = 8;
    private const int GroupLength = 2 * Bytes / Groups;

    private static ReadOnlySpan<byte> Letters => "cbdefghijklnrtuv"u8; // 0 to 15

    /// <summary>Draws one: ASCII.</summary>
    public static byte[] New()
    {
        Span<byte> random = stackalloc byte[Bytes];
        Entropy.Fill(random);
        byte[] text = new byte[Length];
        int at = 0;
        for (int i = 0; i < Bytes; i++)
        {
            if (i > 0 && 2 * i % GroupLength == 0)
            {
                text[at++] = (byte)'-';
            }
            text[at++] = Letters[random[i] >> 4];
            text[at++] = Letters[random[i] & 15];
        }
        CryptographicOperations.ZeroMemory(random);
        return text;
    }

    /// <summary>
    /// What somebody typed in the form of <see cref="New"/>: in capitals, with blanks, with hyphens elsewhere or without them. Null when it
    /// is no recovery key.
    /// </summary>
    public static byte[]? TryNormalize(ReadOnlySpan<byte> typed)
    {
        byte[] text = new byte[Length];
        int at = 0;
        foreach (byte raw in typed)
        {
            byte letter = raw is >= (byte)'A' and <= (byte)'Z' ? (byte)(raw | 0x20) : raw;
            if (letter is (byte)'-' or (byte)' ')
            {
                continue;
            }
            if (at % (GroupLength + 1) == GroupLength && at < Length)
            {
                text[at++] = (byte)'-';
            }
            if (at >= Length || Letters.IndexOf(letter) < 0)
            {
                CryptographicOperations.ZeroMemory(text);
                return null;
            }
            text[at++] = letter;
        }
        return at == Length ? text : null;
    }

    /// <summary>The key as it is shown: two lines of four groups.</summary>
    public static string Shown(ReadOnlySpan<byte> key)
    {
        int half = (GroupLength + 1) * (Groups / 2);
        return $"    {Encoding.ASCII.GetString(key[..half])}\n    {Encoding.ASCII.GetString(key[half..])}\n";
    }
}
