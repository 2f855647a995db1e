using System.Text.Json;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary><c>init</c>, <c>schema</c>, <c>completion</c>: what a beginner gets.</summary>
public class BeginningTests
{
    [Fact]
    public async Task Init_Name_MakesAnEdition()
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync("init my-os2");
        Golden.Same("init", outcome.Output);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        string[] files = [.. Directory.EnumerateFiles(desk["my-os2"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Golden.Same("init-files", string.Concat(files.Select(f => $"== {Path.GetRelativePath(desk["my-os2"], f)}\n{File.ReadAllText(f)}")));
        Desk.Outcome again = await desk.TypeAsync("init my-os2");
        Assert.Equal(
            [$"error: cannot start edition 'my-os2': the folder {desk["my-os2"]} exists and is not empty",
                "hint:  Choose another name, or edit what is there."],
            again.Said);
        Directory.CreateDirectory(desk["empty"]);
        Assert.Equal(0, (await desk.TypeAsync("init empty")).ExitCode);
    }

    [Theory]
    [InlineData("a", 0)]
    [InlineData("a9-", 0)]
    [InlineData("9a", 1)]
    [InlineData("A", 1)]
    [InlineData("aB", 1)]
    [InlineData("a_b", 1)]
    [InlineData("a/b", 1)]
    [InlineData("ä", 1)]
    public async Task Init_Names_AreThoseOfEditions(string name, int code)
    {
        using Desk desk = new();
        Assert.Equal(code, (await desk.RunAsync("init", name)).ExitCode);
        Assert.Equal(code == 0, File.Exists(desk[$"{name}/edition.yaml"]));
    }

    [Theory]
    [InlineData(63, 0)]
    [InlineData(64, 1)]
    public async Task Init_LongName_HasALimit(int length, int code)
    {
        using Desk desk = new();
        Assert.Equal(code, (await desk.RunAsync("init", new string('a', length))).ExitCode);
    }

    [Fact]
    public async Task Docs_AndInitFrom_AreThereAndBack_AlsoWithVariables()
    {
        using Desk desk = new();
        string site = Path.Combine(Repository.Root, "examples", "sites", "base");
        Desk.Outcome written = await desk.RunAsync("docs", site, "--set", "site=paris", "--write", "shop.md");
        Assert.Equal((0, "Wrote shop.md; 'strata init NAME --from shop.md' turns it back into a blueprint.\n"),
            (written.ExitCode, written.Output));
        Assert.StartsWith("# Shop in paris", File.ReadAllText(desk["shop.md"]), StringComparison.Ordinal);

        Desk.Outcome without = await desk.TypeAsync("init shop --from shop.md");
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("variable 'site'", without.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(desk["shop"]));

        Desk.Outcome made = await desk.TypeAsync("init shop --from shop.md --set site=paris");
        Assert.Equal((0, "Made shop of shop.md."), (made.ExitCode, made.Lines[0]));
        Assert.Equal(File.ReadAllText(Path.Combine(site, "edition.yaml")), File.ReadAllText(desk["shop/edition.yaml"]));

        desk.Write("own.md", "of a person\n");
        Desk.Outcome refused = await desk.RunAsync("docs", "shop", "--set", "site=paris", "--write", "own.md");
        Assert.Equal((1, "error: cannot write own.md: it is there, and 'strata docs' did not write it"),
            (refused.ExitCode, refused.Said[0]));
        Assert.Equal("of a person\n", File.ReadAllText(desk["own.md"]));
        Desk.Outcome json = await desk.TypeAsync("init shop-json --from shop.md --set site=paris --json");
        using (JsonDocument told = JsonDocument.Parse(json.Output))
        {
            Assert.Equal(desk["shop-json"], told.RootElement.GetProperty("folder").GetString());
            Assert.Equal(
                Directory.GetFiles(desk["shop-json"], "*", SearchOption.AllDirectories)
                    .Select(f => Path.GetRelativePath(desk["shop-json"], f)).Order(StringComparer.Ordinal),
                told.RootElement.GetProperty("files").EnumerateArray().Select(f => f.GetString()!));
            Assert.NotEmpty(told.RootElement.GetProperty("editions").EnumerateArray());
        }
        Assert.Equal(2, (await desk.TypeAsync("init --from shop.md")).ExitCode);
        Assert.Equal(2, (await desk.TypeAsync("init a --from shop.md --example web")).ExitCode);
        Assert.Equal("error: cannot read none.md: it is not there", (await desk.TypeAsync("init a --from none.md")).Said[0]);
    }

    [Fact]
    public async Task InitExample_Copied_IsOnesOwn()
    {
        using Desk desk = new();
        string[] listed = (await desk.TypeAsync("init --example")).Lines;
        Assert.Equal("example\twhat it is", listed[0]);
        Assert.Contains(listed, l => l.StartsWith("web\t", StringComparison.Ordinal));
        using (JsonDocument all = JsonDocument.Parse((await desk.TypeAsync("init --example --json")).Output))
        {
            Assert.Equal(listed.Length - 1, all.RootElement.GetArrayLength());
        }
        Desk.Outcome made = await desk.TypeAsync("init --example web");
        Assert.StartsWith("Made web of the example 'web': ", made.Lines[0], StringComparison.Ordinal);
        Assert.Contains("  strata test ./web", made.Lines);
        Assert.DoesNotContain("yaml-language-server", File.ReadAllText(desk["web/edition.yaml"]), StringComparison.Ordinal);
        Desk.Outcome again = await desk.TypeAsync("init --example web");
        Assert.Equal((1, $"error: cannot copy example 'web': {desk["web"]} exists and is not an empty folder"), (again.ExitCode,
            again.Said[0]));
        desk.Write("file", "");
        Assert.Equal(1, (await desk.TypeAsync("init --example web file")).ExitCode);
        Assert.StartsWith("Made deep/other of", (await desk.TypeAsync("init --example web deep/other")).Lines[0], StringComparison.Ordinal);
        string[] sites = (await desk.TypeAsync("init --example sites")).Lines;
        Assert.All(sites[2..], l => Assert.StartsWith("  cd sites && strata ", l, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("edition")]
    [InlineData("capability")]
    [InlineData("machine")]
    [InlineData("edition-tests")]
    [InlineData("kernel-profile")]
    [InlineData("kernel-rules")]
    [InlineData("kernel-exceptions")]
    [InlineData("kernel-ladder")]
    public async Task Schema_Kind_IsPrinted(string kind)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync("schema " + kind);
        Assert.Equal(0, outcome.ExitCode);
        string folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "schemas")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "schemas", $"{kind}.schema.json")), outcome.Output);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _strata strata ./strata")]
    [InlineData("zsh", "compdef _strata strata")]
    [InlineData("fish", "complete -c strata ")]
    public async Task Completion_Shell_IsItsOwn(string shell, string line)
    {
        using Desk desk = new();
        Assert.StartsWith(line, (await desk.TypeAsync("completion " + shell)).Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strata ker", "kernel")]
    [InlineData("strata build na", "nano")]
    [InlineData("strata build nano --image q", "qcow2")]
    [InlineData("strata kernel build na", "nano")]
    [InlineData("strata kernel explain X --profile na", "nano")]
    [InlineData("strata toolbox install jud", "judges")]
    [InlineData("strata init --example we", "web")]
    [InlineData("strata completion z", "zsh")]
    public async Task Suggest_Beginning_HasTheRest(string line, string word)
    {
        using Desk desk = new();
        Assert.Contains(word, (await desk.RunAsync($"[suggest:{line.Length}]", line)).Lines);
    }

    [Fact]
    public async Task Toolbox_UnknownSet_IsNamed()
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync("toolbox install juges");
        Assert.StartsWith("error: cannot find tools 'juges' (did you mean 'judges'?); known: ", outcome.Said[^1], StringComparison.Ordinal);
        Assert.Equal(1, outcome.ExitCode);
    }

    [Theory]
    [InlineData("STRATA_CACHE_READONLY", "yes", "cannot use STRATA_CACHE_READONLY: it is 'yes', expected 1 or nothing")]
    [InlineData("STRATA_CACHE", "ftp://x/", "cannot use STRATA_CACHE: 'ftp://x/' is no http or https address")]
    [InlineData("STRATA_CACHE", "here", "cannot use STRATA_CACHE: 'here' is no http or https address")]
    [InlineData("STRATA_KEYRING", "none.gpg", "cannot use STRATA_KEYRING: Could not find file")]
    [InlineData("STRATA_KEYRING", "words", "cannot use STRATA_KEYRING: words: ")]
    public async Task Settings_Nonsense_AreNamed(string name, string value, string problem)
    {
        using Desk desk = new();
        desk.Write("words", "no keys at all");
        desk.Set(name, value);
        Desk.Outcome outcome = await desk.TypeAsync("why nobodys /x");
        Assert.StartsWith("error: " + problem, outcome.Said[0], StringComparison.Ordinal);
        Assert.Equal(1, outcome.ExitCode);
        desk.Set("STRATA_CACHE_READONLY", "1");
        desk.Set(name, name == "STRATA_CACHE_READONLY" ? "" : null);
        Assert.StartsWith("error: cannot find edition", (await desk.TypeAsync("why nobodys /x")).Said[0], StringComparison.Ordinal);
    }
}
