using System.Text;
using Strata.Packages.Indexes;

namespace Strata.Packages.Tests.Indexes;

/// <summary>Every field and every fixed word of an index, in any case, and what only looks like one.</summary>
public class PackageFieldsTests
{
    [Theory]
    [InlineData("Package", (int)PackageText.Name)]
    [InlineData("Version", (int)PackageText.Version)]
    [InlineData("Architecture", (int)PackageText.Architecture)]
    [InlineData("Source", (int)PackageText.Source)]
    [InlineData("Section", (int)PackageText.Section)]
    [InlineData("Filename", (int)PackageText.Filename)]
    [InlineData("SHA512", (int)PackageText.Sha512)]
    [InlineData("Depends", (int)PackageText.Depends)]
    [InlineData("Pre-Depends", (int)PackageText.PreDepends)]
    [InlineData("Recommends", (int)PackageText.Recommends)]
    [InlineData("Provides", (int)PackageText.Provides)]
    [InlineData("Conflicts", (int)PackageText.Conflicts)]
    [InlineData("Breaks", (int)PackageText.Breaks)]
    [InlineData("Replaces", (int)PackageText.Replaces)]
    [InlineData("Size", (int)PackageField.Size)]
    [InlineData("Installed-Size", (int)PackageField.InstalledSize)]
    [InlineData("SHA256", (int)PackageField.Sha256)]
    [InlineData("Multi-Arch", (int)PackageField.MultiArch)]
    [InlineData("Priority", (int)PackageField.Priority)]
    [InlineData("Essential", (int)PackageField.Essential)]
    [InlineData("SHA1", (int)PackageField.Other)]
    [InlineData("MD5sum", (int)PackageField.Other)]
    [InlineData("Suggests", (int)PackageField.Other)]
    [InlineData("Enhances", (int)PackageField.Other)]
    [InlineData("Homepage", (int)PackageField.Other)]
    [InlineData("", (int)PackageField.Other)]
    public void Classify_Name_InAnyCase(string name, int field)
    {
        foreach (string written in new[] { name, name.ToUpperInvariant(), name.ToLowerInvariant() })
        {
            Assert.Equal((PackageField)field, PackageFields.Classify(Encoding.ASCII.GetBytes(written)));
        }
        Assert.Equal(PackageField.Other, PackageFields.Classify(Encoding.ASCII.GetBytes(name + "x")));
    }

    [Theory]
    [InlineData("no", (int)MultiArch.No)]
    [InlineData("same", (int)MultiArch.Same)]
    [InlineData("foreign", (int)MultiArch.Foreign)]
    [InlineData("allowed", (int)MultiArch.Allowed)]
    [InlineData("Same", null)]
    [InlineData("", null)]
    [InlineData("samex", null)]
    public void MultiArchOf_Word_IsItOrNone(string word, int? expected) => Assert.Equal((MultiArch?)expected,
        PackageFields.MultiArchOf(Encoding.ASCII.GetBytes(word)));

    [Theory]
    [InlineData("required", (int)PackagePriority.Required)]
    [InlineData("important", (int)PackagePriority.Important)]
    [InlineData("standard", (int)PackagePriority.Standard)]
    [InlineData("optional", (int)PackagePriority.Optional)]
    [InlineData("extra", (int)PackagePriority.Extra)]
    [InlineData("source", (int)PackagePriority.Optional)]
    [InlineData("", (int)PackagePriority.Optional)]
    public void PriorityOf_Word_IsItOrOptional(string word, int expected) => Assert.Equal((PackagePriority)expected,
        PackageFields.PriorityOf(Encoding.ASCII.GetBytes(word)));
}
