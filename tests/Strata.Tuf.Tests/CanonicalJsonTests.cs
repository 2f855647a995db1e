using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Tuf.Json;

namespace Strata.Tuf.Tests;

public class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b" : 1, "a" : [ true, false, null, -12, "x" ] }""", """{"a":[true,false,null,-12,"x"],"b":1}""")]
    [InlineData("""{"B":{},"a":[],"A":""}""", """{"A":"","B":{},"a":[]}""")]
    [InlineData("""["\u0022\u005c\n\u0007é"]""", "[\"\\\"\\\\\n\u0007é\"]")]
    [InlineData("[-0, 0, 12345678901234567890123]", "[0,0,12345678901234567890123]")]
    [InlineData("""{"\ud83d\ude00":1,"\uff21":2}""", "{\"Ａ\":2,\"😀\":1}")] // of UTF-16 the order is the other one
    public void Write_Value_HasOneForm(string text, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Write(document.RootElement)));
    }

    [Theory]
    [InlineData("[1.0]", "the number 1.0 is no whole number")]
    [InlineData("[1e3]", "the number 1e3 is no whole number")]
    [InlineData("""["\ud800"]""", "a text is no Unicode")]
    [InlineData("""{"\ud800":1}""", "a text is no Unicode")]
    public void Write_WhatCannotBeSigned_IsRefused(string text, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        ImageFormatException refused = Assert.Throws<ImageFormatException>(() => CanonicalJson.Write(document.RootElement));
        Assert.Contains(expected, refused.Problem, StringComparison.Ordinal);
    }
}
