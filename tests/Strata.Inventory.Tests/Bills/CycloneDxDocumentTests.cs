using System.Text.Json;
using Strata.Inventory.Bills;
using Strata.Testing;

namespace Strata.Inventory.Tests.Bills;

public class CycloneDxDocumentTests
{
    [SkippableFact]
    public void Write_Bill_SatisfiesTheSchemaAndIsReadByAnother() => Assert.Equal(
        [
            "application|early-init|0.1.0||MIT",
            "application|hello|1.0+a b||",
            "data|none|1.0+a b||",
            "data|shell|1.0+a b||",
            "data|system|1.0+a b||",
            "file|/etc/motd|||",
            "file|/usr/bin/[|||",
            "file|/usr/lib/both|||",
            "file|/usr/share/ä \"b\"|||",
            "library|gcc|14|pkg:deb/debian/gcc@14?arch=amd64&distro=trixie|MIT",
            "library|gcc|14|pkg:deb/debian/gcc@14?arch=amd64&distro=trixie|MIT",
            "library|libstdc++6|14.2.0-19|pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=trixie|"
                + "GPL-3.0-or-later AND (MIT OR LicenseRef-Debian-own)",
            "library|libstdc--6|1:2~3|pkg:deb/vendor/libstdc--6@1:2~3?arch=amd64|MIT", // %3A in the document, told in canonical form
            "library|linux-source-6.12|6.12.117-1|pkg:deb/debian/linux-source-6.12@6.12.117-1?arch=amd64&distro=trixie|MIT",
            $"library|mine|1|pkg:generic/mine@1?checksum=sha256:{MadeBill.Digest("mine")}|",
            "library|xz-utils|5.8|pkg:deb/debian/xz-utils@5.8?arch=amd64&distro=trixie|MIT",
            "operating-system|linux|6.12.117||GPL-2.0-only WITH Linux-syscall-note",
        ],
        BillJudges.ReadCycloneDx(BillForm.CycloneDx.Write(MadeBill.Whole)).Order(StringComparer.Ordinal));

    [Fact]
    public void Write_Layers_ConsistOfWhatLiesInThem()
    {
        using JsonDocument document = JsonDocument.Parse(BillForm.CycloneDx.Write(MadeBill.Whole));
        Dictionary<string, string[]> parts = document.RootElement.GetProperty("dependencies").EnumerateArray().ToDictionary(
            d => d.GetProperty("ref").GetString()!, d => d.GetProperty("dependsOn").EnumerateArray().Select(p => p.GetString()!).ToArray());
        Assert.Equal(["layer/shell", "layer/system", "layer/none", "kernel", "program/early-init"], parts["release"]);
        Assert.Equal(["package/mine", "file/etc/motd", "file/usr/lib/both"], parts["layer/system"]);
        string[] all = [.. document.RootElement.GetProperty("components").EnumerateArray()
            .Select(c => c.GetProperty("bom-ref").GetString()!)];
        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(parts.Values.SelectMany(p => p).Except(all));
    }

    [Fact]
    public void Write_SameBill_SameBytesAndAnotherNameForAnother()
    {
        byte[] once = BillForm.CycloneDx.Write(MadeBill.Whole);
        Assert.Equal(once, BillForm.CycloneDx.Write(MadeBill.Whole with { Files = [.. MadeBill.Whole.Files] }));
        Assert.NotEqual(Serial(once), Serial(BillForm.CycloneDx.Write(MadeBill.Whole with { Tool = "0.1.1" })));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", Serial(once));

        static string Serial(byte[] bill) => JsonDocument.Parse(bill).RootElement.GetProperty("serialNumber").GetString()!;
    }
}
