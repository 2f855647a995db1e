using Strata.Core;
using Strata.Kernel.Ladder;
using Strata.Kernel.Profiles;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Kernel.Tests.Profiles;

public class ProfileTests
{
    // Editors on Windows write a byte order mark and carriage returns.
    [Fact]
    public void Load_FilesFromWindows_SayTheSame()
    {
        using TemporaryFolder folder = new();
        Write(folder, "fragments/a.config", "\uFEFF# A.\r\nCONFIG_X=y\r\n\r\n# CONFIG_Y is not set\r\n");
        Write(folder, "profiles/p.yaml", "\uFEFFprofile: p\r\ndescription: d\r\nfragments: [a]\r\nconfig: |\r\n  CONFIG_Z=m\r\n");
        FaultList faults = new();
        ConfigRequest request = ConfigRequest.Of(Catalog(folder).Load("p"), faults);
        Assert.False(faults.Any);
        Assert.Equal(["CONFIG_X=y", "# CONFIG_Y is not set", "CONFIG_Z=m"], request.Wishes.Select(w => w.Line.ToString()));
        KernelConfig config = KernelConfig.Parse("CONFIG_X=y\r\n# CONFIG_Y is not set\r\nCONFIG_Z=m\r\n");
        Assert.Equal("y n m", $"{config["X"]} {config["Y"]} {config["Z"]}");
    }

