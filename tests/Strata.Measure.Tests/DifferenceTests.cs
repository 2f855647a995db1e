using Strata.Measure.Differences;

namespace Strata.Measure.Tests;

public class DifferenceTests
{
    [Fact]
    public void Between_TwoImages_TellsEveryKindOfDifference()
    {
        ImageContents before = new()
        {
            Name = "a",
            Entries = Entries(("/usr/bin/su", File("0755", 10, "x")), ("/usr/bin/gone", File("0755", 7, "y")), ("/etc/same", File("0644", 1, "z")), ("/lib", new("link", "0777", "0:0", 0, "", "usr/lib", ""))),
            Packages = new Dictionary<string, string> { ["libc6"] = "1", ["old"] = "1" },
            Parts = new Dictionary<string, long> { ["kernel"] = 100, ["initramfs"] = 5 },
            KernelSymbols = new Dictionary<string, string> { ["NET"] = "y", ["USB"] = "m" },
            Budgets = new Dictionary<string, string> { ["image"] = "16 MiB" },
        };
        ImageContents after = before with
        {
            Name = "b",
            Entries = Entries(("/usr/bin/su", File("4755", 12, "w")), ("/usr/bin/new", File("0755", 3, "v")), ("/etc/same", File("0644", 1, "z")), ("/lib", new("link", "0777", "0:0", 0, "", "lib64", ""))),
            Packages = new Dictionary<string, string> { ["libc6"] = "2", ["fresh"] = "1" },
            Parts = new Dictionary<string, long> { ["kernel"] = 100, ["initramfs"] = 6 },
            KernelSymbols = new Dictionary<string, string> { ["NET"] = "y", ["USB"] = "y" },
            Budgets = new Dictionary<string, string> { ["image"] = "17 MiB" },
        };
        ImageDifference difference = ImageDifference.Between(before, after);
        Assert.Equal(
            [
                "changed /lib 0: target usr/lib -> lib64", "removed /usr/bin/gone -7: file 0755 0:0", "added /usr/bin/new 3: file 0755 0:0", "changed /usr/bin/su 2: mode 0755 -> 4755; content",
            ],
            difference.Paths.Select(p => $"{p.How} {p.Path} {p.Bytes}: {string.Join("; ", p.What)}"));
        Assert.Equal(["fresh -> 1", "libc6 1 -> 2", "old 1 ->"], difference.Packages.Select(Text));
        Assert.Equal([new SizeChange("initramfs", 5, 6)], difference.Parts);
        Assert.Equal(["USB m -> y"], difference.KernelSymbols!.Select(Text));
        Assert.Equal(["image 16 MiB -> 17 MiB"], difference.Budgets!.Select(Text));
        Assert.False(difference.IsEmpty);
        Assert.True(ImageDifference.Between(before, before).IsEmpty);
    }

    private static string Text(ValueChange change) => string.Join(' ', new[] { change.Name, change.Before, "->", change.After }.Where(t => t is not null));

    private static ContentEntry File(string mode, long size, string digest) => new("file", mode, "0:0", size, digest, "", "");

    private static Dictionary<string, ContentEntry> Entries(params (string Path, ContentEntry Entry)[] entries) => entries.ToDictionary(e => e.Path, e => e.Entry, StringComparer.Ordinal);
}
