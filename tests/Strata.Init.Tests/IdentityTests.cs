using Strata.Init.State;
using Strata.Testing;

namespace Strata.Init.Tests;

/// <summary>The machine's identity in the folder of changes, before the layers are joined with it.</summary>
public sealed class IdentityTests : IDisposable
{
    private const string Id = "0123456789abcdef0123456789abcdef";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public IdentityTests()
    {
        foreach (string name in (string[])["low", "middle", "high", "upper", "state"])
        {
            Directory.CreateDirectory(At(name));
        }
        File.WriteAllText(At("state/machine-id"), Id + "\n");
    }

    private string Placed => At("upper/etc/machine-id");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Place_EmptyFileOfALayer_GetsTheIdentity()
    {
        Put("low", "");
        File.SetUnixFileMode(At("low/etc/machine-id"), Readable);
        Directory.CreateDirectory(At("high/etc"));
        File.SetUnixFileMode(At("high/etc"), Closed);
        Place();
        Assert.Equal(Id + "\n", File.ReadAllText(Placed));
        Assert.Equal(Readable, File.GetUnixFileMode(Placed));
        Assert.Equal(Closed, File.GetUnixFileMode(At("upper/etc"))); // as the highest layer's, which the joined folder would have
    }

    [Fact]
    public void Place_LinkOfAHigherLayer_DecidesAlone()
    {
        Put("low", "");
        Directory.CreateDirectory(At("high/etc"));
        File.CreateSymbolicLink(At("high/etc/machine-id"), "/run/elsewhere");
        Place();
        Assert.Empty(Directory.EnumerateFileSystemEntries(At("upper")));
    }

    [Fact]
    public void Place_FolderThatIsHidden_StaysHidden()
    {
        Put("low", "");
        File.WriteAllText(At("middle/etc"), "no folder");
        Directory.CreateDirectory(At("high/etc"));
        Place();
        Assert.Empty(Directory.EnumerateFileSystemEntries(At("upper")));
    }

    [Theory]
    [InlineData("uninitialized\n")]
    [InlineData("00000000000000000000000000000000\n")]
    [InlineData(null)]
    public void Place_NoIdentityYet_LeavesItToTheFirstStart(string? kept)
    {
        Put("low", "");
        File.Delete(At("state/machine-id"));
        if (kept is not null)
        {
            File.WriteAllText(At("state/machine-id"), kept);
        }
        Place();
        Assert.Empty(Directory.EnumerateFileSystemEntries(At("upper")));
    }

    [Fact]
    public void Place_ImageWithoutTheFile_GetsNone()
    {
        Directory.CreateDirectory(At("low/etc"));
        Place();
        Assert.Empty(Directory.EnumerateFileSystemEntries(At("upper")));
    }

    private string At(string name) => _folder[name];

    private void Put(string layer, string text)
    {
        Directory.CreateDirectory(At(layer + "/etc"));
        File.WriteAllText(At(layer + "/etc/machine-id"), text);
    }

    private void Place() => MachineSecrets.PlaceIdentity([At("low"), At("middle"), At("high")], At("upper"), At("state"));
}
