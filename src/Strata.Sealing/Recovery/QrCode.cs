using System.Text;

namespace Strata.Sealing.Recovery;

/// <summary>
/// QR codes of one kind (ISO/IEC 18004): version 4, which has 33 modules a side, correction level L, bytes; for up to 78 of them.
/// </summary>
/// <remarks>
/// One mask is taken always, as every reader takes each of them; choosing the one that looks best would be half of the code.
/// </remarks>
public static class QrCode
{
    /// <summary>Modules of a side.</summary>
    public const int Side = 33;

    /// <summary>Most bytes.</summary>
    public const int MostBytes = DataCodewords - 2;

    private const int DataCodewords = 80; // table 7 of version 4-L: one block
    private const int CorrectionCodewords = 20;
    private const int Quiet = 2; // modules of margin; four are demanded, two are enough for cameras of telephones
    private const int Alignment = 26; // annex E: its centre
    private const int FormatBits = 0x77C4; // annex C: level L, mask 0, BCH, masked by 0x5412

    /// <summary>The modules, row by row; true is dark.</summary>
    /// <exception cref="ArgumentException">There are more than <see cref="MostBytes"/> bytes.</exception>
    public static bool[,] Of(ReadOnlySpan<byte> content)
    {
        if (content.Length > MostBytes)
        {
            throw new ArgumentException($"expected at most {MostBytes} bytes", nameof(content));
        }
        bool[,] dark = new bool[Side, Side];
        bool[,] isFixed = new bool[Side, Side];
        DrawPatterns(dark, isFixed);
        byte[] codewords = [.. Data(content), .. new byte[CorrectionCodewords]];
        Correct(codewords);
        Place(codewords, dark, isFixed);
        return dark;
    }

    /// <summary>A code as text: each character is two modules, one above the other. It is drawn light on dark, as consoles are.</summary>
    public static string Shown(ReadOnlySpan<byte> content)
    {
        bool[,] dark = Of(content);
        StringBuilder text = new();
        for (int row = -Quiet; row < Side + Quiet; row += 2)
        {
            for (int column = -Quiet; column < Side + Quiet; column++)
            {
                bool upper = IsLight(dark, row, column);
                bool lower = IsLight(dark, row + 1, column);
                text.Append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static bool IsLight(bool[,] dark, int row, int column) =>
        row is < 0 or >= Side || column is < 0 or >= Side ? row < Side + Quiet : !dark[row, column];

    // §7.4: mode 4 in four bits, the count in eight, the bytes, an end of four bits, and filling bytes
    private static byte[] Data(ReadOnlySpan<byte> content)
    {
        byte[] data = new byte[DataCodewords];
        data[0] = (byte)(0x40 | (content.Length >> 4));
        data[1] = (byte)((content.Length << 4) & 0xFF);
        for (int i = 0; i < content.Length; i++)
        {
            data[i + 1] |= (byte)(content[i] >> 4);
            data[i + 2] = (byte)((content[i] << 4) & 0xFF);
        }
        for (int i = content.Length + 2, fill = 0; i < DataCodewords; i++, fill ^= 1)
        {
            data[i] = (byte)(fill == 0 ? 0xEC : 0x11);
        }
        return data;
    }

    // §7.5: the remainder by a product of (x - 2^i) over GF(256) of x^8 + x^4 + x^3 + x^2 + 1
    private static void Correct(Span<byte> codewords)
    {
        Span<byte> divisor = stackalloc byte[CorrectionCodewords];
        divisor.Clear();
        divisor[^1] = 1;
        byte root = 1;
        for (int i = 0; i < CorrectionCodewords; i++, root = Times(root, 2))
        {
            for (int j = 0; j < CorrectionCodewords; j++)
            {
                divisor[j] = (byte)(Times(divisor[j], root) ^ (j + 1 < CorrectionCodewords ? divisor[j + 1] : 0));
            }
        }
        Span<byte> rest = codewords[DataCodewords..];
        foreach (byte value in codewords[..DataCodewords])
        {
            byte factor = (byte)(value ^ rest[0]);
            rest[1..].CopyTo(rest);
            rest[^1] = 0;
            for (int i = 0; i < CorrectionCodewords; i++)
            {
                rest[i] ^= Times(divisor[i], factor);
            }
        }
    }

    private static byte Times(byte left, byte right)
    {
        int product = 0;
        for (int bit = 7; bit >= 0; bit--)
        {
            product = (product << 1) ^ ((product >> 7) * 0x11D);
            product ^= ((right >> bit) & 1) * left;
        }
        return (byte)(product & 0xFF);
    }

    private static void DrawPatterns(bool[,] dark, bool[,] isFixed)
    {
        for (int i = 0; i < Side; i++)
        {
            Set(6, i, i % 2 == 0);
            Set(i, 6, i % 2 == 0);
        }
        foreach ((int row, int column) in (ReadOnlySpan<(int, int)>)[(3, 3), (3, Side - 4), (Side - 4, 3)])
        {
            for (int y = -4; y <= 4; y++)
            {
                for (int x = -4; x <= 4; x++)
                {
                    int ring = Math.Max(Math.Abs(x), Math.Abs(y));
                    if (row + y is >= 0 and < Side && column + x is >= 0 and < Side)
                    {
                        Set(row + y, column + x, ring is not (2 or 4));
                    }
                }
            }
        }
        for (int y = -2; y <= 2; y++)
        {
            for (int x = -2; x <= 2; x++)
            {
                Set(Alignment + y, Alignment + x, Math.Max(Math.Abs(x), Math.Abs(y)) != 1);
            }
        }
        for (int i = 0; i < 15; i++) // §7.9.1, figure 25: twice, from bit 0
        {
            bool bit = ((FormatBits >> i) & 1) != 0;
            (int row, int column) = i < 6 ? (i, 8) : i < 8 ? (i + 1, 8) : i == 8 ? (8, 7) : (8, 14 - i);
            Set(row, column, bit);
            (row, column) = i < 8 ? (8, Side - 1 - i) : (Side - 15 + i, 8);
            Set(row, column, bit);
        }
        Set(Side - 8, 8, true);

        void Set(int row, int column, bool isDark)
        {
            dark[row, column] = isDark;
            isFixed[row, column] = true;
        }
    }

    // §7.7.3: columns by twos from the right, up and down in turn, the column of the timing pattern left out; §7.8: mask 0
    private static void Place(ReadOnlySpan<byte> codewords, bool[,] dark, bool[,] isFixed)
    {
        int bit = 0;
        for (int right = Side - 1; right >= 1; right -= 2)
        {
            if (right == 6)
            {
                right = 5;
            }
            for (int step = 0; step < Side; step++)
            {
                bool isUpward = ((right + 1) & 2) == 0;
                int row = isUpward ? Side - 1 - step : step;
                for (int column = right; column >= right - 1; column--)
                {
                    if (!isFixed[row, column])
                    {
                        bool isDark = bit < codewords.Length * 8 && ((codewords[bit / 8] >> (7 - (bit % 8))) & 1) != 0;
                        dark[row, column] = isDark ^ ((row + column) % 2 == 0);
                        bit++;
                    }
                }
            }
        }
    }
}
