using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Strata.Device.Handles;
using Strata.Testing;

namespace Strata.Device.Tests;

/// <summary>Who owns a file, and which groups this process is in: what decides whether a store may be used.</summary>
public sealed partial class OwnerTests
{
    [SkippableFact]
    public void IsMemberOf_GroupsBesidesTheFirst_CountToo()
    {
        Skip.IfNot(FileHandles.EffectiveUser() == 0, "only root can take groups");
        uint[] before = new uint[65536];
        int count = GetGroups(before.Length, before);
        Assert.InRange(count, 0, before.Length);
        Assert.False(FileHandles.IsMemberOf(4242));
        try
        {
            Assert.Equal(0, SetGroups(2, [4241, 4242]));
            Assert.True(FileHandles.IsMemberOf(4241));
            Assert.True(FileHandles.IsMemberOf(4242));
            Assert.True(FileHandles.IsMemberOf(EffectiveGroup())); // which need not be among them
            Assert.False(FileHandles.IsMemberOf(4243));
        }
        finally
        {
            Assert.Equal(0, SetGroups(count, before));
        }
        Assert.False(FileHandles.IsMemberOf(4242));
    }

    [SkippableTheory]
    [InlineData(17, 4242, "1750")]
    [InlineData(0, 0, "0700")]
    [InlineData(65534, 3, "7777")]
    public void OwnerOf_Folder_HasUserGroupAndAllBits(uint user, uint group, string mode)
    {
        Skip.IfNot(FileHandles.EffectiveUser() == 0, "only root can give a folder away");
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["x"]);
        Oracle.Run("chown", $"{user}:{group}", folder["x"]);
        Oracle.Run("chmod", mode, folder["x"]);
        using SafeFileHandle opened = FileHandles.OpenForReading(folder["x"], out _)!;
        Assert.Equal((user, group, (UnixFileMode)Convert.ToInt32(mode, 8)), FileHandles.OwnerOf(opened));
        Assert.True(FileHandles.IsFolder(opened));
        Assert.Null(FileHandles.RegularSize(opened));
    }

    [LibraryImport("libc", EntryPoint = "getgroups")]
    private static partial int GetGroups(int size, [Out] uint[] groups);

    /// <summary>Of this thread: the C library's own call asks every thread, and ends the process when one may not.</summary>
    private static int SetGroups(nint size, uint[] groups) =>
        (int)SystemCall(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 116 : 159, size, groups);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint size, uint[] groups);

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();
}
