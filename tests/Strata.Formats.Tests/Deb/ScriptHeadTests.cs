using System.Text;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Formats.Tests.Streams;

namespace Strata.Formats.Tests.Deb;

public class ScriptHeadTests
{
    [Theory]
    [InlineData("#!/bin/sh\nexit", "/bin/sh")]
    [InlineData("#! \t/bin/sh -e \t\nexit", "/bin/sh -e")]
    [InlineData("#!/bin/sh", "/bin/sh")] // no end of line is needed
    [InlineData("#!\n", "")]
    [InlineData("# !/bin/sh\n", "")]
    [InlineData("#", "")]
    [InlineData("", "")]
    [InlineData("\n#!/bin/sh\n", "")]
    [InlineData("#!/bin/\0sh\n", "")]
    public void InterpreterOf_Line_IsWhatTheKernelReads(string file, string interpreter) =>
        Assert.Equal(interpreter, ScriptHead.InterpreterOf(Encoding.UTF8.GetBytes(file)));

    // the kernel looks at 256 bytes: a name that does not end there is not started, an argument may be cut
    [Theory]
    [InlineData(253, "\n", true)]
    [InlineData(254, "\n", false)]
    [InlineData(254, "", false)]
    [InlineData(253, "", true)] // the end of the file is an end, too
    [InlineData(252, " -e\n", true)]
    public void InterpreterOf_LongName_CountsWhenItEndsInTime(int length, string rest, bool counts)
    {
        string name = "/" + new string('a', length - 1);
        string found = ScriptHead.InterpreterOf(Encoding.UTF8.GetBytes($"#!{name}{rest}"));
        Assert.Equal(counts ? name : "", found.Split(' ')[0]);
    }

    [Fact]
    public void InterpreterOf_BytesThatAreNoText_IsNone() => Assert.Equal("", ScriptHead.InterpreterOf([.. "#!/bin/"u8, 0xFF, .. "\n"u8]));

    // of a file in a package all that the kernel looks at is read, however little comes at once
    [Theory]
    [InlineData(253, 1, true)]
    [InlineData(254, 1, false)]
    [InlineData(254, 4096, false)]
    public void Inspect_LongName_CountsAsForTheKernel(int length, int most, bool counts)
    {
        string name = "/" + new string('a', length - 1);
        byte[] script = Encoding.UTF8.GetBytes($"#!{name}\nexit\n");
        using FileInspector inspector = new();
        using TricklingStream content = new(script, most);
        FileInspector.Finding found = inspector.Inspect(content, script.Length);
        Assert.Equal(counts ? name : "", found.Interpreter);
        Assert.Equal(Sha256Digest.Of(script), found.Digest);
    }

    [Fact]
    public void FromPackage_Script_KeepsItsInterpreterForEveryName()
    {
        PackageListing listing = DebBytes.List(DebBytes.Package(DebBytes.Tar(
            DebBytes.File("./usr/bin/a", "#!/usr/bin/perl -w\nprint 1"u8.ToArray()), DebBytes.File("./usr/bin/b", "plain"u8.ToArray()))));
        using MemoryStream bytes = new();
        listing.Write(bytes);
        bytes.Position = 0;
        PackageListing read = PackageListing.Read(bytes);
        Assert.Equal(["/usr/bin/perl -w", ""], read.Entries.Where(e => e.Kind == ListingKind.File).Select(e => e.Interpreter));
        Assert.Equal(DebBytes.Dump(listing), DebBytes.Dump(read));
    }
}
