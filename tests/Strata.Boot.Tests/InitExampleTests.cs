using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary><c>strata init --example</c>: examples as beginnings.</summary>
public class InitExampleTests
{
    private static IEnumerable<string> Shipped => Repository.Files.Where(f => f.StartsWith("examples/", StringComparison.Ordinal))
        .Select(f => f.Split('/')[1]).Distinct().Order(StringComparer.Ordinal);

    [SkippableFact]
    public void Init_ExampleAlone_ListsEachWithALine()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome listed = StrataProgram.Run(folder.Path, "init", "--example");
        Assert.True(listed.ExitCode == 0, listed.All);
        string[][] rows = [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split('\t'))];
        Assert.Equal(Shipped, rows.Select(r => r[0]));
        Assert.All(rows, r => Assert.InRange(r[1].Length, 20, 140));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [SkippableFact]
    public void Init_EveryExample_CopiesWhatShipsAndNamesNoSchemaByAPathThatIsGone()
    {
        using TemporaryFolder folder = new();
        foreach (string example in Shipped)
        {
            StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "--example", example, $"mine/{example}");
            Assert.True(made.ExitCode == 0, made.All);
            string start = $"examples/{example}/";
            foreach (string file in Repository.Files.Where(f => f.StartsWith(start, StringComparison.Ordinal)))
            {
                string copy = folder[$"mine/{example}/{file[start.Length..]}"];
                Assert.Equal(Repository.Read(file).Split('\n').Where(l => !l.Contains("$schema=", StringComparison.Ordinal)),
                    File.ReadAllText(copy).Split('\n'));
                Assert.Equal(
                    File.GetUnixFileMode(Path.Combine(Repository.Root, file)) & UnixFileMode.UserExecute,
                    File.GetUnixFileMode(copy) & UnixFileMode.UserExecute);
            }
        }
    }

    [SkippableTheory]
    [InlineData("--example wep", 1, "cannot find example 'wep' (did you mean 'web'?)", "web")]
    [InlineData("--example ../editions", 1, "cannot find example '../editions'", "own-deb, python-app")]
    [InlineData("--example web full", 1, "cannot copy example 'web'", "Choose another name")]
    [InlineData("--example web full/mine", 1, "cannot copy example 'web'", "Choose another name")]
    [InlineData("my-os --example", 2, "cannot tell which example to copy", "'strata init --example'")]
    [InlineData("", 2, "cannot start an edition without a name", "strata init --help")]
    public void Init_Mistake_IsToldAndNothingIsMade(string line, int exitCode, string problem, string hint)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["full"]);
        File.WriteAllText(folder["full/mine"], "precious");
        Failure.Says(
            StrataProgram.Run(folder.Path, ["init", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]), exitCode, problem, hint);
        EnumerationOptions all = new() { RecurseSubdirectories = true };
        Assert.Equal(
            ["full", "full/mine"],
            Directory.EnumerateFileSystemEntries(folder.Path, "*", all).Select(f => Path.GetRelativePath(folder.Path, f)).Order());
        Assert.Equal("precious", File.ReadAllText(folder["full/mine"]));
    }

    [SkippableFact]
    public void Init_ExampleWithoutAFolder_GoesIntoOneOfItsName()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "--example", "sites");
        Assert.True(made.ExitCode == 0, made.All);
        Assert.Contains("cd sites && strata test ./berlin", made.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("./base", made.Output, StringComparison.Ordinal); // it is for others to extend
        // it builds from there: its blueprint and lock are read, and only packages are missing
        StrataProgram.Outcome built = StrataProgram.Run(
            folder["sites"], new Dictionary<string, string?> { ["STRATA_STORE"] = folder["store"] },
            "build", "./berlin", "--locked", "--offline");
        Failure.Says(built, 1, "offline");
    }

    [SkippableFact]
    public void Init_ExampleWithAMachineForItsTests_SaysOnlyWhatItIsItself()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "--example", "router", "mine");
        Assert.True(made.ExitCode == 0, made.All);
        Assert.Equal(
            "Made mine of the example 'router': Two ports, addresses and names for the inner one, a firewall, and a tunnel from outside\n\n"
            + "  strata test ./mine\n", made.Output);
        Assert.True(File.Exists(folder["mine/client/edition.yaml"]));
    }

    [SkippableFact]
    public void Suggestions_AfterExample_AreTheExamples()
    {
        const string Line = "strata init --example ";
        using TemporaryFolder folder = new();
        StrataProgram.Outcome suggested = StrataProgram.Run(folder.Path, $"[suggest:{Line.Length}]", Line);
        Assert.Equal(Shipped, suggested.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
