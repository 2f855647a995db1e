using System.Text;
using Strata.Inventory.Bills;
using Strata.Testing;

namespace Strata.Inventory.Tests.Bills;

/// <summary>Every line of every form, of a bill with one of everything.</summary>
public class BillFormTests
{
    [Theory]
    [InlineData("")]
    [InlineData("container")]
    [InlineData("shell")]
    public void Write_Bill_IsTheseLines(string what)
    {
        Bill bill = what switch
        {
            "" => MadeBill.Whole,
            "container" => MadeBill.Whole with { IsContainer = true, Kernel = null, Layers = [], Files = [], Programs = [], Packages = [] },
            _ => MadeBill.Whole.OfLayer(what),
        };
        foreach (BillForm form in BillForm.All)
        {
            Golden.Same(what.Length == 0 ? form.Name : $"{form.Name}-{what}", Encoding.UTF8.GetString(form.Write(bill)));
        }
    }

    /// <summary>Two bills that differ in anything that is listed have two names.</summary>
    [Fact]
    public void Of_EachInputAlone_IsAnotherIdentity()
    {
        Bill whole = MadeBill.Whole;
        BillPackage package = whole.Packages[0];
        BillFile file = whole.Files[0];
        Bill[] all =
        [
            whole, whole with { Edition = "other" }, whole with { Version = "2" }, whole with { Tool = "2" },
            whole with { Lock = MadeBill.Digest("other") }, whole with { OnlyLayer = "shell" }, whole with { Layers = [] },
            whole with { Layers = [whole.Layers[0] with { Name = "other" }, .. whole.Layers.Skip(1)] },
            whole with { Layers = [whole.Layers[0] with { Digest = null }, .. whole.Layers.Skip(1)] },
            .. ((BillPackage[])[package with { Role = BillRole.Tool }, package with { Name = "other" },
                package with { Sha256 = MadeBill.Digest("other") }, package with { Licence = null }, package with { Layers = ["system"] }])
                .Select(p => whole with { Packages = [p, .. whole.Packages.Skip(1)] }),
            .. ((BillFile[])[file with { Path = "/other" }, file with { Sha256 = MadeBill.Digest("other") }, file with { Layers = [] }])
                .Select(f => whole with { Files = [f, .. whole.Files.Skip(1)] }),
            whole with { Kernel = null }, whole with { Kernel = whole.Kernel! with { Image = MadeBill.Digest("other") } },
            whole with { Programs = [] }, whole with { Programs = [whole.Programs[0] with { Name = "other" }, whole.Programs[1]] },
            whole with { Programs = [whole.Programs[0] with { Sources = MadeBill.Digest("other") }, whole.Programs[1]] },
        ];
        Assert.Equal(all.Length, all.Select(BillIdentity.Of).Distinct().Count());
    }

    [Theory]
    [InlineData("", "a+b", "1:2~3", "pkg:generic/a%2Bb@1%3A2~3?checksum=sha256:")]
    [InlineData("debian", "a_b-c.d", "1", "pkg:deb/debian/a_b-c.d@1?arch=amd64&distro=trixie")]
    [InlineData("ven dor", "ä", "1", "pkg:deb/ven%20dor/%C3%A4@1?arch=amd64")]
    public void PackageUrl_Names_AreEscaped(string archive, string name, string version, string url)
    {
        BillPackage package = MadeBill.Whole.Packages[0] with
        {
            Name = name, Version = version, Archive = archive, Source = name, SourceVersion = version,
        };
        Assert.StartsWith(url, PackageUrl.Of(package, "trixie"), StringComparison.Ordinal);
        Assert.EndsWith(archive.Length == 0 ? package.Sha256.ToString() : url, PackageUrl.Of(package, "trixie"), StringComparison.Ordinal);
        Assert.Equal(
            archive.Length == 0 ? url[..url.IndexOf('?', StringComparison.Ordinal)]
                : url.Replace("=amd64", "=source", StringComparison.Ordinal),
            PackageUrl.OfSource(package, "trixie"));
    }

    [Theory]
    [InlineData("made:1.0", "spdx", "made:1.0.spdx")]
    [InlineData("made:1:0", "spdx", null)]
    [InlineData("made", "spdx", null)]
    public void NameOf_Image_KeepsItsName(string image, string what, string? name)
    {
        if (name is null)
        {
            Assert.Throws<ArgumentException>(() => BillReferrers.NameOf(image, what));
            return;
        }
        Assert.Equal(name, BillReferrers.NameOf(image, what));
    }

    // 128 characters: OCI distribution specification 1.1, "Pulling manifests"
    [Theory]
    [InlineData(122)]
    [InlineData(123)]
    [InlineData(124)]
    [InlineData(128)]
    public void NameOf_LongTag_IsCutToTheMost(int length) => Assert.Equal(
        $"made:{new string('t', Math.Min(length, 123))}.spdx", BillReferrers.NameOf($"made:{new string('t', length)}", "spdx"));
}
