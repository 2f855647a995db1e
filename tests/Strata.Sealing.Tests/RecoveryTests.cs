using System.Text;
using System.Text.RegularExpressions;
using Strata.Sealing.Recovery;
using ZXing;
using ZXing.Common;
using ZXing.QrCode;

namespace Strata.Sealing.Tests;

public class RecoveryTests
{
    [Fact]
    public void New_Key_HasTheFormOfSystemds()
    {
        string one = Encoding.ASCII.GetString(RecoveryKey.New());
        Assert.Matches("^([cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}$", one);
        Assert.NotEqual(one, Encoding.ASCII.GetString(RecoveryKey.New()));
    }

    [Fact]
    public void TryNormalize_WhatPeopleType_IsTheKey()
    {
        byte[] key = RecoveryKey.New();
        string text = Encoding.ASCII.GetString(key);
        string plain = text.Replace("-", "", StringComparison.Ordinal);
        Assert.All([text, plain, plain.ToUpperInvariant(), text.Replace('-', ' '), $" {text} "], typed =>
            Assert.Equal(key, RecoveryKey.TryNormalize(Encoding.ASCII.GetBytes(typed))));
        Assert.All([text[1..], text + "c", "x" + text[1..], ""], typed =>
            Assert.Null(RecoveryKey.TryNormalize(Encoding.ASCII.GetBytes(typed))));
    }

    /// <summary>ZXing reads it, in every length there is.</summary>
    [Fact]
    public void Of_AnyText_IsReadByZxing()
    {
        for (int length = 1; length <= QrCode.MostBytes; length++)
        {
            string text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + (((i * 31) + length) % 90))));
            Assert.Equal(text, Decoded(QrCode.Of(Encoding.ASCII.GetBytes(text))));
        }
        Assert.Throws<ArgumentException>(() => QrCode.Of(new byte[QrCode.MostBytes + 1]));
    }

    /// <summary>What a camera sees of the console: two modules in a character, light on dark.</summary>
    [Fact]
    public void Shown_RecoveryKey_IsReadByZxing()
    {
        byte[] key = RecoveryKey.New();
        string[] lines = Regex.Split(QrCode.Shown(key).TrimEnd('\n'), "\n");
        Assert.True(lines.Length <= 24 && lines.All(l => l.Length <= 80), "it does not fit a console of 24 lines");
        bool[,] dark = new bool[2 * lines.Length, lines[0].Length];
        for (int row = 0; row < lines.Length; row++)
        {
            for (int column = 0; column < lines[row].Length; column++)
            {
                char c = lines[row][column];
                dark[2 * row, column] = c is not ('█' or '▀');
                dark[(2 * row) + 1, column] = c is not ('█' or '▄');
            }
        }
        Assert.Equal(Encoding.ASCII.GetString(key), Decoded(dark));
    }

    private static string? Decoded(bool[,] dark)
    {
        const int Scale = 4, Margin = 16;
        int height = (dark.GetLength(0) * Scale) + (2 * Margin), width = (dark.GetLength(1) * Scale) + (2 * Margin);
        byte[] picture = new byte[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bool isInside = y >= Margin && x >= Margin && y < height - Margin && x < width - Margin;
                picture[(y * width) + x] = isInside && dark[(y - Margin) / Scale, (x - Margin) / Scale] ? (byte)0 : (byte)255;
            }
        }
        RGBLuminanceSource source = new(picture, width, height, RGBLuminanceSource.BitmapFormat.Gray8);
        Result? result = new QRCodeReader().decode(
            new BinaryBitmap(new HybridBinarizer(source)), new Dictionary<DecodeHintType, object> { [DecodeHintType.TRY_HARDER] = true });
        return result?.Text;
    }
}
