using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Formats.Gpt;
using Strata.Images.Building;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Updates.Releases;

namespace Strata.Images.Tests.Building;

public class LayeredImageTests
{
    /// <summary>What the early init looks for (<c>docs/init.md</c>); nobody else's partition has that type.</summary>
    [Fact]
    public async Task Disk_PartitionOfTheLayers_HasLabelAndTypeOfAMedium()
    {
        using TemporaryFolder folder = new();
        using ObjectStore store = new(folder["store"]);
        byte[] uki = new byte[1 << 20];
        FileTree layers = new();
        layers.Add(
            GuestPath.Parse("/release.json"), new FileNode { Permissions = 0x124, Content = InlineContent.FromText("{}") },
            new Origin(null, null, "test"));
        Edition edition = BuildingTests.Edition(null);
        DiskPlan plan = LayeredImage.DiskOf(
            edition, new ActionOutput("uki", store.AddBytes(uki), uki.Length), layers, () => new PackageContentReader(store.OpenRead));
        await using FileStream disk = File.Create(folder["disk"]);
        await DiskWriter.WriteAsync(plan, disk);
        disk.Position = 0;
        GptEntry[] parts = [.. GptDisk.Read(disk).Entries.OfType<GptEntry>()];
        Assert.Equal(["ESP", "STRATA"], parts.Select(p => p.Label));
        Assert.Equal([PartitionType.Esp.Id, new Guid("5c1ed6ae-2f0b-4d35-9a3c-7d8f1b6e5a21")], parts.Select(p => p.Type));
        Assert.Equal((parts[1].Label, parts[1].Type), (Medium.Label, Medium.PartitionType));
    }
}
