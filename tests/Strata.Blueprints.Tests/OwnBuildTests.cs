using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public sealed class OwnBuildTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OwnBuildTests()
    {
        Directory.CreateDirectory(_folder["e/src"]);
        File.WriteAllText(_folder["e/src/hello.c"], "int main(void) { return 0; }");
        File.WriteAllText(_folder["e/src/left.o"], "");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Build_HasAllThatItsWordsSay()
    {
        OwnBuild build = Assert.Single(Read(
            """
              hello:
                packages: [gcc, "make (>= 4)"]
                files:
                  /build/src: {source: src, exclude: ["**.o"]}
                command: [gcc, -o, hello, src/hello.c]
                outputs:
                  /usr/bin/hello: {from: hello, mode: "0750", group: adm}
                  /usr/share/hello: {from: out/share/}
            """,
            out FaultList faults));
        Assert.Empty(faults.Faults);
        Assert.Equal(["gcc", "make (>= 4)"], build.Packages.Select(p => p.Text));
        Assert.Equal(["/build/src/hello.c"], build.Files.Select(f => f.Path.ToString()));
        Assert.Equal(["gcc", "-o", "hello", "src/hello.c"], build.Command);
        Assert.Equal(
            [("/usr/bin/hello", "hello", (int?)0b111_101_000, "adm"), ("/usr/share/hello", "out/share", null, null)],
            build.Outputs.Select(o => (o.Path.ToString(), o.From, o.Mode, o.Owner?.Group?.Text)));
    }

    [Fact]
    public void InputLines_ChangeWithEverythingThatDecides()
    {
        string before = Lines("[gcc, a.c]", "{/x: {from: a}}");
        Assert.Equal(before, Lines("[gcc, a.c]", "{/x: {from: a}}"));
        Assert.NotEqual(before, Lines("[gcc, b.c]", "{/x: {from: a}}"));
        Assert.NotEqual(before, Lines("[gcc, a.c]", "{/x: {from: b}}"));
        Assert.NotEqual(before, Lines("[gcc, a.c]", "{/x: {from: a, mode: \"0700\"}}"));
        File.WriteAllText(_folder["e/src/hello.c"], "int main(void) { return 1; }");
        Assert.NotEqual(before, Lines("[gcc, a.c]", "{/x: {from: a}}"));

        string Lines(string command, string outputs) => string.Concat(Read(
            $"  a: {{packages: [gcc], files: {{/build/s: {{source: src}}}}, command: {command}, outputs: {outputs}}}\n", out _)
            .Single().InputLines);
    }

    [Theory]
    [InlineData("A: {packages: [p], command: [c], outputs: {/x: {from: x}}}", "'A' is no name of a build")]
    [InlineData("a: {command: [c], outputs: {/x: {from: x}}}", "'packages' is missing")]
    [InlineData("a: {packages: [p], outputs: {/x: {from: x}}}", "'command' is missing")]
    [InlineData("a: {packages: [p], command: [], outputs: {/x: {from: x}}}", "the command of build 'a' is empty")]
    [InlineData("a: {packages: [p], command: [c]}", "build 'a' has no 'outputs'")]
    [InlineData("a: {packages: [p], command: [c], outputs: {}}", "build 'a' has no 'outputs'")]
    [InlineData("a: {packages: [p], command: [c], outputs: {/x: {}}}", "'from' is missing")]
    [InlineData("a: {packages: [p], command: [c], outputs: {/x: {from: ../x}}}", "'../x' is no path below /build")]
    [InlineData("a: {packages: [p], command: [c], outputs: {/x: {from: /etc/passwd}}}", "'/etc/passwd' is no path below /build")]
    [InlineData("a: {packages: [p], command: [c], outputs: {/x: {from: .}}}", "'.' is no path below /build")]
    [InlineData("a: {packages: [P], command: [c], outputs: {/x: {from: x}}}", "'P' is no package")]
    [InlineData("a: {packages: [p], comand: [c], outputs: {/x: {from: x}}}", "unknown key 'comand' (did you mean 'command'?)")]
    [InlineData("a: {packages: [p], command: [c], files: {/etc/x: {content: x}}, outputs: {/x: {from: x}}}",
        "'/etc/x' lies elsewhere than the files of a build do; expected /build/…")]
    [InlineData("a: {packages: [p], command: [c], files: {/build/x: {content: x, owner: root}}, outputs: {/x: {from: x}}}",
        "'owner' and 'group' are for 'outputs'")]
    public void Read_WhatCannotBeBuilt_IsAFault(string build, string expected)
    {
        Read($"  {build}\n", out FaultList faults);
        Assert.Contains(faults.Faults, f => f.Message.Contains(expected, StringComparison.Ordinal));
    }

    private IReadOnlyList<OwnBuild> Read(string builds, out FaultList faults)
    {
        faults = new FaultList();
        string text = $"edition: e\nversion: '1'\nkernel: none\ncapabilities: []\nbuilds:\n{builds}";
        return EditionFile.Read(YamlFile.Parse(text, "edition.yaml", faults)!, _folder["e"], faults).Own?.Builds ?? [];
    }
}
