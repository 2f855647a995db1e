using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Editions.Readmes;
using Strata.Testing;

namespace Strata.Editions.Tests;

public sealed class ReadmeTests : IDisposable
{
    private const string Hello = "edition: hello\ntitle: Hello\nversion: \"1\"\ndescription: Says it\nkernel: none\ncapabilities: [own]\n";
    private const string Own = "capability: own\ndescription: Mine | and | yours\nfiles:\n  /usr/bin/tool: {source: tool, mode: "
        + "\"0755\"}\n";

    private readonly TemporaryFolder _folder = new();

    private string Edition => _folder["hello"];

    // one needs a value for its variable, the other a key and packages that a script makes first
    private static readonly string[] s_notByThemselves = ["examples/sites/base", "examples/own-deb"];

    public static TheoryData<string> Shipped() =>
        [.. Folders("editions").Concat(Folders("examples")).Except(s_notByThemselves).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Shipped))]
    public void EditionThatShips_ComesBackFileByFile(string edition)
    {
        string folder = Path.Combine(Home, edition);
        // the layout of a catalogue: capabilities beside 'editions'
        string catalog = Path.GetFileName(Path.GetDirectoryName(folder)) == "editions"
            ? Path.GetDirectoryName(Path.GetDirectoryName(folder))! : Home;
        Blueprint blueprint = new Catalog([catalog, Home]).Load(folder);
        string text = EditionReadme.Write(blueprint, Home, otherLock: null, measured: null);

        (string made, IReadOnlyList<string> warnings) = ReadmeFolder.Make(
            "README.md", text, _folder["back"], Home, f => new Catalog([_folder["back"], Home]).Load(f));

        Assert.Empty(warnings);
        Assert.Equal(blueprint.Digest, new Catalog([_folder["back"], Home]).Load(made).Digest);
        string[] names = [.. Repository.Files.Where(f => f.StartsWith(edition + "/", StringComparison.Ordinal))
            .Select(f => Path.Combine(Home, f))];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            string back = Path.Combine(made, Path.GetRelativePath(folder, name));
            Assert.Equal(File.ReadAllBytes(name), File.ReadAllBytes(back));
            Assert.Equal(File.GetUnixFileMode(name) & UnixFileMode.UserExecute, File.GetUnixFileMode(back) & UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("plain\n")]
    [InlineData("")]
    [InlineData("no line feed at the end")]
    [InlineData("carriage\r\nreturns\r\n")]
    [InlineData("```\na fence of its own\n````\n")]
    [InlineData("\ttabs, \u2028 and ü\n\n\n")]
    [InlineData("a NUL \0 is no text\n")]
    [InlineData("\uFEFFmarked\n")]
    public void FileOfAnyKind_ComesBackByteForByte(string content)
    {
        Write(Encoding.UTF8.GetBytes(content));
        ReadmeFile tool = ReadmeReader.Read("README.md", Readme()).Files.Single(f => f.Path == "capabilities/tool");
        Assert.Equal(Encoding.UTF8.GetBytes(content), tool.Bytes);
        Assert.True(tool.IsProgram);
    }

    [Fact]
    public void BytesThatAreNoText_ComeBack()
    {
        byte[] bytes = [0xFF, 0xFE, 0, .. Enumerable.Range(0, 300).Select(i => (byte)(i % 256))];
        Write(bytes);
        Assert.Equal(bytes, ReadmeReader.Read("README.md", Readme()).Files.Single(f => f.Path == "capabilities/tool").Bytes);
    }

    [Fact]
    public void Readme_SaysWhatItIs_AndLeavesOutResultsAndItself()
    {
        Write("x\n"u8);
        Directory.CreateDirectory(Path.Combine(Edition, "out"));
        File.WriteAllText(Path.Combine(Edition, "out", "image"), "large");
        File.WriteAllText(Path.Combine(Edition, "README.md"), "of a person");
        string text = EditionReadme.Write(Load(Edition), Home, "{}\n"u8.ToArray(), measured: null);
        Assert.StartsWith("# Hello 1\n\nSays it\n\n> Written by `strata docs`.", text, StringComparison.Ordinal);
        Assert.Contains("| `own` | Mine \\| and \\| yours |", text, StringComparison.Ordinal);
        Assert.Contains("strata build ./my-system --locked", text, StringComparison.Ordinal);
        Assert.Equal(
            ["edition.yaml", "capabilities/own.yaml", "capabilities/tool", "strata.lock"], ReadmeReader.Read("README.md", text)
                .Files.Select(f => f.Path));
    }

    [Fact]
    public void ReadmeChangedByHand_GivesTheChangedSystem()
    {
        Write("echo one\n"u8);
        string text = Readme().Replace("echo one", "echo two", StringComparison.Ordinal)
            .Replace("title: Hello", "title: Good bye", StringComparison.Ordinal);
        (string made, _) = ReadmeFolder.Make("README.md", text, _folder["back"], Home, Load);
        Blueprint changed = Load(made);
        Assert.Equal("Good bye", changed.Edition.Title);
        Assert.Equal("echo two\n"u8, changed.Capabilities.Single(c => c.Name == "own").Files.Single().Bytes.Span);
        Assert.NotEqual(Load(Edition).Digest, changed.Digest);
    }

    [Fact]
    public void MistakeInABlueprint_IsToldWithTheLineOfTheReadme_AndNothingIsLeft()
    {
        Write("x\n"u8);
        string text = Readme().Replace("capabilities: [own]", "capabilities: [own, consle]", StringComparison.Ordinal);
        int line = text.Split('\n').ToList().FindIndex(l => l.Contains("consle", StringComparison.Ordinal)) + 1;
        StrataException e = Assert.Throws<StrataException>(() => ReadmeFolder.Make("README.md", text, _folder["back"], Home, Load));
        Assert.Contains($"README.md:{line}:", e.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'console'?", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("edition.yaml", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["back"]));
    }

    [Theory]
    [InlineData(0, "cannot turn README.md back into a blueprint")]
    [InlineData(1, "cannot read README.md: it has more than 64.0 MiB")]
    public void Read_LongText_HasALimit(int more, string told) => Assert.Contains(
        told, Assert.Throws<StrataException>(() => ReadmeReader.Read("README.md", new string('x', (64 << 20) + more))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("", "README.md:1: no file edition.yaml")]
    [InlineData("### `edition.yaml`\n", "README.md:1: file 'edition.yaml' has no content")]
    [InlineData("### `edition.yaml`\nwords\n```\n```\n", "README.md:1: file 'edition.yaml' has no content")]
    [InlineData("### `edition.yaml`\n```yaml\nedition: a\n", "README.md:2: the block does not end; expected a line of ```")]
    [InlineData("### `edition.yaml` (mine)\n```\n```\n", "README.md:1: a heading of a file that goes on after its path")]
    [InlineData("### `../edition.yaml`\n```\n```\n", "README.md:1: '../edition.yaml' is no path of a file")]
    [InlineData("### `/edition.yaml`\n```\n```\n", "README.md:1: '/edition.yaml' is no path of a file")]
    [InlineData("### `a//b`\n```\n```\n", "README.md:1: 'a//b' is no path of a file")]
    [InlineData("### `edition.yaml`\n```\n```\n### `edition.yaml`\n```\n```\n", "README.md:4: file 'edition.yaml' a second time")]
    [InlineData("### `a`\n```\n```\n### `a/edition.yaml`\n```\n```\n",
        "README.md:4: 'a/edition.yaml' is a file here and a folder elsewhere")]
    [InlineData("### `edition.yaml`\n```base64\n!\n```\n", "README.md:2: the block is no base64")]
    public void ReadmeEditedIntoNonsense_IsToldWithItsLine(string text, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => ReadmeReader.Read("README.md", text));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TextOfAPerson_IsLeftAlone_AlsoItsExamples()
    {
        string text = "# Mine\n```\n### `evil`\n```\n### `edition.yaml`\n\n````yaml\n```\n````\n\nMore words.\n";
        Assert.Equal("```\n", Encoding.UTF8.GetString(Assert.Single(ReadmeReader.Read("README.md", text).Files).Bytes));
    }

    [Fact]
    public void WindowsLineEndings_AreTakenAsTheEditorsOwn()
    {
        Write("x\n"u8);
        IReadOnlyList<ReadmeFile> files = ReadmeReader.Read("README.md", Readme().ReplaceLineEndings("\r\n")).Files;
        Assert.Equal("x\n"u8, files.Single(f => f.Path == "capabilities/tool").Bytes);
    }

    [Fact]
    public void FilesOfStrata_ThatAreOthers_AreTold()
    {
        Write("x\n"u8);
        File.WriteAllText(Path.Combine(Edition, "edition.yaml"), Hello.Replace("[own]", "[own, base]", StringComparison.Ordinal));
        string text = Readme();
        Assert.Contains("| `capabilities/base.yaml` |", text, StringComparison.Ordinal);
        int row = text.IndexOf("| `capabilities/base.yaml` |", StringComparison.Ordinal);
        int end = text.IndexOf('\n', row);
        string other = text[..row]
            + $"| `capabilities/gone.yaml` | `{new string('0', 64)}` |\n| `capabilities/base.yaml` | `{new string('f', 64)}` |"
                + text[end..];
        (_, IReadOnlyList<string> warnings) = ReadmeFolder.Make("README.md", other, _folder["back"], Home, Load);
        Assert.Collection(
            warnings,
            w => Assert.Contains("capabilities/gone.yaml is not among the files of this strata", w, StringComparison.Ordinal),
            w => Assert.Contains("capabilities/base.yaml of this strata is not the one", w, StringComparison.Ordinal));
    }

    [Fact]
    public void FolderThatIsInUse_IsNotTouched()
    {
        Write("x\n"u8);
        string text = Readme();
        StrataException e = Assert.Throws<StrataException>(() => ReadmeFolder.Make("README.md", text, Edition, Home, Load));
        Assert.Contains("exists and is not an empty folder", e.Message, StringComparison.Ordinal);
        Assert.Equal(Hello, File.ReadAllText(Path.Combine(Edition, "edition.yaml")));
    }

    [Fact]
    public void FileThatIsTooLarge_OrALink_IsRefusedByName()
    {
        Write(new byte[ReadmeFile.MostBytes + 1]);
        Assert.Contains("tool", Assert.Throws<StrataException>(Readme).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Edition, "capabilities", "tool"));
        File.WriteAllText(Path.Combine(Edition, "capabilities", "tool"), "x\n");
        File.CreateSymbolicLink(Path.Combine(Edition, "link"), "/etc/passwd");
        Assert.Contains("link", Assert.Throws<StrataException>(Readme).Message, StringComparison.Ordinal);
    }

    private static string Home => Repository.Root;

    private static IEnumerable<string> Folders(string below) => Repository.Files
        .Where(f => f.StartsWith(below + "/", StringComparison.Ordinal) && Path.GetFileName(f) == "edition.yaml")
            .Select(f => Path.GetDirectoryName(f)!);

    private static Blueprint Load(string folder) => new Catalog([Home]).Load(folder);

    private string Readme() => EditionReadme.Write(Load(Edition), Home, otherLock: null, measured: null);

    private void Write(ReadOnlySpan<byte> tool)
    {
        Directory.CreateDirectory(Path.Combine(Edition, "capabilities"));
        File.WriteAllText(Path.Combine(Edition, "edition.yaml"), Hello);
        File.WriteAllText(Path.Combine(Edition, "capabilities", "own.yaml"), Own);
        string path = Path.Combine(Edition, "capabilities", "tool");
        File.WriteAllBytes(path, tool);
        File.SetUnixFileMode(path, (UnixFileMode)Modes.Program);
    }
}
