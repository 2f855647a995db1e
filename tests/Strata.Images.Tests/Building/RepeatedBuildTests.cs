using Strata.Core;
using Strata.Images.Tests.Building.Bench;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>A second build does nothing; after a change of one input it does what that input decides, and no more.</summary>
public class RepeatedBuildTests(EditionBench bench) : IClassFixture<EditionBench>
{
    /// <summary>By name: what changes, and the steps that each edition then does, sorted; a number says how often.</summary>
    private static readonly Dictionary<string, (Action<EditionBench> Change, string Small, string Layered, string Box)> s_changes =
        new(StringComparer.Ordinal)
    {
        ["nothing"] = (_ => { }, "", "", ""),
        ["command line"] = (
            b => b.Edit("command-line: ", "command-line: panic=10 "),
            "disk edition iso pxe uki", "disk edition iso uki", ""),
        ["title"] = ( // stands in os-release
            b => b.Edit("title: The ", "title: Another "),
            "disk edition initramfs iso pxe shares uki", "disk edition iso layer uki", "container oci-layer shares"),
        ["version"] = (
            b => b.Edit("version: \"1\"", "version: \"2\""),
            "disk edition initramfs iso pxe shares uki", "disk edition iso layer uki", "container oci-layer shares"),
        ["packing of layers"] = (b => b.Edit("packing: fast", "packing: xz"), "", "disk edition iso layer*5 uki", ""),
        ["packing of the initramfs"] = (
            b => b.Edit("description: made\n", "description: made\ninitramfs: zstd\n"),
            "disk edition initramfs iso pxe uki", "disk edition initramfs iso uki", "container"),
        ["packing of containers"] = (b => b.Edit("container: {", "container: {compression: zstd, "), "", "", "container oci-layer*4"),
        ["command of the container"] = (b => b.Edit("[/bin/sh]", "[/bin/sh, -l]"), "", "", "container"),
        ["budget"] = (
            b => b.Edit("description: made\n", "description: made\nbudget: {image: 100 MiB}\n"),
            "edition", "edition", "container"),
        ["one more user"] = (
            b => b.Edit("users: {www: {id: 33}}", "users: {www: {id: 33}, other: {id: 34}}"),
            "disk edition initramfs iso pxe shares uki", "disk edition iso layer uki", ""),
        ["line of a file"] = (
            b => b.Edit("{content: first}", "{content: second}"),
            "disk edition initramfs iso pxe shares uki", "disk edition iso layer uki", ""),
        ["package"] = ( // all editions have one lock, and it is another
            b => b.Guest(new DebBuilder("web", "2.0").File("/usr/bin/web", "web 2", Modes.Program)),
            "disk edition initramfs iso list-package pxe shares*2 uki", "disk edition iso layer uki", "container"),
        ["package that only the container has"] = (
            b => b.Guest(new DebBuilder("notes", "2.0").File("/usr/share/notes/page", "more notes")),
            "edition list-package", "edition", "container oci-layer shares*2"),
        ["kernel"] = ( // a layer has a module of its package
            b => b.Kernel(TinyPe.Kernel(0x200000)),
            "disk edition iso list-package pxe uki", "disk edition init-modules iso layer uki", "container"),
        ["early init"] = (b => b.EarlyInit = "another init"u8.ToArray(), "", "disk edition initramfs iso uki", ""),
        ["stub"] = (
            b => b.Tool(MadeTools.Starters(TinyPe.Program(headers: 2048))),
            "disk edition initramfs iso list-package module-index pxe shares*3 uki", "disk edition initramfs iso uki",
            "container oci-layer*4 shares*2"),
        ["tools, which do the same"] = ( // what they pack is asked for anew, and nothing that is made of the same bytes
            b => b.Tool(MadeTools.Starters(MadeTools.Stub, "2.0")),
            "edition initramfs iso list-package module-index pxe shares*3", "edition initramfs iso", "container oci-layer*4 shares*2"),
    };

    public static TheoryData<string> Changes => [.. s_changes.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Build_AfterAChange_DoesTheStepsThatItTouches(string name)
    {
        bench.Reset();
        await DoneAsync(EditionBench.Small, ImageKind.Iso, ImageKind.Pxe, ImageKind.Disk);
        await DoneAsync(EditionBench.Layered, ImageKind.Iso, ImageKind.Disk);
        await DoneAsync(EditionBench.Box, ImageKind.Oci);
        s_changes[name].Change(bench);
        Assert.Equal(s_changes[name].Small, await DoneAsync(EditionBench.Small, ImageKind.Iso, ImageKind.Pxe, ImageKind.Disk));
        Assert.Equal(s_changes[name].Layered, await DoneAsync(EditionBench.Layered, ImageKind.Iso, ImageKind.Disk));
        Assert.Equal(s_changes[name].Box, await DoneAsync(EditionBench.Box, ImageKind.Oci));
        Assert.Equal("", await DoneAsync(EditionBench.Small, ImageKind.Pxe, ImageKind.Iso, ImageKind.Disk, ImageKind.Uki));
    }

    private async Task<string> DoneAsync(string edition, params ImageKind[] kinds)
    {
        IReadOnlyDictionary<string, int> before = bench.StepsDone();
        bool wasKept = true;
        foreach (ImageKind kind in kinds)
        {
            wasKept &= (await bench.BuildAsync(edition, kind)).WasKept;
        }
        IReadOnlyDictionary<string, int> after = bench.StepsDone();
        string[] done = [.. after.Keys.Where(s => after[s] > before[s]).Order(StringComparer.Ordinal)];
        Assert.Equal(wasKept, done.Length == 0);
        return string.Join(' ', done.Select(s => after[s] == before[s] + 1 ? s : $"{s}*{after[s] - before[s]}"));
    }
}
