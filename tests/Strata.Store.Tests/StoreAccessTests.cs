using Strata.Core;
using Strata.Device.Handles;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class StoreAccessTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode GroupWrite = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_MissingFolder_IsMadeForThisUserAlone()
    {
        using ObjectStore store = new(_folder["a/store"]);
        Assert.Equal(Private, File.GetUnixFileMode(store.Root));
    }

    [Theory]
    [InlineData(UnixFileMode.OtherWrite, "everybody can write to it (mode 0702)")]
    [InlineData(UnixFileMode.OtherWrite | UnixFileMode.StickyBit, "everybody can write to it (mode 1702)")]
    [InlineData(GroupWrite, "can write to it (mode 0770)")]
    public void Open_OthersCanWrite_IsRefusedAndNothingIsWritten(UnixFileMode more, string problem)
    {
        Directory.CreateDirectory(_folder["store"]);
        File.SetUnixFileMode(_folder["store"], Private | more);

        StrataException e = Assert.Throws<StrataException>(() => new ObjectStore(_folder["store"]));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("chmod -R go-w", e.Hint, StringComparison.Ordinal);
        Assert.Contains("STRATA_STORE_SHARED=group", e.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["store"]));
    }

    [Fact]
    public void Open_OthersCanRead_IsFine()
    {
        Directory.CreateDirectory(_folder["store"]);
        File.SetUnixFileMode(_folder["store"], Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using ObjectStore store = new(_folder["store"]);
        Assert.True(File.Exists(Path.Combine(store.Root, "version")));
    }

    [Fact]
    public void Open_SharedByTheGroup_ThisUsersGroupMayWriteButNotEverybody()
    {
        Directory.CreateDirectory(_folder["store"]);
        File.SetUnixFileMode(_folder["store"], Private | GroupWrite);
        using (ObjectStore store = new(new StoreLocation(_folder["store"], "a test", SharedByGroup: true)))
        {
            store.AddBytes("x"u8);
        }
        File.SetUnixFileMode(_folder["store"], Private | GroupWrite | UnixFileMode.OtherWrite);
        StrataException e = Assert.Throws<StrataException>(
            () => new ObjectStore(new StoreLocation(_folder["store"], "a test", SharedByGroup: true)));
        Assert.Contains("everybody can write to it (mode 0772)", e.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_FolderOfSomebodyElse_IsRefused(bool shared)
    {
        Skip.IfNot(FileHandles.EffectiveUser() == 0, "only root can give a folder away");
        Directory.CreateDirectory(_folder["store"]);
        Oracle.Run("chown", "65534:65534", _folder["store"]);
        StrataException e = Assert.Throws<StrataException>(() => new ObjectStore(new StoreLocation(_folder["store"], "a test", shared)));
        Assert.Contains($"cannot use the store {_folder["store"]}: it belongs to user 65534", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["store"]));

        Oracle.Run("chown", "65534:0", _folder["store"]);
        File.SetUnixFileMode(_folder["store"], Private | GroupWrite);
        if (shared)
        {
            Oracle.Run("chown", "0:65534", _folder["store"]); // ours, but written to by a group that this user is not in
            e = Assert.Throws<StrataException>(() => new ObjectStore(new StoreLocation(_folder["store"], "a test", shared)));
            Assert.Contains("group 65534 can write to it (mode 0770)", e.Message, StringComparison.Ordinal);
            Oracle.Run("chown", "65534:0", _folder["store"]);
            using ObjectStore ofOurGroup = new(new StoreLocation(_folder["store"], "a test", shared));
        }
        else
        {
            Assert.Throws<StrataException>(() => new ObjectStore(_folder["store"]));
        }
    }
}
