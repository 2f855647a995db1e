using System.Reflection;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Store;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

/// <summary>How much a blueprint may say: the last that is read, and the sentence about one more.</summary>
public sealed class BlueprintEdgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BlueprintEdgeTests()
    {
        Directory.CreateDirectory(_folder["e/src/sub"]);
        File.WriteAllText(_folder["e/src/a.txt"], "a");
        File.WriteAllText(_folder["e/src/sub/b.txt"], "b");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(32, null)]
    [InlineData(33, "edition.yaml:6:3: 'archives' names 33; at most 32 are used")]
    public void Archives_AreThirtyTwo(int count, string? fault) =>
        Expect(fault, "archives:\n" + Many(count, i => $"  a{i}: {{suites: [s{i}], components: [main], packages: [p]}}\n"));

    [Theory]
    [InlineData("urls", 64, false)]
    [InlineData("urls", 65, true)]
    [InlineData("suites", 64, false)]
    [InlineData("suites", 65, true)]
    [InlineData("components", 64, false)]
    [InlineData("components", 65, true)]
    public void Archive_HasSixtyFourWordsOfAKind(string word, int count, bool isFault)
    {
        string Words(string kind, string one, Func<int, string> entry) =>
            $"{kind}: [{(kind == word ? string.Join(", ", Enumerable.Range(0, count).Select(entry)) : one)}]";
        File.WriteAllBytes(_folder["e/a.gpg"], [0x98, 6, 4, 1, 2, 3, 4, 22]);
        string text = $"archives:\n  a: "
            + $"{{{Words("urls", "'http://x.example'", i => $"'http://x{i}.example'")}, {Words("suites", "s", i => $"s{i}")}, "
            + $"{Words("components", "main", i => $"c{i}")}, keys: [a.gpg], packages: [p]}}\n";
        FaultList faults = Read(text);
        Assert.Equal(isFault ? ["more than 64 entries"] : [], faults.Faults.Select(f => f.Message));
    }

    [Theory]
    [InlineData("http://x.example/a", null)]
    [InlineData("https://x.example", null)]
    [InlineData("http://x.example/a?b", "'http://x.example/a?b' has more than a path")]
    [InlineData("http://x.example/a#b", "'http://x.example/a#b' has more than a path")]
    [InlineData("http://x.example/a?b#c", "'http://x.example/a?b#c' has more than a path")]
    [InlineData("ftp://x.example", "'ftp://x.example' is no address that starts with http:// or https://")]
    [InlineData("x.example", "'x.example' is no address that starts with http:// or https://")]
    [InlineData("http://u:p@x.example", "names a user; expected that in /etc/apt/auth.conf, where nobody else reads it")]
    public void Archive_AddressIsAPathAtAHost(string url, string? expected)
    {
        File.WriteAllBytes(_folder["e/a.gpg"], [0x98, 6, 4, 1, 2, 3, 4, 22]);
        FaultList faults = Read($"archives:\n  a: {{urls: ['{url}'], suites: [s], components: [main], keys: [a.gpg], packages: [p]}}\n");
        string told = string.Join('\n', faults.Faults.Select(f => f.Message));
        Assert.Contains(expected ?? "", told, StringComparison.Ordinal);
        Assert.Equal(expected is not null, faults.Any);
        Assert.DoesNotContain("u:p", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("priority: 1", true)]
    [InlineData("priority: 1000", true)]
    [InlineData("priority: 0", false)]
    [InlineData("priority: 1001", false)]
    public void Archive_PriorityIsOneToAThousand(string word, bool isRead) =>
        Assert.Equal(!isRead, Read($"archives:\n  a: {{suites: [s], components: [main], packages: [p], {word}}}\n").Any);

    [Theory]
    [InlineData("urls: ['http://x.example']", "urls")]
    [InlineData("suites: [s]", "suites")]
    [InlineData("components: [c]", "components")]
    [InlineData("keys: [k]", "keys")]
    public void ArchiveOfAFolder_HasNoWordOfMirrors(string word, string name) => Assert.Contains(
        $"'{name}' is for an archive at mirrors, and 'a' is the folder 'debs'; leave one of them out",
        Read($"archives:\n  a: {{folder: debs, {word}}}\n").Faults.Select(f => f.Message));

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "edition.yaml:6:3: 'builds' has 65; at most 64 are done")]
    public void Builds_AreSixtyFour(int count, string? fault) =>
        Expect(fault, "builds:\n" + Many(count, i => $"  b{i}: {{packages: [gcc], command: [c], outputs: {{/x{i}: {{from: x}}}}}}\n"));

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "'outputs' has 65; at most 64 are taken")]
    public void Outputs_AreSixtyFour(int count, string? fault) =>
        Expect(fault, $"builds:\n  b:\n    packages: [gcc]\n    command: [c]\n    "
            + $"outputs:\n{Many(count, i => $"      /x{i}: {{from: x}}\n")}");

    [Theory]
    [InlineData("[\"gcc\"]", "[c]", null)]
    [InlineData("[\"di:gcc\"]", "[c]", "'di:gcc' is")]
    [InlineData("[gcc]", "[c, \"a\\0b\"]", "a NUL; no program can be given one")]
    public void Build_TakesOrdinaryPackagesAndArguments(string packages, string command, string? fault) =>
        Expect(fault, $"builds:\n  b: {{packages: {packages}, command: {command}, outputs: {{/x: {{from: x}}}}}}\n");

    [Fact]
    public void Output_OfAFile_HasTheModeThatIsSaid_AndOfAFolderKeepsIts()
    {
        using ForeignFolder own = new(_folder["e"]);
        BuildOutput file = Output("/usr/a", "src/a.txt", null);
        Assert.Equal(["/usr/a"], file.Take(own).Files.Select(f => f.Path.ToString()));
        Assert.Equal(Modes.File, file.Take(own).Files[0].Mode);
        Assert.Equal(Modes.Program, (file with { Mode = Modes.Program }).Take(own).Files[0].Mode);
        File.SetUnixFileMode(_folder["e/src/a.txt"], (UnixFileMode)Modes.Program);
        Assert.Equal(Modes.Program, file.Take(own).Files[0].Mode);
        BuildOutput folder = Output("/usr/s", "src", null);
        Assert.Equal(["/usr/s/a.txt", "/usr/s/sub/b.txt"], folder.Take(own).Files.Select(f =>
            f.Path.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(
            "cannot give src a mode: it is a folder, whose files keep their own",
            Assert.Throws<StrataException>(() => (folder with { Mode = Modes.File }).Take(own)).Message);
        BuildOutput one = Output("/usr/s", "src/sub", Modes.File); // one file in it makes no file of a folder
        Assert.StartsWith("cannot give src/sub a mode", Assert.Throws<StrataException>(() => one.Take(own)).Message,
            StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["e/empty"]);
        Assert.Equal(
            "cannot take empty: it is a folder without a file", Assert.Throws<StrataException>(() => Output("/x", "empty",
                null).Take(own)).Message);
        File.CreateSymbolicLink(_folder["e/empty/link"], "there");
        Assert.Equal(["/x/link"], Output("/x", "empty", null).Take(own).Links.Select(l => l.Path.ToString()));

        static BuildOutput Output(string path, string from, int? mode) => new(GuestPath.Parse(path), from, mode, null, "here");
    }

    [Theory]
    [InlineData("size: 64 MiB", null)]
    [InlineData("size: 1 MiB", null)]
    [InlineData("size: 1023 KiB", "'size' is 1023 KiB; expected whole MiB, at least one")]
    [InlineData("size: 1025 KiB", "'size' is 1025 KiB; expected whole MiB, at least one")]
    [InlineData("sise: 64 MiB", "unknown key 'sise' (did you mean 'size'?)")]
    public void PartOfTheDisk_HasWholeMebibytes(string word, string? fault) =>
        Expect(fault, $"disk: {{parts: [{{role: esp, {word}}}]}}\n", kernel: "small", alsoOthers: true);

    [Fact]
    public void Disk_WithAnotherWordThanParts_IsAFault() =>
        Expect("unknown key 'part' (did you mean 'parts'?)", "disk: {parts: [{role: esp}], part: []}\n", kernel: "small", alsoOthers: true);

    [Theory]
    [InlineData(16, false)]
    [InlineData(17, true)]
    public void Disk_HasSixteenParts(int count, bool isTooMany)
    {
        FaultList faults = Read($"disk: {{parts: [{string.Join(", ", Enumerable.Repeat("{role: esp}", count))}]}}\n", "small");
        Assert.Equal(isTooMany, faults.Faults.Any(f => f.Message == $"the disk has {count} parts; expected at most 16"));
    }

    /// <summary>Every word that the one above says stands, and every word that it leaves out is that of the one below.</summary>
    [Fact]
    public void With_EachOption_TheOneAboveStandsAndTheOthersStay()
    {
        ServiceOptions low = Options("low");
        ServiceOptions high = Options("high");
        PropertyInfo[] words = [.. typeof(ServiceOptions).GetProperties().Where(p => p.Name != nameof(ServiceOptions.Places)
            && p.CanWrite)];
        Assert.True(words.Length >= 16);
        foreach (PropertyInfo word in words)
        {
            ServiceOptions one = new();
            word.SetValue(one, word.GetValue(high));
            ServiceOptions both = low.With(one);
            foreach (PropertyInfo other in words)
            {
                bool goesWithTheUser = word.Name == nameof(ServiceOptions.User) && other.Name == nameof(ServiceOptions.Group);
                object? expected = other == word ? word.GetValue(high) : goesWithTheUser ? null : other.GetValue(low);
                Assert.True(Equals(expected, other.GetValue(both)), $"{other.Name} with {word.Name} said above");
            }
            ServiceOptions alone = new();
            word.SetValue(alone, word.GetValue(low));
            Assert.True(Equals(word.GetValue(low), word.GetValue(alone.With(new ServiceOptions()))), word.Name);
        }
        YamlScalar place = new("f", 1, 1, "x", IsPlain: true);
        YamlScalar other2 = new("f", 2, 1, "y", IsPlain: true);
        ServiceOptions placed = new ServiceOptions { Places = Map(("user", place), ("nice", place)) }
            .With(new ServiceOptions { Places = Map(("nice", other2), ("log", other2)) });
        Assert.Equal([("log", 2L), ("nice", 2L), ("user", 1L)], placed.Places.Select(p => (p.Key, p.Value.Line)).Order());

        static Dictionary<string, YamlValue> Map(params (string Key, YamlValue Value)[] items) => items.ToDictionary(i => i.Key, i =>
            i.Value);
    }

    // a value of each option that is no other's
    private static ServiceOptions Options(string mark)
    {
        ServiceOptions options = new();
        foreach (PropertyInfo word in typeof(ServiceOptions).GetProperties().Where(p => p.Name != nameof(ServiceOptions.Places)
            && p.CanWrite))
        {
            Type type = Nullable.GetUnderlyingType(word.PropertyType) ?? word.PropertyType;
            object value = type == typeof(string) ? mark
                : type == typeof(int) ? mark.Length
                : type == typeof(bool) ? mark == "high"
                : type == typeof(GuestPath) ? GuestPath.Parse("/" + mark)
                : type.IsGenericType ? Array.CreateInstance(type.GetGenericArguments()[0], 1)
                : type.IsEnum ? Enum.GetValues(type).GetValue(mark == "high" ? 1 : 0)!
                : System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
            word.SetValue(options, value);
        }
        return options;
    }

    private static string Many(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(line));

    private void Expect(string? fault, string rest, string kernel = "none", bool alsoOthers = false)
    {
        string[] told = [.. Read(rest, kernel).Faults.Select(f => f.ToString())];
        if (!alsoOthers)
        {
            Assert.Equal(fault is null ? 0 : 1, told.Length);
        }
        string all = string.Join('\n', told);
        Assert.Contains(fault ?? "", all, StringComparison.Ordinal);
        Assert.True(fault is not null || !all.Contains("'size'", StringComparison.Ordinal), all);
    }

    private FaultList Read(string rest, string kernel = "none")
    {
        FaultList faults = new();
        string text = $"edition: e\nversion: '1'\nkernel: {kernel}\ncapabilities: [base]\n{rest}";
        YamlMapping mapping = YamlFile.Parse(text, "edition.yaml", faults)!;
        Assert.Empty(faults.Faults);
        EditionFile.Read(mapping, _folder["e"], faults);
        return faults;
    }
}
