using System.Diagnostics;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Toolbox;

namespace Strata.Kernel.Tests.Building;

/// <summary>The room of a build, in both kinds, with the real tools.</summary>
public class BuildRoomTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task Command_SeesToolsAndItsFoldersAndNothingElse(RoomKind kind)
    {
        using Place place = new(kind);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/ls", "/", "/source");
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.Contains("given", said);
        Assert.DoesNotContain("home", said);
        Assert.DoesNotContain("root", said);
        (exit, said) = await place.RunAsync("/usr/bin/env");
        Assert.Equal(0, exit);
        Assert.Equal(["LC_ALL=C", "PATH=/tools:/usr/bin:/usr/sbin", "TZ=UTC", "WORD=a b"], said.Order(StringComparer.Ordinal));
        (exit, said) = await place.RunAsync("awk", "BEGIN { print 6 * 7 }");
        Assert.True(exit == 0 && said[^1] == "42", string.Join('\n', said));
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task Command_WhatItWrites_IsInTheFolderAfterwards(RoomKind kind)
    {
        using Place place = new(kind);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/cp", "/source/given", "/build/made");
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.Equal("content", File.ReadAllText(place.Build("made")));
        Assert.False(Directory.Exists(place.Scratch));
    }

    [SkippableFact]
    public async Task Command_ToolsAndSource_CannotBeChangedInANamespace()
    {
        using Place place = new(RoomKind.Namespaces);
        foreach (string path in new[] { "/usr/bin/new", "/source/new" })
        {
            (int exit, List<string> said) = await place.RunAsync("/usr/bin/touch", path);
            Assert.NotEqual(0, exit);
            Assert.Contains("Read-only file system", string.Join('\n', said), StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task RunAsync_TimeIsOver_EverythingIsKilled(RoomKind kind)
    {
        using Place place = new(kind);
        string word = place.Build("").Replace("/", "", StringComparison.Ordinal); // found again among all processes
        StrataException e = await Assert.ThrowsAsync<StrataException>(() =>
            place.RunAsync(TimeSpan.FromSeconds(2), "/usr/bin/bash", "-c", "sleep 300 & sleep 301; : $0", word));
        Assert.Contains("did not end within", e.Message, StringComparison.Ordinal);
        SpinWait.SpinUntil(() => !IsRunning(word), TimeSpan.FromSeconds(10));
        Assert.False(IsRunning(word));
    }

    [SkippableFact]
    public async Task RunAsync_Cancelled_IsCancelled()
    {
        using Place place = new(RoomKind.Namespaces);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(1));
        ProcessStartInfo start = place.Room.Command(new Dictionary<string, string>(), "/build", "/usr/bin/sleep", "300");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RoomRun.RunAsync(start, _ => { }, s_deadline, TimeProvider.System, stop.Token));
    }

    private static bool IsRunning(string word) => Directory.EnumerateDirectories("/proc").Any(folder =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(word, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // no process, or one that has just ended
        }
    });

    /// <summary>A source with one file, an empty build folder, and a room for them on the file system of the tools.</summary>
    private sealed class Place : IDisposable
    {
        private readonly string _folder;

        public Place(RoomKind kind)
        {
            string? tools = Environment.GetEnvironmentVariable("STRATA_TEST_KERNEL_TOOLS");
            Skip.If(tools is null, "STRATA_TEST_KERNEL_TOOLS is not set; './test' sets it");
            ToolTree tree = new(tools!);
            if (kind == RoomKind.ChangedRoot)
            {
                Skip.IfNot(Environment.IsPrivilegedProcess, "only root can change the root");
            }
            else
            {
                string? problem = BuildRoom.NamespaceProblem(tree);
                Skip.If(problem is not null, $"no namespaces here: {problem}");
            }
            // beside the tree: hard links do not reach other file systems
            _folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(tools)!, "..", "..", "tmp", $"room-test-{Guid.NewGuid():N}")).FullName;
            Directory.CreateDirectory(Path.Combine(_folder, "source"));
            Directory.CreateDirectory(Path.Combine(_folder, "build"));
            File.WriteAllText(Path.Combine(_folder, "source", "given"), "content");
            Room = BuildRoom.Open(
                tree,
                [new RoomFolder(Path.Combine(_folder, "source"), "/source", IsWritable: false), new RoomFolder(Path.Combine(_folder, "build"), "/build", IsWritable: true)],
                Scratch,
                kind);
        }

        public BuildRoom Room { get; }

        public string Scratch => Path.Combine(_folder, "scratch");

        public string Build(string name) => Path.Combine(_folder, "build", name);

        public Task<(int Exit, List<string> Said)> RunAsync(string program, params string[] arguments) => RunAsync(s_deadline, program, arguments);

        public async Task<(int Exit, List<string> Said)> RunAsync(TimeSpan deadline, string program, params string[] arguments)
        {
            List<string> said = [];
            ProcessStartInfo start = Room.Command(new Dictionary<string, string> { ["WORD"] = "a b" }, "/build", program, arguments);
            int exit = await RoomRun.RunAsync(start, said.Add, deadline, TimeProvider.System, CancellationToken.None);
            if (program == "/usr/bin/cp")
            {
                Room.Dispose(); // what was written is home again
            }
            return (exit, said);
        }

        public void Dispose()
        {
            Room.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
