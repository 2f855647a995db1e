using Strata.Core;
using Strata.Images.Building;
using Strata.Images.Tests.Building.Bench;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>The disk in the forms of programs for virtual machines, opened by QEMU.</summary>
public sealed class VirtualDiskMediumTests(EditionBench made) : IClassFixture<EditionBench>
{
    public static TheoryData<string> Kinds => [.. ImageKind.Built.Where(k => k.IsVirtualDisk).Select(k => k.Name)];

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Image_IsTheDiskToTheByte_AndEachBuildMakesTheSame(string kind)
    {
        ImageKind form = ImageKind.Named(kind)!;
        using TemporaryFolder folder = new();
        BuildResult built = await made.BuildAsync(EditionBench.Small, ImageKind.Disk);
        File.WriteAllBytes(folder["disk"], made.Bytes(built[ImageKind.Disk].File));
        BuildResult packed = await made.BuildAsync(EditionBench.Small, form);
        File.WriteAllBytes(folder["packed"], made.Bytes(packed[form].File));
        (int exitCode, string output) = Oracle.Run("qemu-img", "compare", "-f", "raw", "-F", kind, folder["disk"], folder["packed"]);
        Assert.True(exitCode == 0, output);
        using EditionBench elsewhere = new();
        Assert.Equal(packed[form].File.Digest, (await elsewhere.BuildAsync(EditionBench.Small, form))[form].File.Digest);
        Assert.Equal($"small.{kind}", form.PlaceOf("small"));
    }

    [Fact]
    public async Task Disk_LargerThanTheFormsHold_IsToldWithBothSizes()
    {
        using EditionBench bench = new();
        bench.Append(EditionBench.Small, "disk: {parts: [{role: esp}, {role: state, size: 1 TiB}]}");
        bench.Append(EditionBench.Small, "state: {keep: [/data]}");
        StrataException told = await Assert.ThrowsAsync<StrataException>(() => bench.BuildAsync(EditionBench.Small, ImageKind.Vmdk));
        Assert.Matches(@"\Acannot make a virtual disk of small: the disk has 1\S* TiB, expected at most 1\S* TiB\z", told.Message);
        Assert.Contains("Give its parts less 'size'", told.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_AreFour() => Assert.Equal(
        ["qcow2", "vmdk", "vhdx", "vdi"], ImageKind.Built.Where(k => k.IsVirtualDisk).Select(k => k.Name));
}
