using Strata.Core;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public class CapabilityFileTests
{
    [Theory]
    [InlineData("../secret", "lies outside of the folder")]
    [InlineData("/etc/hostname", "lies outside of the folder")]
    [InlineData(".", "'.' is the folder of this file itself; expected a file or folder in it")]
    [InlineData("./", "'./' is the folder of this file itself")]
    [InlineData("\"\"", "'' is the folder of this file itself")]
    [InlineData("sub", "the folder 'sub' has no file that would be taken")]
    [InlineData("secret", "does not exist beside this file; there is one in the folder above: move it here")]
    [InlineData("absent", "does not exist")]
    [InlineData("link", "is or passes a link")]
    [InlineData("linked/secret", "is or passes a link")]
    public void Source_NotAFileOfItsOwn_IsRefused(string source, string problem)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["capabilities/sub"]);
        Directory.CreateDirectory(folder["outside"]);
        File.WriteAllText(folder["secret"], "s");
        File.WriteAllText(folder["outside/secret"], "s");
        File.CreateSymbolicLink(folder["capabilities/link"], "../secret");
        File.CreateSymbolicLink(folder["capabilities/linked"], "../outside");
        FaultList faults = new();
        Capability capability = Read($"files:\n  /x: {{source: {source}}}", folder["capabilities"], faults);
        Assert.Contains(problem, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
        Assert.Empty(capability.Files);
    }

    [Fact]
    public void Source_BelowTheFolder_IsRead()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["sub"]);
        File.WriteAllText(folder["sub/x"], "content");
        FaultList faults = new();
        OwnFile file = Assert.Single(Read("files:\n  /x: {source: sub/x, mode: \"4755\"}", folder.Path, faults).Files);
        Assert.Equal("content"u8.ToArray(), file.Bytes.ToArray());
        Assert.Equal(0x9ED, file.Mode);
        Assert.Empty(faults.Faults);
    }

    [Fact]
    public void DevicePrograms_NameAndPath_AreTaken()
    {
        FaultList faults = new();
        TakenProgram taken = Assert.Single(Read("device-programs: {/usr/libexec/first: early-init}", ".", faults).DevicePrograms);
        Assert.Empty(faults.Faults);
        Assert.Equal(("/usr/libexec/first", DeviceProgram.EarlyInit), (taken.Path.ToString(), taken.Program));
    }

    [Theory]
    [InlineData("{/usr/libexec/first: early-innit}", "'early-innit' is no device program (did you mean 'early-init'?); known: early-init")]
    [InlineData("{usr/first: early-init}", "'usr/first'")]
    [InlineData("{/usr/first: [early-init]}", "the device program of '/usr/first' is a list; expected its name")]
    public void DevicePrograms_Mistake_IsNamedWithItsPlace(string value, string problem)
    {
        FaultList faults = new();
        Assert.Empty(Read($"device-programs: {value}", ".", faults).DevicePrograms);
        Assert.Contains(problem, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    /// <summary>A name without sources would be found out only when somebody takes it.</summary>
    [Fact]
    public void DevicePrograms_EveryName_HasAProjectOfADeviceProgram() => Assert.All(
        DeviceProgram.All,
        p => Assert.Contains("<Import Project=\"../DeviceProgram.targets\" />", Repository.Read(p.ProjectFile), StringComparison.Ordinal));

    // each would change a table that is made of lines or of fields between colons
    [Theory]
    [InlineData("users: {\"root\\n\": {id: 0}}", "is no account name")]
    [InlineData("users: {a: {id: 1, home: \"/x:0\"}}", "'home' cannot contain ':'")]
    [InlineData("users: {a: {id: 1, shell: \"/x\\n/y\"}}", "'shell' cannot contain ':'")]
    [InlineData("users: {a: {id: 1, description: \"x:y\"}}", "a description cannot contain ':'")]
    [InlineData("users: {a: {}}", "'a' needs an 'id'")]
    [InlineData("groups: {a: {id: 1, members: [\"b\\nroot::0:\"]}}", "is no account name")]
    [InlineData("services: {s: {command: []}}", "is empty; expected a program")]
    [InlineData("services: {s: {kind: daemon}}", "service 's' has no 'command'")]
    [InlineData("services: {s: off}", "service 's'")]
    [InlineData("services: {s: {command: [dropbear, -F]}}", "service 's' starts 'dropbear'; expected the absolute path of a program")]
    [InlineData("services: {s: {command: [/x, \"a\\0b\"]}}", "a NUL; no program can be given one")]
    [InlineData("services: {../s: {command: [/x]}}", "'../s' is no name of a service")]
    [InlineData("provides: {init-system: bussybox}",
        "'init-system' is 'bussybox'; expected busybox or openrc or systemd (did you mean 'busybox'?)")]
    [InlineData("services: {s: {kind: console, command: [/x]}}", "needs a 'terminal'")]
    [InlineData("services: {s: {kind: console, command: [/x], terminal: \"tty1::respawn:/y\"}}", "is no terminal")]
    [InlineData("services: {s: {kind: once, command: [/x], terminal: tty1}}", "has no use for a 'terminal'")]
    [InlineData("links: {/a: \"x\\0y\"}", "no NUL")]
    [InlineData("links: {/a: [x]}", "the target of link '/a' is a list")]
    [InlineData("files: {/a: {content: x, source: y}}", "needs either 'content' or 'source'")]
    [InlineData("files: {/a: {}}", "needs either 'content' or 'source'")]
    [InlineData("effects: {x: {sbin: a}}", "setting 'sbin' is a text; expected a list of texts")]
    [InlineData("effects: {x: {sbin: [a, [b]]}}", "setting 'sbin' is a list; expected a list of texts")]
    [InlineData("packages: {x: {modes: {/a: rwx}}}", "'/a' is 'rwx'; expected octal permissions such as 0755")]
    [InlineData("packages: {x: {modes: {/a: [x]}}}", "the mode of /a is a list; expected octal permissions")]
    [InlineData("packages: {x: {modes: {a: \"0755\"}}}", "is no absolute path")]
    [InlineData("packages: {x: {whole-with: depends, programs: [a]}}",
        "takes package 'x' and all it depends on, and the lines beside it take a slice")]
    [InlineData("packages: {x: {whole-with: depends, dependencies: ignore}}", "and 'dependencies: ignore' leaves them out")]
    [InlineData("packages: {x: {whole-with: dependencies}}", "'whole-with' is 'dependencies'; expected depends")]
    [InlineData("packages: {x: {version: 1 2}}", "'version' is '1 2'")]
    [InlineData("packages: {x: {version: 1.*_}}", "has characters that no version has; expected such as 1.26.3-3 or 1.26.*")]
    [InlineData("packages: {x: [a]}", "package 'x' is a list; expected a mapping")]
    [InlineData("packages: {x: {files: [bin/x]}}", "'bin/x' is no path pattern")]
    public void Read_Mistake_IsNamed(string text, string problem)
    {
        FaultList faults = new();
        Read(text, "/nowhere", faults);
        Assert.Contains(problem, Assert.Single(faults.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NameThatIsNotTheFiles_IsAMistake()
    {
        FaultList faults = new();
        CapabilityFile.Read(YamlFile.Parse("capability: b\ndescription: x\n", "a.yaml", faults)!, "/nowhere", "a", faults);
        Assert.Equal("a.yaml:1:13: the capability is named 'b' but its file 'a.yaml'; expected the same name", Assert.Single(faults.Faults).ToString());
    }

    [Theory]
    [InlineData("/usr/bin/x", "/usr/bin/x", true)]
    [InlineData("/usr/bin/x", "/usr/bin/x\n", false)]
    [InlineData("/usr/*/x", "/usr/bin/x", true)]
    [InlineData("/usr/*/x", "/usr/a/b/x", false)]
    [InlineData("/usr/**/x", "/usr/a/b/x", true)]
    [InlineData("/lib/?.so", "/lib/a.so", true)]
    [InlineData("/lib/?.so", "/lib/aaso", false)]
    [InlineData("/lib/a*", "/lib/a\n", true)]
    [InlineData("/doc/", "/doc/a/b", true)]
    [InlineData("/doc/", "/doc", false)]
    [InlineData("/d?c", "/doc\n", false)]
    public void PathPattern_Matches(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PathPattern.Parse(pattern).Matches(GuestPath.Parse(path)));

    private static Capability Read(string text, string folder, FaultList faults) =>
        CapabilityFile.Read(YamlFile.Parse("capability: c\ndescription: d\n" + text, "c.yaml", faults)!, folder, "c", faults);
}
