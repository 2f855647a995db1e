using System.CommandLine;
using Strata.Blueprints.Extending;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;

namespace Strata.Cli.Commands;

/// <summary>A folder that was made, for <c>--json</c>: its full path, which of its files are blueprints, and all of them.</summary>
internal sealed record InitResult(string Folder, IReadOnlyList<string> Editions, IReadOnlyList<string> Files)
{
    /// <summary>What lies in a folder that was empty before.</summary>
    public static InitResult Of(string folder)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        string[] files =
            [.. Directory.EnumerateFiles(folder, "*", all).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];
        return new InitResult(folder, [.. files.Where(f => Path.GetFileName(f) == "edition.yaml")], files);
    }
}

/// <summary>An example that can be copied, for <c>--json</c>.</summary>
internal sealed record ExampleRow(string Name, string Description);

/// <summary><c>strata init NAME</c>: a folder with an edition and a capability of one's own, ready to build.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        Argument<string?> name = new("name")
        {
            Description =
                "Name of the edition and of the folder made for it: lower-case letters, digits, dashes; or the folder for an example",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> example = new("--example")
        {
            Description = "Copy one of the examples that strata comes with into the folder; alone, list them", HelpName = "example",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> from = new("--from")
        {
            Description = "Turn a README that 'strata docs' wrote back into the files it was written from", HelpName = "README",
        };
        Option<bool> json = CommonOptions.Json();
        example.CompletionSources.Add(_ => ExampleCopy.Examples.Names());
        Command command = new("init", "Start an edition of your own in a new folder")
        {
            name, example, from, CommonOptions.Set, CommonOptions.Variables, json,
        };
        command.SetAction(result =>
        {
            string? folder = result.GetValue(name);
            bool isJson = result.GetValue(json);
            if (result.GetValue(from) is string readme)
            {
                return result.GetResult(example) is { Implicit: false }
                    ? throw new UsageException("cannot start an edition from an example and from a README at once")
                    : ReadmeCopy.Make(
                        readme, folder ?? throw new UsageException(
                            $"cannot turn {readme} back into a blueprint without a name for its folder"),
                        VariableValues.Of(result.GetValue(CommonOptions.Set) ?? [], result.GetValue(CommonOptions.Variables)), isJson);
            }
            return result.GetResult(example) is not { Implicit: false }
                ? Run(folder ?? throw new UsageException("cannot start an edition without a name"), isJson)
                : result.GetValue(example) is string copied ? ExampleCopy.Make(copied, folder ?? copied, isJson)
                : folder is null ? ExampleCopy.List(isJson)
                : throw new UsageException("cannot tell which example to copy", "'strata init --example' lists what there is.");
        });
        return command.WithExamples(
            "strata init my-os", "strata run ./my-os", "strata init --example", "strata init --example web my-web",
            "strata init my-os --from README.md", "strata init my-os --from README.md --json");
    }

    private static int Run(string name, bool isJson)
    {
        if (name.Length is 0 or > 63 || !char.IsAsciiLetterLower(name[0])
            || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            throw new StrataException($"cannot start edition '{name}': expected lower-case letters, digits and dashes, a letter first");
        }
        string folder = Path.GetFullPath(name);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new StrataException($"cannot start edition '{name}': the folder {folder} exists and is not empty",
                "Choose another name, or edit what is there.");
        }
        Directory.CreateDirectory(Path.Combine(folder, "capabilities"));
        File.WriteAllText(Path.Combine(folder, "edition.yaml"), Edition(name));
        File.WriteAllText(Path.Combine(folder, "capabilities", "hello.yaml"), Hello);
        File.WriteAllText(Path.Combine(folder, "tests.yaml"), Tests(name));
        if (isJson)
        {
            Terminal.Json(InitResult.Of(folder), CliJson.Default.InitResult);
            return 0;
        }
        Terminal.Line($"Made {name}/edition.yaml, {name}/capabilities/hello.yaml and {name}/tests.yaml.");
        Terminal.Line();
        Terminal.Line($"  strata run ./{name}     build it and boot it");
        Terminal.Line($"  strata test ./{name}    boot it without a screen and check what it does");
        Terminal.Line($"  strata why ./{name} /usr/bin/hello");
        if (folder.StartsWith(ShippedData.Home + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            Terminal.Line();
            Terminal.Line("It lies in strata's own folder, whose git sees it as untracked. It can be moved: an edition lives anywhere.");
        }
        return 0;
    }

    private static string Edition(string name) => $"""
        edition: {name}
        title: {name}
        version: "0.1"
        description: My own minimal system
        kernel: debian-cloud
        capabilities: # what each of them is: see the files in 'capabilities' of strata, and your own here
          - console # a root shell without a password: for trying, not for an image that others get
          - network
          - hello
        command-line: console=tty0 console=ttyS0,115200 quiet panic=10
        run:
          memory: 256 MiB

        """;

    private const string Hello = """
        capability: hello
        description: A program from a Debian package, and a file of my own
        requires: [shell]
        packages:
          hello: # the package; 'programs' takes these and the libraries they need, nothing else
            programs: [hello]
        files:
          /etc/motd:
            content: |
              Built with Strata.

        """;

    private static string Tests(string name) => $"""
        format: 1
        machine:
          memory: 256 MiB
        tests:
          - name: boots
            ready: "{name} 0.1 is ready."
            within: 240
            steps:
              - run: hello
                expect: {Braces("contains: \"Hello, world!\"")}
              - run: cat /etc/motd
                expect: {Braces("contains: Built with Strata")}
              - power-off: poweroff
                within: 60

        """;

    private static string Braces(string text) => "{" + text + "}";
}
