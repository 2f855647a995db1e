using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Strata.Cli.Commands;

/// <summary>Adds examples to the help of a command.</summary>
internal static class CommandExamples
{
    /// <summary>Lines shown under <c>Examples:</c> by <c>--help</c>.</summary>
    public static Command WithExamples(this Command command, params string[] examples)
    {
        HelpOption help = new();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        command.Options.Add(help);
        return command;
    }

    private sealed class HelpWithExamples(HelpAction help, string[] examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine("  " + example);
            }
            output.WriteLine();
            return code;
        }
    }
}
