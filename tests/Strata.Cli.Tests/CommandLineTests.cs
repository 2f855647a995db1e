using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text;
using Strata.Cli.Commands;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary>Every command with the words that it takes: scripts of others rely on them.</summary>
public class CommandLineTests
{
    [Fact]
    public void Create_Commands_TakeTheseWords()
    {
        StringBuilder text = new();
        Tell(StrataCommand.Create(), "strata", text);
        Golden.Same("command-line", text.ToString());
    }

    private static void Tell(Command command, string name, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"== {name}: {command.Description}\n");
        foreach (Argument argument in command.Arguments)
        {
            string usual = argument.HasDefaultValue ? Default(argument.GetDefaultValue()) : "";
            text.Append(CultureInfo.InvariantCulture, $"{argument.Name} {Arity(argument.Arity)}{usual}: {argument.Description}\n");
        }
        foreach (Option option in command.Options)
        {
            string[] words = [.. option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];
            text.Append(CultureInfo.InvariantCulture, $"{string.Join(' ', [option.Name, .. option.Aliases])} {Arity(option.Arity)}")
                .Append(option.Required ? " required" : "").Append(option.Recursive ? " everywhere" : "")
                .Append(option.Hidden ? " hidden" : "")
                .Append(option.HasDefaultValue ? Default(option.GetDefaultValue()) : "")
                .Append(CultureInfo.InvariantCulture, $" <{option.HelpName}> [{string.Join('|', words)}]: {option.Description}\n");
        }
        foreach (Command below in command.Subcommands)
        {
            Tell(below, $"{name} {below.Name}", text);
        }
    }

    private static string Arity(ArgumentArity arity) => $"{arity.MinimumNumberOfValues}-{arity.MaximumNumberOfValues}";

    private static string Default(object? value) => value is Array all
        ? $" else [{string.Join(' ', all.Cast<object>())}]" : $" else '{value}'";
}
