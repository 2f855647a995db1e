using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Strata.Cli.Output;

namespace Strata.Cli.Commands;

/// <summary>Adds examples and other lists of lines to the help of a command, and keeps help within the width of the terminal.</summary>
internal static class CommandExamples
{
    /// <summary>Lines shown under <c>Examples:</c> by <c>--help</c>.</summary>
    public static Command WithExamples(this Command command, params string[] examples) => command.WithHelp(("Examples", examples));

    /// <summary>Sections that <c>--help</c> shows at its end.</summary>
    public static Command WithHelp(this Command command, params (string Title, IReadOnlyList<string> Lines)[] sections)
    {
        HelpOption? help = command.Options.OfType<HelpOption>().SingleOrDefault(); // the root has one that all below it inherit
        if (help is null)
        {
            help = new HelpOption();
            command.Options.Add(help);
        }
        help.Action = new HelpWithSections((HelpAction)help.Action!, command, sections);
        return command;
    }

    private sealed class HelpWithSections(HelpAction help, Command owner, (string Title, IReadOnlyList<string> Lines)[] sections)
        : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            help.MaxWidth = HelpText.Width;
            int code = help.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            foreach ((string title, IReadOnlyList<string> lines) in parseResult.CommandResult.Command == owner ? sections : [])
            {
                output.WriteLine(title + ":");
                foreach (string line in lines.SelectMany(l => HelpText.Fold("  " + l, HelpText.Width)))
                {
                    output.WriteLine(line);
                }
                output.WriteLine();
            }
            return code;
        }
    }
}
