using Strata.Core;
using Strata.Trust.Keys;
using Strata.Trust.Tokens;

namespace Strata.Trust.Tests;

/// <summary>Where a key is in a token, as RFC 7512 writes it.</summary>
public sealed class TokenUriTests
{
    [Theory]
    [InlineData("pkcs11:token=Anna;object=db?module-path=/usr/lib/x.so")]
    [InlineData("pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;serial=4D554C;object=my%20key;id=%69%95?module-path=/opt/a%20b.so")]
    [InlineData("pkcs11:?module-path=/usr/lib/x.so")]
    public void TryParse_Uri_IsWrittenTheSame(string text)
    {
        TokenUri? uri = TokenUri.TryParse(text, out string problem);
        Assert.True(uri is not null, problem);
        Assert.Equal(uri, TokenUri.TryParse(uri.ToString(), out _));
        Assert.Equal(text.Length, uri.ToString().Length);
    }

    [Fact]
    public void TryParse_Attributes_AreDecoded()
    {
        TokenUri uri = TokenUri.TryParse("pkcs11:object=%C3%A4;type=private;id=%01%fF;token=a%3Bb?module-path=/m.so", out _)!;
        Assert.Equal(("ä", "01FF", "a;b", "/m.so", null), (uri.Label, uri.Id, uri.Token, uri.ModulePath, uri.Serial));
    }

    [Theory]
    [InlineData("", "does not begin with 'pkcs11:'")]
    [InlineData("file:/x", "does not begin with 'pkcs11:'")]
    [InlineData("pkcs11:token=a", "no 'module-path'")]
    [InlineData("pkcs11:token=a?module-path=x.so", "no 'module-path' that begins with '/'")]
    [InlineData("pkcs11:token=a?module-path=/x&pin-value=1234", "it names a PIN")]
    [InlineData("pkcs11:token=a?module-path=/x&pin-source=file:/pin", "it names a PIN")]
    [InlineData("pkcs11:token=a;token=b?module-path=/x", "'token' is not understood")]
    [InlineData("pkcs11:slot-id=1?module-path=/x", "'slot-id' is not understood")]
    [InlineData("pkcs11:type=public?module-path=/x", "'type' is not understood")]
    [InlineData("pkcs11:token=%4?module-path=/x", "'token' is not understood")]
    [InlineData("pkcs11:token=%zz?module-path=/x", "'token' is not understood")]
    [InlineData("pkcs11:token?module-path=/x", "'token' is not understood")]
    public void TryParse_WhatIsNotUnderstoodAsAWhole_IsTold(string text, string expected)
    {
        Assert.Null(TokenUri.TryParse(text, out string problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KeyInATokenThatIsNotThere_IsTold()
    {
        using OwnedKeys own = new();
        File.Delete(own.FileOf("db.key"));
        File.WriteAllText(own.FileOf("db.uri"), "pkcs11:token=Anna;object=db?module-path=/nowhere/x.so\n");
        StrataException refused = Assert.Throws<StrataException>(() => own.Folder.Open(KeyRole.Images, () => "1234"));
        Assert.Equal("cannot load /nowhere/x.so: there is no such file", refused.Message);
        File.WriteAllText(own.FileOf("db.uri"), "pkcs11:token=Anna\n");
        refused = Assert.Throws<StrataException>(() => own.Folder.Open(KeyRole.Images, () => "1234"));
        Assert.Contains("db.uri: it has no 'module-path'", refused.Message, StringComparison.Ordinal);
    }
}
