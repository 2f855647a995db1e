using System.CommandLine;
using System.CommandLine.Parsing;
using Strata.Cli.Commands;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;

namespace Strata.Cli;

/// <summary>The program: parses, wires, and turns outcomes into exit codes: 0 done, 1 failed, 2 not understood.</summary>
internal static class Program
{
    private static bool IsDebugging => Environment.GetEnvironmentVariable("STRATA_DEBUG") is { Length: > 0 };

    internal static async Task<int> Main(string[] arguments)
    {
        NativeMemory.GiveBackLargeBlocks();
        RootCommand root;
        try
        {
            root = StrataCommand.Create();
        }
        catch (TypeInitializationException e) when (e.InnerException is StrataException cause) // the data it comes with is not found
        {
            Terminal.Error(cause.Message, cause.Hint);
            return 1;
        }
        ParseResult parsed = root.Parse(arguments);
        // 'strata scam --help': help forgives what else stands there, but of what there is not nobody can be told.
        // A shell that asks what could come next ('[suggest:4]') has not finished its words.
        bool isAsked = parsed.Tokens is [{ Type: TokenType.Directive }, ..];
        if (parsed.Errors.Count > 0 || (parsed.UnmatchedTokens.Count > 0 && !isAsked))
        {
            return await Misunderstanding.ExplainAsync(parsed);
        }
        if (Misunderstanding.EmptyWord(parsed) is string name)
        {
            Terminal.Error($"cannot use '' for {name}: it is empty", Misunderstanding.HintFor(parsed.CommandResult.Command));
            return 2;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
        }
        catch (UsageException e)
        {
            Terminal.Error(e.Message, e.Hint ?? Misunderstanding.HintFor(parsed.CommandResult.Command));
            return 2;
        }
        catch (StrataException e)
        {
            Terminal.Error(e.Message, e.Hint);
            return 1;
        }
        catch (ImageFormatException e)
        {
            Terminal.Error($"cannot read what was found: {e.Message}", "'strata store verify' tells whether the store is damaged.");
            return 1;
        }
        catch (OperationCanceledException)
        {
            Terminal.Error("interrupted", "What was finished is kept; the same command goes on from there.");
            return 1;
        }
        catch (Exception e) when (!IsDebugging && (e is IOException or UnauthorizedAccessException))
        {
            Terminal.Error($"cannot go on: {e.Message}", "Is there room, and may you write there? 'strata doctor' looks at the usual causes.");
            return 1;
        }
        catch (Exception e) when (!IsDebugging)
        {
            Terminal.Error($"a defect in strata: {e.GetType().Name}: {e.Message}", "STRATA_DEBUG=1 shows where; please report it.");
            return 1;
        }
    }
}
