using System.Text;
using Strata.Core;
using Strata.Images.Building;
using Strata.Images.Tests.Building.Bench;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>What is made of a finished bootable file: the ISO image, the files for the network.</summary>
public sealed class MediaTests(EditionBench made) : IClassFixture<EditionBench>
{
    private readonly EditionBench _bench = made; // built once for all that only look

    [Fact]
    public async Task Iso_BootsByFirmwareOfBothKinds_WithTheSameKernelAndInitramfs()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Small, ImageKind.Iso);
        byte[] image = _bench.Bytes(built[ImageKind.Iso].File);
        byte[] uki = _bench.Bytes(built.Product.Uki!);
        Dictionary<string, byte[]> files = Opened.Iso(image);
        Assert.Equal(
            [
                "/EFI/BOOT/BOOTX64.EFI", "/boot/initrd.img", "/boot/vmlinuz",
                "/isolinux/isolinux.bin", "/isolinux/isolinux.cfg", "/isolinux/ldlinux.c32",
            ],
            files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(uki, files["/EFI/BOOT/BOOTX64.EFI"]);
        Assert.Equal(EditionBench.KernelImage, files["/boot/vmlinuz"]);
        Assert.Equal(Opened.Section(uki, ".initrd"), files["/boot/initrd.img"]);
        Assert.Equal(MadeTools.IsoLinux[64..], files["/isolinux/isolinux.bin"][64..]); // before lies where it lies
        string config = Encoding.ASCII.GetString(files["/isolinux/isolinux.cfg"]);
        Assert.Contains("  APPEND console=ttyS0,115200 quiet\n", config, StringComparison.Ordinal);
        Assert.StartsWith("SERIAL 0 115200\n", config, StringComparison.Ordinal);
        string[] partition = Assert.Single(Opened.Partitions(image)).Split(' '); // written to a disk
        Assert.Equal("esp", partition[^1]);
        Assert.Equal(uki, Assert.Single(Opened.Partition(image, string.Join(' ', partition[..^1]))).Value);
        Assert.Equal(MadeTools.DiskLoader[..400], image[..400]);
        Assert.True(image.Length < uki.Length + (128 << 10), "kernel and initramfs lie in it once");
    }

    [SkippableFact]
    public async Task PxeOfLayers_HasThemAsOneMoreInitramfs_WhichItsScriptLoads()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Pxe);
        Dictionary<string, byte[]> files = built[ImageKind.Pxe].Files.ToDictionary(f => f.Name, _bench.Bytes);
        Assert.Equal(
            ["SHA256SUMS", "boot.ipxe", "initrd.img", "layers.img", "snponly.efi", "undionly.kpxe", "vmlinuz"],
            files.Keys.Order(StringComparer.Ordinal));
        string script = Encoding.ASCII.GetString(files["boot.ipxe"]);
        Assert.Contains("\nkernel vmlinuz initrd=initrd.img initrd=layers.img ", script, StringComparison.Ordinal);
        Assert.Contains("\ninitrd initrd.img\ninitrd layers.img\nboot\n", script, StringComparison.Ordinal);
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["layers.img"], files["layers.img"]);
        (int code, string output) = Oracle.Run("bsdtar", ["-tf", folder["layers.img"]]);
        Assert.Equal(0, code);
        foreach (KeyValuePair<string, byte[]> onDisk in Opened.Partition(
            _bench.Bytes((await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk))[ImageKind.Disk].File), "STRATA"))
        {
            Assert.Contains(onDisk.Key[1..], output, StringComparison.Ordinal); // what a disk has of layers
        }
    }

    [Fact]
    public async Task Pxe_HasKernelInitramfsScriptStarters_AndTheSumsOfAll()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Small, ImageKind.Pxe);
        Dictionary<string, byte[]> files = built[ImageKind.Pxe].Files.ToDictionary(f => f.Name, _bench.Bytes);
        Assert.Equal(
            ["SHA256SUMS", "boot.ipxe", "initrd.img", "small.efi", "snponly.efi", "undionly.kpxe", "vmlinuz"],
            files.Keys.Order(StringComparer.Ordinal));
        byte[] uki = _bench.Bytes(built.Product.Uki!);
        Assert.Equal(uki, files["small.efi"]);
        Assert.Equal(EditionBench.KernelImage, files["vmlinuz"]);
        Assert.Equal(Opened.Section(uki, ".initrd"), files["initrd.img"]);
        Assert.Equal(MadeTools.Ipxe, files["snponly.efi"]);
        Assert.Contains(
            "\nkernel vmlinuz initrd=initrd.img console=ttyS0,115200 quiet\n",
            Encoding.ASCII.GetString(files["boot.ipxe"]), StringComparison.Ordinal);
        Assert.Equal(
            string.Concat(files.Where(f => f.Key != "SHA256SUMS").OrderBy(f => f.Key, StringComparer.Ordinal)
                .Select(f => $"{Sha256Digest.Of(f.Value)}  {f.Key}\n")),
            Encoding.ASCII.GetString(files["SHA256SUMS"]));
        Assert.Equal(files["SHA256SUMS"], _bench.Bytes(built[ImageKind.Pxe].File));
    }

    [Theory]
    [InlineData(EditionBench.Small, "iso")]
    [InlineData(EditionBench.Small, "pxe")]
    [InlineData(EditionBench.Layered, "iso")]
    public async Task Add_AfterABuild_GivesWhatABuildOfTheKindGives(string edition, string kind)
    {
        ImageKind image = ImageKind.Named(kind)!;
        BuildResult direct = await _bench.BuildAsync(edition, image);
        using EditionBench bench = new();
        await bench.BuildAsync(edition, ImageKind.Disk);
        BuildResult disk = await bench.BuildAsync(edition, ImageKind.Disk);
        Assert.True(disk.WasKept);
        BuildResult added = await bench.AddAsync(disk, image);
        Assert.Equal(direct.Product.ToResult().Outputs, added.Product.ToResult().Outputs);
        Assert.Equal(direct[image].Files, added[image].Files);
        Assert.Equal(disk[ImageKind.Disk], added[ImageKind.Disk]); // which is still there
        Assert.False(added.WasKept);
        BuildResult again = await bench.AddAsync(await bench.BuildAsync(edition, ImageKind.Disk), image);
        Assert.True(again.WasKept);
        Assert.Equal(direct[image].Files, again[image].Files);
    }
}