    // 'kernel list' shows the lines of the comment as one
    [Fact]
    public void LoadFragment_OfTheCheckout_LinesOfTheDescriptionGoOn()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "kernel/fragments"), "*.config"))
        {
            string[] comment = [
                .. File.ReadLines(file).TakeWhile(l => l.StartsWith("# ", StringComparison.Ordinal) && ConfigLine.TryParse(l) is null)];
            for (int i = 1; i < comment.Length; i++)
            {
                Assert.True(
                    char.IsAsciiLetterLower(comment[i][2]) || comment[i - 1][^1] is '.' or ':' or ';',
                    $"{file}: '{comment[i - 1]}' and '{comment[i]}' run into each other");
            }
        }
    }

    [Fact]
    public void Load_FragmentsAndOwnLines_AddUp_TheProfileDecides()
    {
        using TemporaryFolder folder = new();
        Write(folder, "fragments/a.config", "# A.\nCONFIG_X=y\nCONFIG_SHARED=m\nCONFIG_DECIDED=y\n");
        Write(folder, "fragments/b.config", "# B.\nCONFIG_SHARED=y\n# CONFIG_DECIDED is not set\nCONFIG_DRIVER=y\n");
        Write(folder, "profiles/p.yaml", "profile: p\ndescription: d\nfragments: [a]\nmodules: [b]\nconfig: |\n  CONFIG_DECIDED=m\n  CONFIG_NAME=\"x y\"\n");
        KernelProfile profile = Catalog(folder).Load("p");
        FaultList faults = new();
        ConfigRequest request = ConfigRequest.Of(profile, faults);
        Assert.False(faults.Any);
        Assert.Equal(
            ["CONFIG_DECIDED=m", "CONFIG_DRIVER=y or m", "CONFIG_NAME=\"x y\"", "CONFIG_SHARED=y or m", "CONFIG_X=y"],
            request.Wishes.Select(w => w.Line + (w.MayBeModule ? " or m" : "")));
        Assert.Equal("fragment 'b'", request.Wishes[1].By);
        Assert.EndsWith("p.yaml:6", request.Wishes[0].Place, StringComparison.Ordinal);
        Assert.EndsWith("b.config:4", request.Wishes[1].Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$(shell id >/build/PWNED)")]
    [InlineData("${HOME}")]
    [InlineData("`id`")]
    [InlineData("a; id")]
    [InlineData("a | id")]
    [InlineData("a & id")]
    [InlineData("<(id)")]
    [InlineData("a#b")]
    [InlineData("it's")]
    [InlineData("a \\\" b")]
    [InlineData("a\\\\")]
    [InlineData("a\tb")]
    [InlineData("a\u001bb")]
    [InlineData("~/x")]
    public void Load_TextThatAMakefileOrAShellWouldTakeForMore_IsAFault(string text)
    {
        using TemporaryFolder folder = new();
        Write(folder, "fragments/a.config", $"# A.\nCONFIG_INITRAMFS_SOURCE=\"{text}\"\n");
        Write(folder, "profiles/p.yaml", $"profile: p\ndescription: d\nfragments: [a]\nconfig: |\n  CONFIG_LOCALVERSION=\"{text}\"\n");
        Write(folder, "ladder/rungs.yaml", $"rungs:\n  - name: n\n    adds: a\n    config: |\n      CONFIG_LOCALVERSION=\"{text}\"\n");
        string said = Assert.Throws<StrataException>(() => Catalog(folder).Load("p")).Message;
        string climbed = Assert.Throws<StrataException>(() => KernelLadder.Load(folder["kernel/ladder/rungs.yaml"], "rungs.yaml")).Message;
        if (!text.Any(char.IsControl)) // those a YAML file cannot even hold
        {
            Assert.Contains("a.config:2:1: the text of CONFIG_INITRAMFS_SOURCE reaches makefiles and shells", said,
                StringComparison.Ordinal);
            Assert.Contains("p.yaml:5:1: the text of CONFIG_LOCALVERSION reaches makefiles and shells", said, StringComparison.Ordinal);
            Assert.Contains("the text of CONFIG_LOCALVERSION reaches makefiles and shells", climbed, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_PlainTexts_AreTakenAsTheyAre()
    {
        string[] texts = ["-nano", "console=ttyS0,115200 root=/dev/vda1 quiet", "landlock,lockdown,yama", "a.b_c+d@e:f 10%", ""];
        using TemporaryFolder folder = new();
        Write(folder, "fragments/a.config", "# A.\n" + string.Concat(texts.Select((t, i) => $"CONFIG_T{i}=\"{t}\"\n")));
        Write(folder, "profiles/p.yaml", "profile: p\ndescription: d\nfragments: [a]\n");
        Assert.Equal(texts.Select(t => $"\"{t}\""), Catalog(folder).Load("p").Fragments[0].Lines.Select(l => l.Line.Value));
    }

    [Fact]
    public void Of_FragmentsThatContradict_IsAFaultThatNamesBoth()
    {
        using TemporaryFolder folder = new();
        Write(folder, "fragments/a.config", "# A.\nCONFIG_X=y\n");
        Write(folder, "fragments/b.config", "# B.\nCONFIG_X=n\n");
        Write(folder, "profiles/p.yaml", "profile: p\ndescription: d\nfragments: [a, b]\n");
        FaultList faults = new();
        ConfigRequest.Of(Catalog(folder).Load("p"), faults);
        Assert.Contains("CONFIG_X=n here, but fragment 'a' wants y", Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Faults_AreAllToldWithTheirPlacesAndNearNames()
    {
        using TemporaryFolder folder = new();
        Write(folder, "fragments/storage.config", "CONFIG_X=y\nCONFIG_X=m\nCONFIG_Y=maybe\n");
        Write(folder, "profiles/p.yaml", "profile: q\ndescription: d\nfragments: [storage, storrage]\nbase: tinyconfg\nconfig: |\n  CONFIG_A=y\n  nonsense\n");
        string message = Assert.Throws<StrataException>(() => Catalog(folder).Load("p")).Message;
        Assert.All(
            new[]
            {
                "'q' is not the name of its file", "unknown kernel fragment 'storrage' (did you mean 'storage'?)", "tinyconfig", "p.yaml:7:1: 'nonsense' is no line",
                "storage.config:1:1: the first line is no comment", "storage.config:2:1: CONFIG_X stands here a second time", "storage.config:3:1: 'CONFIG_Y=maybe'",
            },
            expected => Assert.Contains(expected, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_ProfileThatExtendsAnother_IsTheSumWithItsOwnLinesOverIt()
    {
        using TemporaryFolder folder = new();
        Write(folder, "fragments/a.config", "# A.\nCONFIG_X=y\n");
        Write(folder, "fragments/b.config", "# B.\nCONFIG_RADIO=y\nCONFIG_DRIVER=y\n");
        Write(folder, "profiles/small.yaml", "profile: small\ndescription: d\nbase: allnoconfig\nfragments: [a]\n"
            + "budget: {image: 4 MiB, total: 5 MiB}\nconfig: |\n  CONFIG_RADIO=n\n  CONFIG_KEPT=y\n");
        Write(folder, "profiles/middle.yaml", "profile: middle\ndescription: d\nextends: small\nconfig: |\n  CONFIG_MIDDLE=y\n");
        Write(folder, "profiles/large.yaml", "profile: large\ndescription: d\nextends: middle\nmodules: [b]\nbudget: {total: 9 MiB}\nconfig: |\n  CONFIG_RADIO=m\n");
        KernelProfile profile = Catalog(folder).Load("large");
        FaultList faults = new();
        ConfigRequest request = ConfigRequest.Of(profile, faults);
        Assert.False(faults.Any);
        Assert.Equal(
            [
                "CONFIG_DRIVER=y or m by fragment 'b'", "CONFIG_KEPT=y by profile 'small'", "CONFIG_MIDDLE=y by profile 'middle'",
                "CONFIG_RADIO=m by profile 'large'", "CONFIG_X=y by fragment 'a'",
            ],
            request.Wishes.Select(w => $"{w.Line}{(w.MayBeModule ? " or m" : "")} by {w.By}"));
        Assert.EndsWith("small.yaml:8", request.Wishes[1].Place, StringComparison.Ordinal);
        Assert.Equal("allnoconfig", request.Base);
        Assert.Equal(["middle", "small"], profile.Extends);
        Assert.Equal((ByteSize.FromMiB(4), ByteSize.FromMiB(9)), (profile.ImageBudget, profile.TotalBudget));
        Assert.Equal(5, profile.Files.Count);
    }

    [Theory]
    [InlineData("self", "profile: self\ndescription: d\nextends: self\n", "profile 'self' extends itself: self -> self")]
    [InlineData("self", "profile: self\ndescription: d\nextends: other\n", "profile 'self' extends itself: self -> other -> self")]
    [InlineData("p", "profile: p\ndescription: d\nextends: othr\n", "p.yaml:3:10: unknown kernel profile 'othr' (did you mean 'other'?)")]
    [InlineData("p", "profile: p\ndescription: d\nextends: ../other\n", "unknown kernel profile '../other'")]
    [InlineData("p", "profile: p\ndescription: d\nextends: long1\n", "profiles that extend one another may be 8 long at most")]
    public void Load_ProfileThatCannotBeExtended_IsAFault(string name, string profile, string expected)
    {
        using TemporaryFolder folder = new();
        Write(folder, "profiles/other.yaml", "profile: other\ndescription: d\nextends: self\n");
        for (int i = 1; i < 9; i++)
        {
            Write(folder, $"profiles/long{i}.yaml", $"profile: long{i}\ndescription: d\nextends: long{i + 1}\n");
        }
        Write(folder, $"profiles/{name}.yaml", profile);
        Assert.Contains(expected, Assert.Throws<StrataException>(() => Catalog(folder).Load(name)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nono", "(did you mean 'nano'?)")]
    [InlineData("../../etc/passwd", "cannot find kernel profile")]
    public void Load_UnknownProfile_IsAnErrorWithWhatThereIs(string name, string expected)
    {
        StrataException e = Assert.Throws<StrataException>(() => new KernelCatalog([Repository.Root]).Load(name));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("nano", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EveryProfileAndFragmentThatComesAlong_IsSound()
    {
        KernelCatalog catalog = new([Repository.Root]);
        Assert.All(catalog.FragmentNames(), name => Assert.NotEmpty(catalog.LoadFragment(name).Lines));
        foreach (string name in catalog.ProfileNames())
        {
            FaultList faults = new();
            Assert.NotEmpty(ConfigRequest.Of(catalog.Load(name), faults).Wishes);
            Assert.Empty(faults.Faults);
        }
    }

    [Theory]
    [InlineData("CONFIG_A=y", "A", "y")]
    [InlineData("# CONFIG_A is not set", "A", "n")]
    [InlineData("CONFIG_A=\"a \\\" b\"", "A", "\"a \\\" b\"")]
    [InlineData("CONFIG_A=0x1F", "A", "0x1F")]
    [InlineData("CONFIG_A=-5", "A", "-5")]
    public void TryParse_LinesOfConfig_AreReadAndWrittenTheSame(string text, string symbol, string value)
    {
        ConfigLine line = Assert.IsType<ConfigLine>(ConfigLine.TryParse(text));
        Assert.Equal((symbol, value), (line.Symbol, line.Value));
        Assert.Equal(text, line.ToString());
    }

    [Theory]
    [InlineData("CONFIG_A=")]
    [InlineData("CONFIG_A=yes")]
    [InlineData("CONFIG_A=\"open")]
    [InlineData("CONFIG_A=y\nCONFIG_B=y")]
    [InlineData("#CONFIG_A is not set")]
    [InlineData("A=y")]
    public void TryParse_AnythingElse_IsNoLine(string text) => Assert.Null(ConfigLine.TryParse(text));

    private static KernelCatalog Catalog(TemporaryFolder folder) => new([folder.Path]);

    private static void Write(TemporaryFolder folder, string name, string text)
    {
        string path = folder["kernel/" + name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
