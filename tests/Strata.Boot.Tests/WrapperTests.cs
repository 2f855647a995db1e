using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>The script <c>./strata</c> of a checkout: what its first call says. A stand-in for <c>dotnet</c> makes the program.</summary>
public sealed class WrapperTests : IDisposable
{
    private readonly TemporaryFolder _checkout = new();

    public WrapperTests()
    {
        Directory.CreateDirectory(_checkout["schemas"]);
        File.Copy(Path.Combine(Repository.Root, "strata"), _checkout["strata"]);
        foreach (string name in (string[])["src/A/A.csproj", "src/B/B.csproj", "Directory.Build.props", "Directory.Packages.props"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_checkout[name])!);
            File.WriteAllText(_checkout[name], "<Project />");
        }
    }

    public void Dispose() => _checkout.Dispose();

    [Fact]
    public void FirstCall_TakesLong_ShowsHowFarItIs()
    {
        DotnetDoes("""
            echo "  A -> $PWD/artifacts/bin/A.dll"
            sleep 12
            mkdir -p artifacts/strata
            printf '#!/bin/sh\necho "started $*"\n' >artifacts/strata/strata
            chmod +x artifacts/strata/strata
            """);
        StrataProgram.Outcome first = Call("run", "x");
        Assert.True(first.ExitCode == 0, first.All);
        Assert.Equal("started run x\n", first.Output);
        Assert.StartsWith("building strata, ", first.Errors, StringComparison.Ordinal);
        Assert.Contains("\n  1 of 2 projects after 10 s\n", first.Errors, StringComparison.Ordinal);
        StrataProgram.Outcome second = Call("run", "x");
        Assert.Equal("started run x\n", second.Output);
        Assert.Empty(second.Errors);
    }

    [Fact]
    public void FirstCall_SourceDoesNotCompile_SaysWhere()
    {
        DotnetDoes("echo 'A.cs(1,1): error CS1002: ; expected'; exit 1");
        StrataProgram.Outcome outcome = Call("--version");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("error CS1002", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains($"the whole log is {_checkout["artifacts/build.log"]}", outcome.Errors, StringComparison.Ordinal);
    }

    private void DotnetDoes(string script)
    {
        Directory.CreateDirectory(_checkout["bin"]);
        File.WriteAllText(_checkout["bin/dotnet"], "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(_checkout["bin/dotnet"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private StrataProgram.Outcome Call(params IEnumerable<string> arguments) => StrataProgram.RunAs(
        _checkout["strata"], _checkout.Path, new Dictionary<string,
        string?> { ["PATH"] = _checkout["bin"] + ":" + Environment.GetEnvironmentVariable("PATH") }, arguments);
}
