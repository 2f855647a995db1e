using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public sealed class PackageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PackageFolderTests()
    {
        Directory.CreateDirectory(_folder["e/debs/below"]);
        File.WriteAllText(_folder["e/debs/tool_1.changes"], "what a build leaves beside it");
        Put("debs/tool_1.deb", "tool");
        Put("debs/below/deep_1.deb", "deep");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("debs")]
    [InlineData("./debs/")]
    public void Read_Folder_HasItsPackageFilesAndNothingElse(string named)
    {
        Put("debs/data_2.deb", "data", "2", "all");
        Put("debs/tool_3.deb", "tool", "3");
        Edition edition = Read($"{{folder: {named}, priority: 600}}", out FaultList faults);
        Assert.Empty(faults.Faults);
        Assert.Equal(
            ["mine debs/data_2.deb 2", "mine debs/tool_1.deb 1", "mine debs/tool_3.deb 3"],
            edition.FolderPackages.Select(p => $"{p.Package.Locked.Archive} {p.Package.Locked.Filename} {p.Package.Locked.Version}"));
        Assert.Equal((named, 600), (edition.Archives.Single().Folder, edition.Archives.Single().Priority));
        Assert.True(edition.Archives.Single().Allows("whatever"));
        Assert.Equal(["tool"], Read("{folder: debs, packages: [tool]}", out _).Archives.Single().Packages);
    }

    [Theory]
    [InlineData("{folder: nowhere}", "'nowhere' is no folder beside this file")]
    [InlineData("{folder: .}", "'.' is no folder below that of this file")]
    [InlineData("{folder: debs/tool_1.deb}", "'debs/tool_1.deb' is no folder beside this file")]
    [InlineData("{folder: ../outside}", "lies outside of the folder")]
    [InlineData("{folder: /etc}", "expected a folder of .deb files below the folder of this file")]
    [InlineData("{folder: link}", "is or passes a link")]
    [InlineData("{folder: empty}", "has no file directly in it whose name ends in .deb")]
    [InlineData("{folder: debs, keys: [a]}", "'keys' is for an archive at mirrors, and 'mine' is the folder 'debs'")]
    [InlineData("{folder: debs, urls: [\"http://x\"]}", "'urls' is for an archive at mirrors")]
    [InlineData("{folder: debs, packages: [A]}", "'A' is no package of an archive")]
    [InlineData("{foldr: debs, suites: [s], components: [c], packages: [x]}", "unknown key 'foldr' (did you mean 'folder'?)")]
    [InlineData("{suites: [own], components: [c], packages: [x]}", "'own' is no suite of an archive")]
    public void Read_WhatIsNoFolderOfPackages_IsAFault(string archive, string expected)
    {
        Directory.CreateDirectory(_folder["e/empty"]);
        Directory.CreateDirectory(_folder["outside"]);
        File.CreateSymbolicLink(_folder["e/link"], "debs");
        Read(archive, out FaultList faults);
        Assert.Contains(faults.Faults, f => f.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_FilesThatCannotBeUsed_AreNamedAllAtOnce()
    {
        File.WriteAllText(_folder["e/debs/damaged.deb"], "!<arch>\nno");
        byte[] whole = new DebBuilder("cut").File("/usr/share/cut", new byte[5000]).Build();
        File.WriteAllBytes(_folder["e/debs/cut.deb"], whole[..^4000]);
        File.CreateSymbolicLink(_folder["e/debs/link.deb"], "tool_1.deb");
        Put("debs/foreign.deb", "foreign", "1", "arm64");
        Put("debs/tool_again.deb", "tool", "1.0-0"); // dpkg holds it for equal to 1.0
        Put("debs/tool_1.deb", "tool", "1.0");
        Read("{folder: debs}", out FaultList faults);
        string all = string.Join('\n', faults.Faults.Select(f => f.Message));
        Assert.Contains("cannot take package debs/damaged.deb: ", all, StringComparison.Ordinal);
        Assert.Contains("cannot take package debs/cut.deb: ", all, StringComparison.Ordinal);
        Assert.Contains("link.deb: it is or passes a link", all, StringComparison.Ordinal);
        Assert.Contains("'debs/foreign.deb' is for arm64 and the edition for amd64", all, StringComparison.Ordinal);
        Assert.Contains(
            "package 'tool' is in the folder twice with version 1.0: 'debs/tool_1.deb' and 'debs/tool_again.deb'; remove one", all,
            StringComparison.Ordinal);
        Assert.Equal(5, faults.Faults.Count);
    }

    private void Put(string file, string name, string version = "1", string architecture = "amd64") => File.WriteAllBytes(
        _folder["e/" + file],
        new DebBuilder(name).Control($"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n").Build());

    private Edition Read(string archive, out FaultList faults)
    {
        faults = new FaultList();
        string text = $"edition: e\nversion: '1'\nkernel: none\ncapabilities: [base]\narchives:\n  mine: {archive}\n";
        return EditionFile.Read(YamlFile.Parse(text, "edition.yaml", faults)!, _folder["e"], faults);
    }
}
