using System.IO.Compression;
using System.Security.Cryptography;
using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Images.DevicePrograms;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Images.Tests.DevicePrograms;

/// <summary>
/// The packages of the compiler: a source that gives other files than those on the list, with the real NuGet and a folder as its source.
/// </summary>
public sealed class DevicePackagesTests : IDisposable
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <RestorePackagesPath>$(MSBuildThisFileDirectory)../../packages</RestorePackagesPath>
            <UseArtifactsOutput>true</UseArtifactsOutput>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Used" Version="1.0.0" />
            <PackageDownload Include="Asked" Version="[1.0.0]" />
          </ItemGroup>
          <Target Name="StrataNativeObject">
            <MakeDir Directories="$(StrataNativeOutput)" />
          </Target>
        </Project>
        """;

    // what the build imports of a package by itself, and runs before anything else
    private const string Targets = """
        <Project InitialTargets="StrataTestRan">
          <Target Name="StrataTestRan">
            <WriteLinesToFile File="$(MSBuildThisFileDirectory)ran" Lines="TEXT" />
          </Target>
        </Project>
        """;

    private readonly TemporaryFolder _home = new();

    public DevicePackagesTests()
    {
        foreach (string project in (string[])["Init"])
        {
            Directory.CreateDirectory(_home[$"src/Strata.{project}"]);
        }
        Directory.CreateDirectory(_home["feed"]);
        File.WriteAllText(_home["src/Strata.Init/Strata.Init.csproj"], Project);
        File.WriteAllText(_home["nuget.config"],
            "<configuration><packageSources><clear /><add key=\"feed\" value=\"feed\" /></packageSources></configuration>");
        Pack("Used", "ours");
        Pack("Asked", "ours");
        File.WriteAllText(_home["src/device-packages.sha512"], $"# Of this test.\n{Line("Used")}\n{Line("Asked")}\n");
    }

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Build_PackagesOfTheList_AreUsed()
    {
        StrataException e = await BuildAsync();
        // compiled; this project leaves nothing to link
        Assert.True(e.Message.Contains("archives.txt", StringComparison.Ordinal), e.Message);
        Assert.Equal("ours", File.ReadAllText(_home["packages/used/1.0.0/build/ran"]).Trim());
    }

    [Theory]
    [InlineData("Used")]
    [InlineData("Asked")] // what the SDK would ask for by itself: no lock file of NuGet knows it
    public async Task Build_SourceGivesAnotherFile_IsRefusedBeforeAnythingOfItRuns(string package)
    {
        Pack(package, "theirs");
        StrataException e = await BuildAsync();
        Assert.Contains($"cannot use package {package} 1.0.0 for programs of the device", e.Message, StringComparison.Ordinal);
        Assert.Contains("device-packages.sha512 says", e.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_home["packages/used/1.0.0"]), "restoring was not reached");
        Assert.False(File.Exists(_home["packages/used/1.0.0/build/ran"]), "a package has run");
    }

    [Fact]
    public async Task Build_PackageThatIsNotOnTheList_IsRefusedWithTheLineToAdd()
    {
        File.WriteAllText(_home["src/device-packages.sha512"], Line("Used") + "\n");
        StrataException e = await BuildAsync();
        Assert.Contains("cannot use package Asked 1.0.0 for programs of the device: src/device-packages.sha512 does not list it", e.Message,
            StringComparison.Ordinal);
        Assert.Contains(Line("Asked"), e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_PackageInTwoFolders_IsTheListedOneInBoth()
    {
        string[] places = [_home["own"], _home["fallback"]]; // as NuGet has them: one of the user's, and what a host brings
        string[] files = [.. places.Select(p => Path.Combine(p, "used/1.0.0/used.1.0.0.nupkg"))];
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.Copy(_home["feed/Used.1.0.0.nupkg"], file);
        }
        Directory.CreateDirectory(_home["artifacts/obj/Strata.Init"]);
        File.WriteAllText(_home["artifacts/obj/Strata.Init/project.assets.json"],
            $"{{\"packageFolders\":{{\"{places[0]}\":{{}},\"{places[1]}\":{{}}}},\"libraries\":{{\"Used/1.0.0\":{{\"type\":\"package\"}}}},"
            + "\"project\":{\"frameworks\":{\"net10.0\":{}}}}");
        DevicePackages list = DevicePackages.Read(_home["src/device-packages.sha512"]);
        list.Check(_home["artifacts"]);
        foreach (string file in files)
        {
            byte[] right = File.ReadAllBytes(file);
            File.WriteAllBytes(file, [.. right, 0]);
            StrataException e = Assert.Throws<StrataException>(() => list.Check(_home["artifacts"]));
            Assert.Contains($"{file} has SHA-512 ", e.Message, StringComparison.Ordinal);
            File.WriteAllBytes(file, right);
        }
        Array.ForEach(files, File.Delete);
        Assert.Contains(
            "Used 1.0.0 was restored, but there is no file", Assert.Throws<StrataException>(() => list.Check(_home["artifacts"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Used 1.0.0")]
    [InlineData("Used 1.0.0 abc")]
    [InlineData("Used")]
    public void Read_LineThatIsNoPackage_IsAnError(string line)
    {
        File.WriteAllText(_home["list"], line + "\n");
        Assert.Contains("is no package", Assert.Throws<StrataException>(() => DevicePackages.Read(_home["list"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OwnList_HasTheFrameworkThatIsCompiledIn()
    {
        string path = Path.Combine(Repository.Root, "src/device-packages.sha512");
        _ = DevicePackages.Read(path);
        Assert.Contains("Microsoft.NETCore.App.Runtime.linux-x64 ", File.ReadAllText(path), StringComparison.Ordinal);
    }

    private async Task<StrataException> BuildAsync()
    {
        using ObjectStore store = new(_home["store"]);
        return await Assert.ThrowsAnyAsync<StrataException>(
            () => Builder(store).BuildAsync(DeviceProgram.EarlyInit, GuestArchitecture.Amd64, CancellationToken.None));
    }

    private DeviceProgramBuilder Builder(ObjectStore store) => new(
        store, new ActionCache(store), (_, _) => Task.FromResult(new ToolTree(_home["tools/root"])), SilentProgress.Instance, _home.Path,
        TimeProvider.System);

    private string Line(string package) =>
        $"{package} 1.0.0 {Convert.ToHexStringLower(SHA512.HashData(File.ReadAllBytes(_home[$"feed/{package}.1.0.0.nupkg"])))}";

    private void Pack(string name, string text)
    {
        using FileStream file = File.Create(_home[$"feed/{name}.1.0.0.nupkg"]);
        using ZipArchive package = new(file, ZipArchiveMode.Create);
        Add(package, $"{name}.nuspec", $"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata><id>{name}</id><version>1.0.0</version><authors>a</authors><description>d</description></metadata>
            </package>
            """);
        Add(package, $"build/{name}.targets", Targets.Replace("TEXT", text, StringComparison.Ordinal));
    }

    private static void Add(ZipArchive package, string name, string text)
    {
        ZipArchiveEntry entry = package.CreateEntry(name);
        entry.LastWriteTime = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using StreamWriter writer = new(entry.Open());
        writer.Write(text);
    }
}
