using System.CommandLine;
using Strata.Cli.Wiring;

namespace Strata.Cli.Commands;

/// <summary>The whole command line.</summary>
internal static class StrataCommand
{
    public static RootCommand Create()
    {
        RootCommand root = Commands();
        CommonOptions.AddVariables(root);
        root.WithHelp(("Exit codes",
        [
            "0  done",
            "1  failed: not built, a test or a budget not met, something not as it should be",
            "2  the command line was not understood; nothing was done",
        ]));
        foreach (string windows in (string[])["/?", "/h"])
        {
            root.Options.OfType<System.CommandLine.Help.HelpOption>().Single().Aliases.Remove(windows);
        }
        return root;
    }

    private static RootCommand Commands() => new("Builds, runs and tests minimal, immutable Linux systems from declarative files.")
    {
        Advising.AdviseCommand.Create(),
        InitCommand.Create(),
        BuildCommand.Create(),
        RunCommand.Create(),
        Flashing.FlashCommand.Create(),
        SeedCommand.Create(),
        Trust.KeysCommand.Create(),
        Tuf.TufCommand.Create(),
        Trust.SignCommand.Create(),
        Trust.AttestCommand.Create(),
        TestCommand.Create(),
        Measuring.MeasureCommand.Create(),
        Measuring.ReportCommand.Create(),
        Measuring.ImageDiffCommand.Create(),
        LockCommand.Create(),
        BumpCommand.Create(),
        KernelCommand.Create(),
        Advising.SuggestPackagesCommand.Create(),
        Contents.WhyCommand.Create(),
        Contents.TreeCommand.Create(),
        Contents.SizeCommand.Create(),
        Contents.LedgerCommand.Create(),
        Contents.DocsCommand.Create(),
        Inventory.SbomCommand.Create(),
        Inventory.LicensesCommand.Create(),
        Inventory.ScanCommand.Create(),
        Inventory.ChangelogCommand.Create(),
        Inventory.VerifyCommand.Create(),
        PushCommand.Create(),
        Publishing.PublishCommand.Create(),
        LayerCommand.Create(),
        StoreCommand.Create(),
        ToolboxCommand.Create(),
        SchemaCommand.Create(),
        DoctorCommand.Create(),
        CompletionCommand.Create(),
        CommonOptions.Store,
        CommonOptions.Offline,
        CommonOptions.AllowOlder,
        CommonOptions.TrustLock,
    };
}
