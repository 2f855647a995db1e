using System.Text;
using Strata.Packages.Licences;

namespace Strata.Packages.Tests.Licences;

public class CopyrightFileTests
{
    private const string Head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\n";

    [Theory]
    [InlineData("GPL-2", "GPL-2.0-only")]
    [InlineData("GPL-2+", "GPL-2.0-or-later")]
    [InlineData("gpl-3.0+", "GPL-3.0-or-later")]
    [InlineData("LGPL-2.1+", "LGPL-2.1-or-later")]
    [InlineData("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later")]
    [InlineData("Expat", "MIT")]
    [InlineData("BSD-3-clause", "BSD-3-Clause")]
    [InlineData("MIT", "LicenseRef-Debian-MIT")] // several texts go by that name
    [InlineData("BSD", "LicenseRef-Debian-BSD")]
    [InlineData("public-domain", "LicenseRef-Debian-public-domain")]
    [InlineData("Apache-2.0+", "LicenseRef-Debian-Apache-2.0-or-later")]
    [InlineData("GPL-2+ with OpenSSL exception", "LicenseRef-Debian-GPL-2-or-later-with-OpenSSL-exception")]
    public void LicencesOf_ShortName_IsSpdxOnlyWhereCertain(string name, string expected) =>
        Assert.Equal([expected], Read($"{Head}Files: *\nCopyright: 2020 somebody\nLicense: {name}\n text\n"));

    [Theory]
    [InlineData("GPL-2 or Expat", "GPL-2.0-only MIT")]
    [InlineData("GPL-1+ and Zlib and ISC", "GPL-1.0-or-later ISC Zlib")]
    [InlineData("GPL-2, or Expat, and Zlib", "GPL-2.0-only MIT Zlib")]
    [InlineData("(GPL-2 or Expat) and ISC", "GPL-2.0-only ISC MIT")]
    [InlineData("GPL-2 and/or Expat", "GPL-2.0-only MIT")]
    [InlineData("GPL-2\tor\tExpat", "GPL-2.0-only MIT")]
    [InlineData("GPL-2,\tand \t Expat", "GPL-2.0-only MIT")]
    public void LicencesOf_Expression_GivesEveryName(string expression, string expected) =>
        Assert.Equal(expected.Split(' '), Read($"{Head}License: {expression}\n"));

    [Fact]
    public void LicencesOf_SeveralParagraphs_SortsAndNamesEachOnce() => Assert.Equal(
        ["ISC", "LGPL-2.1-or-later", "MIT"],
        Read($"{Head}Files: *\nLicense: LGPL-2.1+\n\nFiles: a\nlicense:\tExpat\r\n\nFiles: b\nLicense: ISC\n\nLicense: LGPL-2.1+\n This is it: License: none\n License: indented\n"));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("This package was made by somebody.\n\nLicense: GPL-2\n")]
    [InlineData("Format: 1.0")]
    [InlineData("Format: 1.0\n\nLicense:\n")]
    [InlineData("Format: 1.0\n\nLicense: +++ or ???\n")]
    public void LicencesOf_WhatNamesNone_IsEmpty(string text) => Assert.Empty(Read(text));

    [Fact]
    public void LicencesOf_TooManyNames_IsLeftToPeople()
    {
        StringBuilder text = new(Head);
        for (int i = 0; i < 257; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"License: own-{i}\n\n");
        }
        Assert.Empty(Read(text.ToString()));
    }

    [Fact]
    public void LicencesOf_DamagedBytes_ThrowsNothingAndGivesPlainNames()
    {
        byte[] good = Encoding.UTF8.GetBytes(Head + "Files: *\nLicense: GPL-2+ or Artistic\n\nLicense: Expat\n text\n");
        for (int seed = 0; seed < 2000; seed++)
        {
            Random random = new(seed);
            byte[] bytes = [.. good];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            Assert.All(CopyrightFile.LicencesOf(bytes), n => Assert.Matches(@"\A[A-Za-z0-9.-]+\z", n));
        }
    }

    private static IReadOnlyList<string> Read(string text) => CopyrightFile.LicencesOf(Encoding.UTF8.GetBytes(text));
}
