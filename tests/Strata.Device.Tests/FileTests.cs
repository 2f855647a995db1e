using Strata.Device.Handles;
using Strata.Device.Posix;
using Strata.Testing;

namespace Strata.Device.Tests;

public class FileTests
{
    // what the kernel tells in one file: its command line, its memory
    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(65536)]
    public void ReadText_File_IsWhole(int length)
    {
        using TemporaryFolder folder = new();
        string text = new('x', length);
        File.WriteAllText(folder["a"], text);
        Assert.Equal(text, Files.ReadText(folder["a"]));
        Assert.Equal("", Files.ReadText(folder["b"]));
    }

    [Fact]
    public void Replace_FileThatIsRead_KeepsTheReaderTheOldContent()
    {
        using TemporaryFolder folder = new();
        string path = folder["new/file"];
        AtomicFile.Replace(path, "old content"u8, folder["aside"]);
        using FileStream reader = File.OpenRead(path);
        AtomicFile.Replace(path, "new"u8, folder["aside"]);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal("old content", new StreamReader(reader).ReadToEnd()); // written over, it would be "new content"
        Assert.False(File.Exists(folder["aside"]));
    }

    [Fact]
    public void Replace_NameThatIsAFolder_LeavesEverythingAsItWas()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["taken/inside"]);
        PosixException fault = Assert.Throws<PosixException>(() => AtomicFile.Replace(folder["taken"], "x"u8, folder["aside"]));
        Assert.Equal(21, fault.HResult); // EISDIR
        Assert.StartsWith($"rename {folder["taken"]}: ", fault.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder["taken/inside"]));
        Assert.False(File.Exists(folder["aside"]));
    }

    [Fact]
    public void Names_OfManyFiles_AreAllThereAndSorted()
    {
        using TemporaryFolder folder = new();
        string[] names = [.. Enumerable.Range(0, 2000).Select(i => $"{i:x}-{new string('n', 60)}").Order(StringComparer.Ordinal)];
        foreach (string name in names)
        {
            File.WriteAllText(folder[name], "");
        }
        Assert.Equal(names, Files.Names(folder.Path)); // more than one answer of the kernel
        Assert.Empty(Files.Names(folder["none"]));
    }

    [Fact]
    public void ExistsBelow_LinkToTheRoot_StaysBelow()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["usr/sbin"]);
        File.WriteAllText(folder["usr/sbin/own-init"], "");
        File.CreateSymbolicLink(folder["sbin"], "/usr/sbin");
        File.CreateSymbolicLink(folder["shell"], "/bin/sh");
        Assert.True(Files.ExistsBelow(folder.Path, "/sbin/own-init"));
        Assert.True(Files.ExistsBelow(folder.Path, "/../usr/sbin/own-init"));
        Assert.False(Files.ExistsBelow(folder.Path, "/shell")); // the host has one
    }

    [Fact]
    public void Read_LongerThanAllowed_StopsThere()
    {
        using TemporaryFolder folder = new();
        Files.Write(folder["file"], new byte[10_000]);
        Assert.Equal(10_000, Files.TryRead(folder["file"], 20_000)!.Length);
        Assert.Equal(5_000, Files.TryRead(folder["file"], 5_000)!.Length);
        Assert.Null(Files.TryRead(folder["none"], 1));
        Files.MakeDirectories(folder["a/b/c"], Files.Private);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder["a/b"]));
        Assert.True(Files.TryGet(folder["a/b"])!.Value.IsDirectory);
        Assert.False(Files.TryGet(folder["file"])!.Value.IsDirectory);
    }
}
