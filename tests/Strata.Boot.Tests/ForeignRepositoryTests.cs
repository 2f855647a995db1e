using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A stranger's repository, built with the real program in its own folder: nothing of the host is read, written or run.</summary>
public sealed class ForeignRepositoryTests : IDisposable
{
    private const string Secret = "PRIVATE KEY OF THE HOST USER";

    private readonly TemporaryFolder _home = new();

    public ForeignRepositoryTests()
    {
        File.WriteAllText(_home["secret"], Secret);
        Write("edition.yaml", "edition: evil\nversion: \"1\"\nkernel: evil\ncapabilities: [own]\n");
        Write("capabilities/own.yaml", "capability: own\ndescription: d\nfiles:\n  /x: {content: x}\n");
        Write("kernel/profiles/evil.yaml", "profile: evil\ndescription: d\nconfig: |\n  CONFIG_64BIT=y\n");
    }

    public void Dispose() => _home.Dispose();

    [SkippableTheory]
    [InlineData("$(shell id >/build/PWNED)")]
    [InlineData(
        "$(shell (while sleep 0.1; do test -s /build/System.map && ln -sfn x/secret.txt /build/modules.builtin; done) >/dev/null 2>&1 &)")]
    [InlineData("`id`")]
    public void Build_ProfileWhoseTextIsCode_IsRefusedBeforeAnythingRuns(string text)
    {
        Write("kernel/profiles/evil.yaml", $"profile: evil\ndescription: d\nconfig: |\n  CONFIG_INITRAMFS_SOURCE=\"{text}\"\n");
        Refused("reaches makefiles and shells", "kernel", "build", "evil");
        Refused("reaches makefiles and shells", "kernel", "config", "evil");
        Refused("reaches makefiles and shells", "build", ".");
    }

    [SkippableTheory]
    [InlineData("edition.yaml")]
    [InlineData("capabilities/own.yaml")]
    [InlineData("kernel/profiles/evil.yaml")]
    public void Build_FileThatIsALink_IsRefusedAndNotQuoted(string name)
    {
        File.Delete(_home["repository/" + name]);
        File.CreateSymbolicLink(_home["repository/" + name], _home["secret"]);
        Refused("is or passes a link", "build", ".");
    }

    [SkippableFact]
    public void Build_SourceOfAFileElsewhere_IsRefused()
    {
        Write("capabilities/own.yaml", "capability: own\ndescription: d\nfiles:\n  /x: {source: ../../secret}\n");
        Refused("lies outside of the folder", "build", ".");
    }

    [SkippableTheory]
    [InlineData("out")]
    [InlineData("out/kernel-evil")]
    public void Build_FolderOfResultsThatIsALink_IsRefused(string link)
    {
        Directory.CreateDirectory(_home["elsewhere"]);
        Directory.CreateDirectory(Path.GetDirectoryName(_home["repository/" + link])!);
        Directory.CreateSymbolicLink(_home["repository/" + link], _home["elsewhere"]);
        Refused("is a link to", "kernel", "build", "evil");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home["elsewhere"]));
    }

    private void Refused(string why, params string[] arguments)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(_home["repository"], arguments);
        Assert.True(outcome.ExitCode == 1, outcome.All);
        Assert.Contains(why, outcome.All, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, outcome.All, StringComparison.Ordinal);
        Assert.Equal(Secret, File.ReadAllText(_home["secret"]));
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home["repository/" + name])!);
        File.WriteAllText(_home["repository/" + name], text);
    }
}
