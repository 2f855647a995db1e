using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Values of variables on the command line, and editions that extend another.</summary>
public class VariableTests
{
    [SkippableFact]
    public void Set_IsAnOptionOfEveryCommandThatTakesAnEdition_AndOfNoOther()
    {
        using TemporaryFolder folder = new();
        string[] named =
        [
            "build", "bump", "changelog", "diff", "docs", "doctor", "flash", "init", "ledger", "licenses", "lock", "measure", "push",
            "report", "run", "sbom", "scan", "sign", "size", "test", "tree", "verify", "why",
        ];
        string[] listed = [.. StrataProgram.Run(folder.Path, "--help").Output.Split('\n').SkipWhile(l => l != "Commands:").Skip(1)
            .TakeWhile(l => l.Length > 0).Where(l => l.StartsWith("  ", StringComparison.Ordinal) && l[2] != ' ')
            .Select(l => l.Trim().Split(' ')[0])];
        Assert.Equal(named, listed.Where(c => StrataProgram.Run(folder.Path, c, "--help").Output is string help
            && help.Contains("--set <name=value>", StringComparison.Ordinal)
            && help.Contains("--variables <file>", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("--set site", 2, "cannot set 'site': expected the name of a variable and its value, such as site=berlin")]
    [InlineData("--set site=a --set site=b", 2, "cannot set 'site' twice")]
    [InlineData("--set", 2, "--set")]
    [InlineData("", 1, "variable 'site' (where it stands) has no value; expected '--set site=…'")]
    [InlineData("--set sit=berlin", 1, "--set sit: unknown variable 'sit' (did you mean 'site'?)")]
    [InlineData("--set site=Berlin", 1, "--set site: variable 'site' (where it stands) cannot be 'Berlin'")]
    [InlineData("--variables values.yaml", 1, "values.yaml:2:1: unknown variable 'sight'")]
    [InlineData("--variables absent.yaml", 1, "absent.yaml")]
    public void Set_Mistake_IsTold(string options, int exitCode, string problem)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["values.yaml"], "site: berlin\nsight: none\n");
        string edition = Path.Combine(Repository.Root, "examples/sites/base");
        StrataProgram.Outcome outcome = StrataProgram.Run(
            folder.Path, ["build", edition, "--offline", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Failure.Says(outcome, exitCode, problem);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [SkippableFact]
    public void Lock_OfAnEditionWithVariables_IsOfTheirValuesHoweverGivenAndLiesBesideWhoExtends()
    {
        using MadeArchive archive = new();
        archive.Publish("", new MadePackage("hello", "hello"u8.ToArray()), new MadePackage("other", "other"u8.ToArray()));
        archive.WriteEdition("hello");
        string made = archive["made/edition.yaml"];
        File.WriteAllText(made, File.ReadAllText(made) + "components: [\"${part}\"]\nvariables: {part: }\n");
        Failure.Says(archive.Run("lock", "./made"), 1, "variable 'part' has no value");
        Failure.Says(archive.Run("lock", "./made", "--set", "part=man"), 1, "edition.yaml", "'man' is no component");
        StrataProgram.Outcome locked = archive.Run("lock", "./made", "--set", "part=main");
        Assert.True(locked.ExitCode == 0, locked.All);
        File.WriteAllText(archive["values.yaml"], "part: main\n");
        Assert.Contains("no package changed", archive.Run("lock", "./made", "--variables", "values.yaml").Output, StringComparison.Ordinal);

        Directory.CreateDirectory(archive["site"]);
        File.WriteAllText(archive["site/edition.yaml"], "edition: site\nextends: ../made\nset: {part: main}\n");
        StrataProgram.Outcome site = archive.Run("lock", "./site");
        Assert.True(site.ExitCode == 0, site.All);
        Assert.Equal(File.ReadAllText(archive["made/strata.lock"]), File.ReadAllText(archive["site/strata.lock"]));
    }
}
