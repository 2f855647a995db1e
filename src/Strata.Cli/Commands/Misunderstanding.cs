using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using Strata.Cli.Output;
using Strata.Core;

namespace Strata.Cli.Commands;

/// <summary>Says what of a command line was not understood, with the nearest word that would have been.</summary>
internal static class Misunderstanding
{
    private const int ExitCode = 2;

    /// <summary>Prints one error and a hint; the usage only where a command is missing. Returns the exit code.</summary>
    public static async Task<int> ExplainAsync(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count == 0 && command.Subcommands.Count > 0)
        {
            await parsed.InvokeAsync(); // a command is missing: what there is helps more than a sentence
            return ExitCode;
        }
        string path = PathOf(command);
        Terminal.Error(Problem(parsed, command, path), HintFor(command));
        return ExitCode;
    }

    /// <summary>The argument or option that was given an empty word, which a variable of a script that is not set becomes; null when there is none.</summary>
    /// <remarks>Words for the kernel command line may be none.</remarks>
    public static string? EmptyWord(ParseResult parsed) => parsed.CommandResult.Children.Where(r => r.Tokens.Any(t => t.Value.Length == 0)).Select(r => r switch
    {
        OptionResult { Option.Name: not "--append" and var name } => name,
        ArgumentResult argument => argument.Argument.Name,
        _ => null,
    }).OfType<string>().FirstOrDefault();

    /// <summary>Where a person learns what a command takes.</summary>
    public static string HintFor(Command command) => $"'{PathOf(command)} --help' {(command.Subcommands.Count > 0 ? "lists what there is" : "shows what it takes")}.";

    private static string Problem(ParseResult parsed, Command command, string path)
    {
        if (parsed.UnmatchedTokens is not [string word, ..])
        {
            return command.Options.Select(o => ProblemOf(parsed.GetResult(o))).OfType<string>().FirstOrDefault() ?? parsed.Errors[0].Message.ReplaceLineEndings(" ").Replace("\t", "", StringComparison.Ordinal).TrimEnd('.');
        }
        if (word.StartsWith('-'))
        {
            return $"'{word}' is no option of '{path}'{NearMiss.Suggestion(word, Options(command).Select(o => o.Name))}";
        }
        return command.Subcommands.Count > 0
            ? $"'{word}' is no command of '{path}'{NearMiss.Suggestion(word, command.Subcommands.Select(c => c.Name))}"
            : $"'{word}' is more than '{path}' takes";
    }

    /// <summary>What is wrong with the value of an option, in words of the option rather than of the parser; null when that is for the parser to say.</summary>
    private static string? ProblemOf(OptionResult? result)
    {
        if (result is not { Tokens: [.., { Value: string given }] } || !result.Errors.Any())
        {
            return null;
        }
        string[] words = [.. result.Option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];
        return words.Length > 0 ? $"cannot use '{given}' for {result.Option.Name}: expected {string.Join(", ", words[..^1])} or {words[^1]}{NearMiss.Suggestion(given, words)}"
            : (Nullable.GetUnderlyingType(result.Option.ValueType) ?? result.Option.ValueType) == typeof(int) && !int.TryParse(given, out _) ? $"cannot use '{given}' for {result.Option.Name}: expected a whole number"
            : null;
    }

    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(Above(command).SelectMany(c => c.Options.Where(o => o.Recursive)));

    private static IEnumerable<Command> Above(Command command)
    {
        for (Command? above = command.Parents.OfType<Command>().FirstOrDefault(); above is not null; above = above.Parents.OfType<Command>().FirstOrDefault())
        {
            yield return above;
        }
    }

    private static string PathOf(Command command) =>
        string.Join(' ', Above(command).Prepend(command).Reverse().Select(c => c is RootCommand ? "strata" : c.Name));
}
