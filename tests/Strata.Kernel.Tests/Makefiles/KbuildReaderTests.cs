using Strata.Core;
using Strata.Kernel.Makefiles;
using Strata.Testing;

namespace Strata.Kernel.Tests.Makefiles;

/// <summary>The forms of Documentation/kbuild/makefiles.rst, on lines made here.</summary>
public class KbuildReaderTests
{
    [Fact]
    public void SymbolsOfModule_PlainAndComposite_AreFound()
    {
        KbuildIndex index = Index("drivers/net", """
            # obj-$(CONFIG_OLD) += one.o
            obj-$(CONFIG_ONE) += one.o two-part.o # and a remark: obj-$(CONFIG_NO) += no.o
            obj-$(CONFIG_THREE)	+= \
            	three.o
            two-part-y := a.o b.o
            two-part-$(CONFIG_EXTRA) += c.o
            three-objs := d.o $(addprefix sub/, e.o \
            	f.o)
            """);
        Assert.Equal(["ONE"], index.SymbolsOfModule("one"));
        Assert.Equal(["ONE"], index.SymbolsOfModule("two_part"));
        Assert.Equal(["ONE"], index.SymbolsOfModule("two-part"));
        Assert.Equal(["THREE"], index.SymbolsOfModule("three"));
        Assert.Empty(index.SymbolsOfModule("no"));
        Assert.Equal(
            ["drivers/net/a.o", "drivers/net/b.o", "drivers/net/c.o", "drivers/net/one.o", "drivers/net/two-part.o"],
            index.ObjectsOf("ONE").Files.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["drivers/net/d.o", "drivers/net/sub/e.o", "drivers/net/sub/f.o", "drivers/net/three.o"],
            index.ObjectsOf("THREE").Files.Order(StringComparer.Ordinal));
        Assert.Equal(["drivers/net/c.o"], index.ObjectsOf("EXTRA").Files);
        Assert.True(index.ObjectsOf("NOBODY").IsEmpty);
    }

    /// <summary>
    /// GNU make, "Makefile Contents": a comment runs to the end of the line, and a backslash there makes the next line a part of it.
    /// </summary>
    [Theory]
    [InlineData("obj-$(CONFIG_A) += x.o \\\n\ty.o", "x y")]
    [InlineData("obj-$(CONFIG_A) += x.o \\\r\n\ty.o\r\n", "x y")]
    [InlineData("# obj-$(CONFIG_A) += x.o \\\n\ty.o", "")]
    [InlineData("# a remark \\\nobj-$(CONFIG_A) += x.o\nobj-$(CONFIG_A) += y.o", "y")]
    [InlineData("# a remark \\\nand more \\\nobj-$(CONFIG_A) += x.o", "")]
    [InlineData("obj-$(CONFIG_A) += x.o # z.o \\\n\ty.o", "x")]
    [InlineData("obj-$(CONFIG_A) += x.o \\\n\t# z.o \\\n\ty.o", "x")]
    [InlineData("obj-$(CONFIG_A) += x.o \\\n\n\ty.o", "x")]
    [InlineData("obj-$(CONFIG_A) += x.o # z.o\nobj-$(CONFIG_A) += y.o", "x y")]
    [InlineData("obj-$(CONFIG_A) += x.o \\", "x")]
    public void ObjectsOf_BackslashesAndComments_AreAsForMake(string text, string names) =>
        Assert.Equal(
            names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"d/{n}.o"),
            Index("d", text).ObjectsOf("A").Files.Order(StringComparer.Ordinal));

    [Fact]
    public void ObjectsOf_SymbolThatOpensAFolder_HoldsEverythingBelow()
    {
        KbuildObjects objects = Index("drivers", "obj-$(CONFIG_USB) += usb/\nobj-y += always/").ObjectsOf("USB");
        Assert.True(objects.Hold("drivers/usb/core/hub.o"));
        Assert.False(objects.Hold("drivers/usbother/x.o"));
        Assert.True(objects.IsWhole);
    }

    [Fact]
    public void ObjectsOf_ComputedNames_SaysThatThereMayBeMore()
    {
        KbuildObjects objects = Index("gpu", "obj-$(CONFIG_BIG) += big.o\nbig-y := a.o $(BIG_FILES) ../shared/b.o ../../../outside.o").ObjectsOf("BIG");
        Assert.False(objects.IsWhole);
        Assert.True(objects.Hold("shared/b.o"));
        Assert.False(objects.Hold("outside.o"));
    }

    [Theory]
    [InlineData("obj-$(CONFIG_A)$(CONFIG_B) += x.o", "A B")]
    [InlineData("obj-$(subst m,y,$(CONFIG_A)) += x.o", "A")]
    [InlineData("  obj-$(CONFIG_A) := x.o", "A")]
    [InlineData("obj-y += x.o", "")]
    [InlineData("x-y += y.o", "")]
    [InlineData("obj-$(CONFIG_A) += $(x.o", "")]
    [InlineData("obj-$(CONFIG_A += x.o", "")]
    [InlineData("\\", "")]
    [InlineData("obj-$(CONFIG_A) += \\", "")]
    [InlineData("obj-$(CONFIG_A) += /x.o", "")]
    public void SymbolsOfModule_OddLines_AreReadOrPassedOver(string line, string symbols) =>
        Assert.Equal(symbols, string.Join(' ', Index("d", line).SymbolsOfModule("x")));

    [Fact]
    public void Read_Source_LeavesOutOtherArchitecturesAndFoldersBehindLinks()
    {
        using TemporaryFolder folder = new();
        Write(folder, "Makefile", "obj-y += fs/");
        Write(folder, "fs/Makefile", "obj-$(CONFIG_FS) += fs.o");
        Write(folder, "arch/x86/Kbuild", "obj-$(CONFIG_X86_ONLY) += x.o");
        Write(folder, "arch/arm64/Makefile", "obj-$(CONFIG_ARM_ONLY) += arm.o");
        Write(folder, "tools/Makefile", "obj-$(CONFIG_TOOL) += tool.o");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "fs", "loop"), folder.Path);
        KbuildIndex index = KbuildReader.Read(folder.Path, "x86");
        Assert.Equal(["FS"], index.SymbolsOfModule("fs"));
        Assert.Equal(["X86_ONLY"], index.SymbolsOfModule("x"));
        Assert.Empty(index.SymbolsOfModule("arm"));
        Assert.Empty(index.SymbolsOfModule("tool"));
    }

    [Fact]
    public void Read_FolderWithoutMakefiles_IsToldSo()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("there are none", Assert.Throws<StrataException>(() => KbuildReader.Read(folder.Path, "x86")).Message, StringComparison.Ordinal);
    }

    internal static KbuildIndex Index(string folder, string text)
    {
        List<KbuildTarget> targets = [];
        List<KbuildPart> parts = [];
        KbuildReader.ReadText(text, folder, targets, parts);
        return new KbuildIndex(targets, parts);
    }

    private static void Write(TemporaryFolder folder, string path, string text)
    {
        string file = Path.Combine(folder.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }
}
