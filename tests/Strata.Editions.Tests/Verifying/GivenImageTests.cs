using System.Text;
using Strata.Core;
using Strata.Editions.Verifying;
using Strata.Testing;

namespace Strata.Editions.Tests.Verifying;

/// <summary>What an image is, by its name and by where its marks lie.</summary>
public class GivenImageTests
{
    [Theory]
    [InlineData("x.img", 0, "", "disk")]
    [InlineData("x.IMG", 0, "", "disk")]
    [InlineData("x.iso", 0, "", "iso")]
    [InlineData("x.efi", 0, "", "uki")]
    [InlineData("x.oci.tar", 0, "", "oci")]
    [InlineData("x.qcow2", 0, "", "qcow2")]
    [InlineData("x.vmdk", 0, "", "vmdk")]
    [InlineData("x", 512, "EFI PART", "disk")]
    [InlineData("x", 32769, "CD001", "iso")]
    [InlineData("x", 0, "MZ", "uki")]
    [InlineData("x", 257, "ustar", "oci")]
    [InlineData("x.iso", 512, "EFI PART", "iso")]
    [InlineData("x", 511, "EFI PART", null)]
    [InlineData("x", 32768, "CD001", null)]
    [InlineData("x", 1, "MZ", null)]
    [InlineData("x", 256, "ustar", null)]
    [InlineData("x", 512, "EFI PAR", null)]
    [InlineData("x", 32769, "CD00", null)]
    [InlineData("x", 0, "", null)]
    public void KindOf_File_IsWhatItSays(string name, int offset, string mark, string? kind)
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[offset + mark.Length];
        Encoding.ASCII.GetBytes(mark, bytes.AsSpan(offset));
        File.WriteAllBytes(folder[name], bytes);
        if (kind is not null)
        {
            Assert.Equal(kind, GivenImage.KindOf(folder[name]).Name);
            return;
        }
        StrataException e = Assert.Throws<StrataException>(() => GivenImage.KindOf(folder[name]));
        Assert.Equal($"cannot verify {folder[name]}: it is neither a disk, an ISO image, a bootable file nor a container image", e.Message);
    }

    /// <summary>A hybrid ISO image is a disk too.</summary>
    [Fact]
    public void KindOf_BothMarks_IsAnIsoImage()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[32774];
        "MZ"u8.CopyTo(bytes);
        "EFI PART"u8.CopyTo(bytes.AsSpan(512));
        "CD001"u8.CopyTo(bytes.AsSpan(32769));
        File.WriteAllBytes(folder["x"], bytes);
        Assert.Equal(ImageKind.Iso, GivenImage.KindOf(folder["x"]));
        Assert.Equal(ImageKind.Pxe, GivenImage.KindOf(folder.Path));
        Assert.StartsWith($"cannot verify {folder["none"]}: ", Assert.Throws<StrataException>(() =>
            GivenImage.KindOf(folder["none"])).Message, StringComparison.Ordinal);
    }
}
