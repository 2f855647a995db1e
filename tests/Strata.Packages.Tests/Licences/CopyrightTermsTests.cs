using System.Text;
using Strata.Packages.Licences;

namespace Strata.Packages.Tests.Licences;

public class CopyrightTermsTests
{
    private const string Header = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

    // copyright-format 1.0 §7.2: 'and' before 'or', a comma after both
    [Theory]
    [InlineData("GPL-2+", "GPL-2.0-or-later")]
    [InlineData("GPL-1+ or Artistic-2.0", "GPL-1.0-or-later OR Artistic-2.0")]
    [InlineData("Expat and GPL-2 or ISC", "(MIT AND GPL-2.0-only) OR ISC")]
    [InlineData("GPL-1+ or Artistic-2.0, and BSD-3-clause", "BSD-3-Clause AND (GPL-1.0-or-later OR Artistic-2.0)")]
    [InlineData("GPL-2 and Expat or ISC and Zlib", "(GPL-2.0-only AND MIT) OR (ISC AND Zlib)")]
    [InlineData("Expat, ISC or Zlib", "MIT OR ISC OR Zlib")]
    [InlineData("Expat, ISC", "ISC AND MIT")]
    [InlineData("Expat, (ISC or Zlib)", "(ISC OR Zlib) AND MIT")]
    [InlineData("(Expat, ISC) or Zlib", "(MIT AND ISC) OR Zlib")]
    [InlineData("(Expat, ISC or Zlib), Artistic-2.0", "Artistic-2.0 AND (MIT OR ISC OR Zlib)")]
    [InlineData("Expat and/or ISC", "MIT OR ISC")]
    [InlineData("(Expat | ISC) and Zlib", "(MIT OR ISC) AND Zlib")]
    [InlineData("Expat\tor\tISC", "MIT OR ISC")]
    [InlineData("Expat  or \t ISC", "MIT OR ISC")]
    [InlineData("\tExpat\t", "MIT")]
    [InlineData("GPL-2+\twith  OpenSSL\texception", "LicenseRef-Debian-GPL-2-or-later-with-OpenSSL-exception")]
    [InlineData("Expat OR ISC And Zlib", "MIT OR (ISC AND Zlib)")]
    [InlineData("(Expat|ISC)and Zlib", "(MIT OR ISC) AND Zlib")]
    [InlineData("Expat and Expat", "MIT")]
    [InlineData("GPL-2+ with OpenSSL exception", "LicenseRef-Debian-GPL-2-or-later-with-OpenSSL-exception")]
    [InlineData("permissive_1", "LicenseRef-Debian-permissive-1")]
    public void Of_Licence_IsAnExpression(string debian, string spdx) =>
        Assert.Equal(spdx, Of($"{Header}\nFiles: *\nLicense: {debian}\n").Expression);

    [Theory]
    [InlineData("")]
    [InlineData("Expat or")]
    [InlineData("or Expat")]
    [InlineData("(Expat")]
    [InlineData("Expat) and ISC")]
    [InlineData("Expat (ISC)")]
    [InlineData("((((((((((((((((((Expat))))))))))))))))))")]
    [InlineData("???")]
    public void Of_WhatNobodyUnderstands_IsForAPerson(string licence) =>
        Assert.Null(Of($"{Header}\nFiles: *\nLicense: ISC\n\nFiles: x\nLicense: {licence}\n").Expression switch
        {
            "ISC" when licence.Length == 0 => null, // a field without a value says nothing
            string other => other,
            null => null,
        });

    [Fact]
    public void Of_SeveralParagraphs_AllApplyAndTextsCountOnce()
    {
        CopyrightTerms terms = Of($"""
            {Header}Upstream-Name: x

            Files: *
            License: Expat or own
             ignored here

            Files: debian/*
            License: GPL-2+

            License: own
             Do what you
             .
             like.

            License: GPL-2+
             See /usr/share/common-licenses/GPL-2.

            """);
        Assert.Equal("GPL-2.0-or-later AND (MIT OR LicenseRef-Debian-own)", terms.Expression);
        Assert.Equal(new Dictionary<string, string> { ["LicenseRef-Debian-own"] = "Do what you\n\nlike.\n" }, terms.OwnTexts);
    }

    [Fact]
    public void Of_ParagraphsWithTheSameParts_NameEachOnce() => Assert.Equal(
        "(BSD-3-Clause OR ISC) AND MIT AND Zlib",
        Of($"{Header}\nFiles: a\nLicense: Expat and Zlib\n\nFiles: b\nLicense: Zlib and (BSD-3-clause or ISC)\n\n"
            + "Files: c\nLicense: BSD-3-clause or ISC\n").Expression);

    [Fact]
    public void Of_FileOfAnotherForm_SaysNothing()
    {
        Assert.Null(Of("This package is under the GPL.\nLicense: GPL-2\n").Expression);
        Assert.Null(CopyrightTerms.Of([]).Expression);
        Assert.Null(CopyrightTerms.Of("Format: 1.0\n"u8).Expression);
        Assert.Equal("ISC", Of("Format: 1.0\n\nLicense: ISC\n").Expression); // only texts: better than nothing
    }

    [Fact]
    public void Of_TooManyLicences_IsForAPerson()
    {
        Assert.NotNull(Of(Header + Many(256)).Expression);
        Assert.Null(Of(Header + Many(257)).Expression);

        static string Many(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"\nFiles: {i}\nLicense: own-{i}\n"));
    }

    private static CopyrightTerms Of(string text) => CopyrightTerms.Of(Encoding.UTF8.GetBytes(text));
}
