using System.Diagnostics;
using System.Text;
using Strata.Core;
using Strata.Testing;

namespace Strata.Store.Tests;

/// <summary>A folder as a hostile program leaves it; FIFOs, devices and links are real ones.</summary>
public sealed class ForeignFolderTests : IDisposable
{
    private const string Secret = "PRIVATE KEY";

    private readonly TemporaryFolder _home = new();
    private readonly ForeignFolder _folder;

    public ForeignFolderTests()
    {
        Directory.CreateDirectory(_home["room/sub"]);
        File.WriteAllText(_home["secret"], Secret);
        File.WriteAllText(_home["room/plain"], "content");
        File.WriteAllText(_home["room/sub/deep"], "deep");
        _folder = new ForeignFolder(_home["room"]);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Read_RegularFiles_AreReadAndKept()
    {
        using ObjectStore store = new(_home["store"]);
        Assert.Equal("content", _folder.ReadText("plain", 7));
        Assert.Equal("deep", _folder.ReadText("sub/deep", 100));
        Assert.Equal("deep", _folder.ReadText("sub/../sub/deep", 100)); // climbs, but never out
        Assert.Null(_folder.TryRead("absent", 100));
        Assert.Null(_folder.TryRead("plain/below", 100));
        (Sha256Digest digest, long length) = await _folder.AddToAsync(store, "plain", 7, CancellationToken.None);
        Assert.Equal((Sha256Digest.Of("content"u8), 7L), (digest, length));
        Assert.True(store.Contains(digest));
    }

    [Fact]
    public void TryList_Folder_HasItsNamesInOrderAndNotWhatLinksLeadTo()
    {
        File.CreateSymbolicLink(_home["room/Folder-link"], "/etc");
        File.CreateSymbolicLink(_home["room/.dangling"], "no where");
        File.SetUnixFileMode(_home["room/plain"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ForeignName[] expected =
        [
            new(".dangling", false, "no where"), new("Folder-link", false, "/etc"), new("plain", false, null), new("sub", true, null),
        ];
        Assert.Equal(expected, _folder.TryList(".", 4));
        Assert.Equal([new ForeignName("deep", false, null)], _folder.TryList("sub", 4));
        Assert.Null(_folder.TryList("plain", 4));
        Assert.Null(_folder.TryList("absent", 4));
        Assert.True(_folder.ReadProgram("plain", 100).IsProgram);
        Assert.False(_folder.ReadProgram("sub/deep", 100).IsProgram);
        Assert.Contains("more than 3 names", Assert.Throws<StrataException>(() =>
            _folder.TryList(".", 3)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "is or passes a link", Assert.Throws<StrataException>(() =>
                _folder.TryList("Folder-link", 9)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "outside of the folder", Assert.Throws<StrataException>(() => _folder.TryList("..", 9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryList_NameThatIsNoUtf8_IsRefused()
    {
        Shell("printf x > \"$(printf 'a\\377b')\"");
        StrataException e = Assert.Throws<StrataException>(() => _folder.TryList("sub", 9));
        Shell("rm a*"); // .NET cannot name it
        Assert.Contains("its name is no UTF-8", e.Message, StringComparison.Ordinal);

        void Shell(string command)
        {
            using Process made = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = _home["room/sub"] })!;
            made.WaitForExit();
            Assert.Equal(0, made.ExitCode);
        }
    }

    [Theory]
    [InlineData("link", "is or passes a link")]
    [InlineData("folder-link/secret", "is or passes a link")]
    [InlineData("inner-link", "is or passes a link")]
    [InlineData("../secret", "lies outside of the folder")]
    [InlineData("sub/../../secret", "lies outside of the folder")]
    [InlineData("/etc/passwd", "lies outside of the folder")]
    [InlineData("sub", "no regular file")]
    [InlineData(".", "no regular file")]
    [InlineData("plain", "it has 7 B, more than 6 B")]
    [InlineData("na\0me", "NUL")]
    public async Task Read_WhatLeadsElsewhere_IsRefused(string name, string why)
    {
        File.CreateSymbolicLink(_home["room/link"], _home["secret"]);
        File.CreateSymbolicLink(_home["room/folder-link"], _home.Path);
        File.CreateSymbolicLink(_home["room/inner-link"], "plain");
        using ObjectStore store = new(_home["store"]);
        StrataException read = Assert.Throws<StrataException>(() => _folder.Read(name, 6));
        StrataException added = await Assert.ThrowsAsync<StrataException>(() => _folder.AddToAsync(store, name, 6, CancellationToken.None));
        Assert.All([read, added], e => Assert.Contains(why, e.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, read.Message, StringComparison.Ordinal);
        Assert.False(store.Contains(Sha256Digest.Of(Encoding.UTF8.GetBytes(Secret))));
    }

    [Fact]
    public async Task Read_Fifo_IsRefusedAtOnce()
    {
        Assert.Equal(0, Run("mkfifo", _home["room/fifo"]));
        Task<StrataException> read = Task.Run(() => Assert.Throws<StrataException>(() => _folder.Read("fifo", 100)));
        Assert.True(await Task.WhenAny(read, Task.Delay(TimeSpan.FromSeconds(30))) == read, "it waits for a writer");
        Assert.Contains("no regular file", (await read).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Read_Device_IsRefused()
    {
        Skip.If(Run("mknod", _home["room/zero"], "c", "1", "5") != 0, "only root can make a device");
        Assert.Contains("no regular file", Assert.Throws<StrataException>(() => _folder.Read("zero", 100)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DevicesOfTheHost_AreRefused()
    {
        using ForeignFolder devices = new("/dev");
        Assert.Contains("no regular file", Assert.Throws<StrataException>(() => devices.Read("zero", 100)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SizeThatLies_IsRefused()
    {
        using ForeignFolder facts = new("/proc/self"); // files whose length is 0 and that have content
        Assert.Contains("it became longer", Assert.Throws<StrataException>(() => facts.Read("status", 1 << 20)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddTo_FileThatGrows_EndsAndKeepsNothing()
    {
        using ObjectStore store = new(_home["store"]);
        using CancellationTokenSource stop = new();
        File.WriteAllBytes(_home["room/log"], new byte[1 << 20]);
        Task growing = Task.Run(() =>
        {
            using FileStream log = new(_home["room/log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            while (!stop.IsCancellationRequested && log.Length < 1 << 30)
            {
                log.Write(new byte[4096]);
                log.Flush();
            }
        });
        try
        {
            SpinWait.SpinUntil(() => new FileInfo(_home["room/log"]).Length > 1 << 20, TimeSpan.FromSeconds(30));
            StrataException e = await Assert.ThrowsAsync<StrataException>(
                () => _folder.AddToAsync(store, "log", 1L << 31, CancellationToken.None));
            Assert.Contains("it became longer meanwhile", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            await stop.CancelAsync();
            await growing;
        }
        Assert.False(Directory.Exists(Path.Combine(store.Root, "cas"))); // the first object makes it
    }

    [Fact]
    public void Read_NameOfSomebodyElse_ReachesNoTerminalAsItIs()
    {
        string message = Assert.Throws<StrataException>(() => _folder.Read("a\u001b[2Jb", 1)).Message;
        Assert.DoesNotContain('\u001b', message);
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
