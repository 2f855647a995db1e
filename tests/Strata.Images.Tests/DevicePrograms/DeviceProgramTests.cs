using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Images.DevicePrograms;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Images.Tests.DevicePrograms;

public sealed class DeviceProgramTests : IDisposable
{
    private static readonly DeviceTarget s_amd64 = DeviceTarget.Of(GuestArchitecture.Amd64);

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Escape_PathForMsbuild_IsOneValue() => Assert.Equal(
        "/a b%2Cc%27d%22e%3B%24%28x%29%40%2A%3F%25/f", DeviceProgramBuilder.Escape("/a b,c'd\"e;$(x)@*?%/f"));

    [Fact]
    public void Sources_OfTheEarlyInit_AreThoseOfTheProjectsThatItUses()
    {
        IReadOnlyCollection<string> files = ProgramSources.Of(Repository.Root, DeviceProgram.EarlyInit.ProjectFile, s_amd64);
        Assert.Equal(
            // not Formats: the ISO writer is no part of process 1
            ["Strata.Core", "Strata.Device", "Strata.Init", "Strata.Sealing", "Strata.Updates"],
            files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)).Select(f => Path.GetFileNameWithoutExtension(f)));
        Assert.Superset(
            new HashSet<string>
            {
                "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "src/DeviceProgram.targets",
                "src/Strata.Device/Posix/Libc.cs", "src/Strata.Init/Program.cs", "src/device-packages.sha512", "toolbox/device-amd64.lock",
            },
            files.ToHashSet());
        Assert.DoesNotContain(files, f => f.Contains("/obj/", StringComparison.Ordinal));
    }

    [Fact]
    public void SourcesDigest_FollowsContentsAndNamesOfEveryPart_NotBuildFolders()
    {
        Write("src/Own/Own.csproj", """<Project><Import Project="../Shared.targets" /><ProjectReference Include="..\Used\Used.csproj" /></Project>""");
        Write("src/Shared.targets", "<Project />");
        Write("src/Used/Used.csproj", "<Project />");
        Write("src/Other/Other.csproj", "<Project />");
        HashSet<Sha256Digest> seen = [Digest()];
        Write("src/Own/obj/Made.cs", "// made");
        Write("src/Own/notes.txt", "notes");
        Write("src/Other/Other.cs", "// nobody uses it");
        Write("toolbox/device-arm64.lock", "of another processor");
        Assert.Single(seen.Append(Digest()).Distinct());
        foreach (string file in (string[])
            ["src/Own/Own.cs", "src/Used/In/Used.cs", "src/Shared.targets", "src/device-packages.sha512", "toolbox/device-amd64.lock", "global.json"])
        {
            Write(file, "<Project><!-- changed --></Project>");
            Assert.True(seen.Add(Digest()), $"{file} is no part of the digest");
        }
        File.Move(_home["src/Own/Own.cs"], _home["src/Own/Renamed.cs"]);
        Assert.True(seen.Add(Digest()));
    }

    [Theory]
    [InlineData("$(Folder)/Used.csproj")]
    [InlineData("../*/Used.csproj")]
    [InlineData("")]
    public void Sources_ReferenceThatOnlyMsbuildResolves_IsAnError(string reference)
    {
        Write("src/Own/Own.csproj", $"""<Project><ProjectReference Include="{reference}" /></Project>""");
        StrataException fault = Assert.Throws<StrataException>(() => Digest());
        Assert.Contains($"src/Own/Own.csproj has ProjectReference Include=\"{reference}\"", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_NoSources_SaysWhereTheyAreExpected()
    {
        StrataException fault = await BuildAsync("amd64");
        Assert.Contains("has no src/Strata.Init/Strata.Init.csproj", fault.Message, StringComparison.Ordinal);
        Assert.Contains("STRATA_HOME", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_ArchitectureWithoutATarget_NamesThoseThatHaveOne()
    {
        Write("src/Strata.Init/Strata.Init.csproj", "<Project />");
        StrataException fault = await BuildAsync("riscv64");
        Assert.Equal(
            "cannot make programs of the device for riscv64: there are none for this architecture yet", fault.Message);
        Assert.Equal("There are for amd64 and arm64.", fault.Hint);
    }

    [Theory]
    [InlineData("amd64", "usr/lib/gcc/x86_64-linux-gnu/14", "usr/lib/x86_64-linux-gnu/rcrt1.o")]
    [InlineData("arm64", "usr/lib/gcc-cross/aarch64-linux-gnu/14", "usr/aarch64-linux-gnu/lib/rcrt1.o")]
    public void Link_ToolsIncomplete_NamesTheMissingPart(string architecture, string support, string missing)
    {
        DeviceTarget target = DeviceTarget.Of(GuestArchitecture.Named(architecture));
        ToolTree tools = new(_home.Path);
        StrataException none = Assert.Throws<StrataException>(() => DeviceLink.Arguments(target, tools, "program.o", [], "program"));
        Assert.Contains("0 versions of GCC's support objects", none.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_home[support]);
        StrataException part = Assert.Throws<StrataException>(() => DeviceLink.Arguments(target, tools, "program.o", [], "program"));
        Assert.Contains($"lack {missing}", part.Message, StringComparison.Ordinal);
        Assert.Contains($"'device-{architecture}'", part.Hint, StringComparison.Ordinal);
    }

    private Sha256Digest Digest() => ProgramSources.DigestOf(_home.Path, "src/Own/Own.csproj", s_amd64);

    private async Task<StrataException> BuildAsync(string architecture)
    {
        using ObjectStore store = new(_home["store"]);
        DeviceProgramBuilder builder = new(
            store, new ActionCache(store), (_, _) => throw new InvalidOperationException(), SilentProgress.Instance, _home.Path, TimeProvider.System);
        return await Assert.ThrowsAsync<StrataException>(() => builder.BuildAsync(
            DeviceProgram.EarlyInit, GuestArchitecture.Amd64 with { Name = architecture }, CancellationToken.None));
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home[path])!);
        File.WriteAllText(_home[path], text);
    }
}
