using System.Text.RegularExpressions;
using Strata.Testing;

namespace Strata.Tidy.Tests;

public partial class TidyTests
{
    private static IEnumerable<string> Sources => Repository.Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal));

    private static IEnumerable<string> Texts => Repository.Files.Where(f =>
        Path.GetExtension(f) is ".cs" or ".md" or ".yaml" or ".json" or ".sh" or ".csproj" or ".props" or ".targets" or "" or ".txt" or ".slnx");

    [Fact]
    public void Files_AreShortEnoughToBeAboutOneThing() =>
        Assert.Empty(Sources.Select(f => (File: f, Lines: Repository.Read(f).Count(c => c == '\n'))).Where(f => f.Lines > 500));

    [Fact]
    public void Types_HaveNamesThatSayWhatTheyAre() => Assert.Empty(Sources.Where(f => NamelessType().IsMatch(Path.GetFileNameWithoutExtension(f))));

    [Fact]
    public void NothingIsLeftUnfinished() => Assert.Empty(Sources
        .Where(f => !f.EndsWith("TidyTests.cs", StringComparison.Ordinal))
        .Where(f => Unfinished().IsMatch(Repository.Read(f))));

    [Fact]
    public void NoHostOfTheMachinesMirrorsIsNamed()
    {
        IEnumerable<string> files = new[] { "/etc/apt/sources.list" }.Where(File.Exists)
            .Concat(Directory.Exists("/etc/apt/sources.list.d") ? Directory.EnumerateFiles("/etc/apt/sources.list.d") : []);
        HashSet<string> hosts = [.. files.SelectMany(f => Host().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))];
        Assert.Empty(
            from file in Texts
            let text = Repository.Read(file)
            from host in hosts
            where text.Contains(host, StringComparison.OrdinalIgnoreCase)
            select $"{file} names {host}");
    }

    [Fact]
    public void NoLargeOrBinaryFilesButTheKeyrings() => Assert.Empty(Repository.Files
        .Where(f => !f.StartsWith("keyrings/", StringComparison.Ordinal) && new FileInfo(Path.Combine(Repository.Root, f)).Length > 256 * 1024
            && Path.GetExtension(f) is not (".png" or ".svg")));

    [Fact]
    public void LinksInDocuments_LeadSomewhere()
    {
        List<string> broken = [];
        foreach (string file in Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal)))
        {
            foreach (Match link in MarkdownLink().Matches(Repository.Read(file)))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                    && !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, target)))
                {
                    broken.Add($"{file}: {target}");
                }
            }
        }
        Assert.Empty(broken);
    }

    // no terminal folds a row of a table so that one can read it; what takes more is a list
    [Fact]
    public void TablesOfDocuments_HaveRowsThatATerminalCanShow() => Assert.Empty(
        from file in Repository.Files
        where file.EndsWith(".md", StringComparison.Ordinal)
        from row in Repository.Read(file).Split('\n')
        where row.StartsWith('|') && row.Length > 240
        select $"{file}: {row}");

    [SkippableFact]
    public void ShellScripts_SatisfyShellcheck()
    {
        IEnumerable<string> scripts = Repository.Files
            .Where(f => f.EndsWith(".sh", StringComparison.Ordinal) || f is "strata" or "test" or ".ci/run")
            .Select(f => Path.Combine(Repository.Root, f));
        (int exitCode, string output) = Oracle.Run("shellcheck", ["--shell=sh", "--external-sources", "--source-path=SCRIPTDIR", .. scripts]);
        Assert.True(exitCode == 0, output);
    }

    [GeneratedRegex("(Utils?|Helpers?|Manager|Misc)$")]
    private static partial Regex NamelessType();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException|Skip *= *""")]
    private static partial Regex Unfinished();

    [GeneratedRegex("https?://([^/\" \\]]+)")]
    private static partial Regex Host();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex MarkdownLink();
}
