using System.CommandLine;
using System.Diagnostics;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Cli.Commands;

/// <summary><c>strata toolbox</c>: the tools that Strata fetches for itself.</summary>
internal static class ToolboxCommand
{
    public static Command Create() => new Command("toolbox", "Fetch, update and use the tools that strata brings along") { Install(), Exec(), Wrappers() };

    private static Argument<string> Set()
    {
        Argument<string> set = new("set")
        {
            Description = "Name of a set of toolbox/tools.yaml: run, build, judges and others", HelpName = "set",
        };
        set.CompletionSources.Add(_ => ShippedData.ToolSets().Select(s => s.Name));
        return set;
    }

    private static Command Install()
    {
        Argument<string> set = Set();
        Option<bool> update = new("--update") { Description = "Move to the versions of today" };
        Command command = new("install", "Fetch and unpack a set of tools and print where it is") { set, update };
        command.SetAction(async (result, token) =>
        {
            Terminal.Line((await InstallAsync(result, result.GetValue(set)!, result.GetValue(update), token)).Root);
            return 0;
        });
        return command.WithExamples("strata toolbox install run", "strata toolbox install run --update");
    }

    private static Command Exec()
    {
        Argument<string> set = Set();
        Argument<string> program = new("program") { Description = "Name such as sgdisk, or path in the tree such as usr/sbin/sgdisk" };
        Argument<string[]> arguments = new("arguments") { Description = "Passed to the program as they are; put -- before them", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("exec", "Run a tool") { set, program, arguments };
        command.SetAction(async (result, token) =>
        {
            ToolTree tree = await InstallAsync(result, result.GetValue(set)!, update: false, token);
            ProcessStartInfo start = tree.CommandAsInstalled(result.GetValue(program)!, result.GetValue(arguments) ?? []);
            using Process process = Process.Start(start) ?? throw new StrataException($"cannot start {result.GetValue(program)}");
            await process.WaitForExitAsync(token);
            return process.ExitCode;
        });
        return command.WithExamples("strata toolbox exec judges sgdisk -- -v disk.img");
    }

    private static Command Wrappers()
    {
        Argument<string> set = Set();
        Argument<string> folder = new("folder") { Description = "Folder that gets one small script per program" };
        Command command = new("wrappers", "Make the programs of a set callable by name, for a PATH") { set, folder };
        command.SetAction(async (result, token) =>
        {
            ToolTree tree = await InstallAsync(result, result.GetValue(set)!, update: false, token);
            int count = ToolWrappers.Write(tree, result.GetValue(folder)!);
            Terminal.Line($"{count} programs in {result.GetValue(folder)}");
            return 0;
        });
        return command.WithExamples("strata toolbox wrappers judges ./judges");
    }

    private static Task<ToolTree> InstallAsync(ParseResult result, string set, bool update, CancellationToken cancellationToken) =>
        Terminal.WithProgressAsync(async progress =>
        {
            using Workspace workspace = new(result, progress);
            return await workspace.Toolbox.InstallAsync(ShippedData.ToolSetNamed(set), update, cancellationToken);
        });
}
