using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Strata.Cli.Commands;

/// <summary>Adds examples and other lists of lines to the help of a command.</summary>
internal static class CommandExamples
{
    /// <summary>Lines shown under <c>Examples:</c> by <c>--help</c>.</summary>
    public static Command WithExamples(this Command command, params string[] examples) => command.WithHelp(("Examples", examples));

    /// <summary>Sections that <c>--help</c> shows at its end.</summary>
    public static Command WithHelp(this Command command, params (string Title, IReadOnlyList<string> Lines)[] sections)
    {
        HelpOption help = new();
        help.Action = new HelpWithSections((HelpAction)help.Action!, sections);
        command.Options.Add(help);
        return command;
    }

    private sealed class HelpWithSections(HelpAction help, (string Title, IReadOnlyList<string> Lines)[] sections) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            foreach ((string title, IReadOnlyList<string> lines) in sections)
            {
                output.WriteLine(title + ":");
                foreach (string line in lines)
                {
                    output.WriteLine("  " + line);
                }
                output.WriteLine();
            }
            return code;
        }
    }
}
