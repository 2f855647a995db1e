using System.Text;
using Strata.Init.Sealed;

namespace Strata.Init.Tests;

public class TypedLineTests
{
    [Theory]
    [InlineData("abc\r", "abc", "***")]
    [InlineData("abc\n", "abc", "***")]
    [InlineData("ab\u007f\bc\r", "c", "**\b \b\b \b*")]
    [InlineData("\u007fx\r", "x", "*")]
    [InlineData("äö\u007f\r", "ä", "**\b \b")] // a character, not half of it
    [InlineData("wrong\u0015a\r", "a", "*****\b \b\b \b\b \b\b \b\b \b*")]
    [InlineData("a\tb\u001b\r", "ab", "**")]
    [InlineData("\r", "", "")]
    public void Type_Keys_AreALineOfWhichStarsAreShown(string keys, string expected, string shown)
    {
        TypedLine line = new();
        string echo = string.Concat(Encoding.UTF8.GetBytes(keys).Select(k => line.Type(k)));
        Assert.True(line.IsEnded);
        Assert.Equal(expected, Encoding.UTF8.GetString(line.Take()));
        Assert.Equal(shown, echo);
    }

    [Fact]
    public void Type_MoreThanALineHolds_IsLeftOut()
    {
        TypedLine line = new();
        for (int i = 0; i < 2 * KeyQuestion.MostBytes; i++)
        {
            line.Type((byte)'x');
        }
        line.Type((byte)'\r');
        Assert.Equal(KeyQuestion.MostBytes, line.Take().Length);
        line.Clear();
        Assert.Empty(line.Take());
    }
}
