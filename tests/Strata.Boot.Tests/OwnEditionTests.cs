using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>What the README promises a new user.</summary>
public class OwnEditionTests
{
    [SkippableFact]
    public void Init_ThenTest_BootsAnEditionOfOnesOwn()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        StrataProgram.Outcome tested = StrataProgram.Run(folder.Path, "test", "./my-os");
        Assert.True(tested.ExitCode == 0, tested.All);
    }

    [SkippableFact]
    public void Init_FolderThatIsNotEmpty_IsLeftAlone()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["my-os"]);
        File.WriteAllText(folder["my-os/mine"], "precious");
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.Equal(1, made.ExitCode);
        Assert.Contains("is not empty", made.Errors, StringComparison.Ordinal);
        Assert.Equal(["mine"], Directory.GetFileSystemEntries(folder["my-os"]).Select(Path.GetFileName));
    }
}
