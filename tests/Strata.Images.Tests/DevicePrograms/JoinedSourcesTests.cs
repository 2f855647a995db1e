using System.Xml.Linq;
using Strata.Blueprints;
using Strata.Core;
using Strata.Images.DevicePrograms;
using Strata.Testing;

namespace Strata.Images.Tests.DevicePrograms;

public sealed class JoinedSourcesTests : IDisposable
{
    private static readonly DeviceTarget s_amd64 = DeviceTarget.Of(GuestArchitecture.Amd64);

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void TryWrite_EarlyInit_HasEverySourceOnceInOrderAndNoProject()
    {
        XElement items = Written(Repository.Root, DeviceProgram.EarlyInit.ProjectFile);
        string[] sources = [.. Included(items, "Compile")];
        string[] expected =
        [
            .. ProgramSources.Of(Repository.Root, DeviceProgram.EarlyInit.ProjectFile, s_amd64)
                .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) && Path.GetFileName(f) != "AssemblyInfo.cs")
                .Select(f => Path.Combine(Repository.Root, f)),
            _home["joined/AssemblyInfo.cs"],
        ];
        Assert.Equal(expected, sources);
        Assert.Contains(sources, s => s.EndsWith("src/Strata.Core/Sha256Digest.cs", StringComparison.Ordinal));
        Assert.Equal("@(ProjectReference)", (string?)items.Element("ProjectReference")?.Attribute("Remove"));
        Assert.Equal("@(Compile)", (string?)items.Element("Compile")?.Attribute("Remove"));
        Assert.Contains("DisableRuntimeMarshalling", File.ReadAllText(_home["joined/AssemblyInfo.cs"]), StringComparison.Ordinal);
    }

    [Fact]
    public void TryWrite_PackageOfAUsedProject_BecomesThatOfTheProgram()
    {
        Write("src/Own/Own.csproj", """<Project><ItemGroup><ProjectReference Include="../Used/Used.csproj" /></ItemGroup></Project>""");
        Write("src/Used/Used.csproj", """<Project><ItemGroup><PackageReference Include="YamlDotNet" /></ItemGroup></Project>""");
        Assert.Equal(["YamlDotNet"], Included(Written(_home.Path, "src/Own/Own.csproj"), "PackageReference"));
    }

    [Theory]
    [InlineData("""<ItemGroup><EmbeddedResource Include="words.txt" /></ItemGroup>""")]
    [InlineData("""<ItemGroup><Using Remove="System.Linq" /></ItemGroup>""")]
    [InlineData("""<PropertyGroup><DefineConstants>MORE</DefineConstants></PropertyGroup>""")]
    public void TryWrite_UsedProjectSaysMore_IsNotJoined(string more)
    {
        Write("src/Own/Own.csproj", """<Project><ItemGroup><ProjectReference Include="../Used/Used.csproj" /></ItemGroup></Project>""");
        Write("src/Used/Used.csproj", $"<Project>{more}</Project>");
        Assert.Null(JoinedSources.TryWrite(_home.Path, "src/Own/Own.csproj", s_amd64, _home["joined"]));
    }

    [Fact]
    public void Join_SameAttributeTwice_StandsOnce() => Assert.Equal(
        "using A;\nusing B;\n[assembly: One]\n[assembly: Two]\n",
        JoinedSources.Join([("a", "using B;\n\n[assembly: Two]\n"), ("b", "using A;\nusing B;\n[assembly: One]\n[assembly: Two]\n")]));

    [Fact]
    public void Join_AnotherLine_IsAnError()
    {
        StrataException fault = Assert.Throws<StrataException>(() => JoinedSources.Join([("src/A/AssemblyInfo.cs", "namespace A;\n")]));
        Assert.Contains("src/A/AssemblyInfo.cs has the line 'namespace A;'", fault.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Included(XElement items, string element) =>
        items.Elements(element).Select(e => (string?)e.Attribute("Include")).OfType<string>();

    private XElement Written(string home, string project) =>
        XElement.Load(JoinedSources.TryWrite(home, project, s_amd64, _home["joined"])!).Element("ItemGroup")!;

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home[path])!);
        File.WriteAllText(_home[path], text);
    }
}
