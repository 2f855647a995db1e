using System.CommandLine;
using System.CommandLine.Parsing;
using Strata.Blueprints;
using Strata.Blueprints.Extending;
using Strata.Core;

namespace Strata.Cli.Wiring;

/// <summary>Options and arguments that several commands share.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Store = new("--store")
    {
        Description = "Folder of the store (else STRATA_STORE, $XDG_CACHE_HOME/strata, ~/.cache/strata)", Recursive = true, HelpName = "folder",
    };

    public static readonly Option<bool> Offline = new("--offline") { Description = "Use only what is in the store", Recursive = true };

    public static readonly Option<bool> TrustLock = new("--trust-lock")
    {
        Description = "Use the tools that a lock names although no signed index lists them", Recursive = true,
    };

    public static readonly Option<bool> AllowOlder = new("--allow-older")
    {
        Description = "Take an archive's release even when a newer one was accepted before", Recursive = true,
    };

    public static readonly Option<bool> Locked = new("--locked") { Description = "Build from the edition's strata.lock and refuse anything else" };

    public static readonly Option<bool> Emulate = new("--emulate") { Description = "Do not use KVM even where it works" };

    /// <summary>Values of variables of a blueprint; part of every command with an <see cref="EditionArgument"/>.</summary>
    public static readonly Option<string[]> Set = VariableSetting();

    /// <summary>A file of such values.</summary>
    public static readonly Option<string?> Variables = new("--variables")
    {
        Description = "YAML file with values of variables, 'site: berlin' on a line each", HelpName = "file",
    };

    /// <param name="name">What usage calls it where it may be something else too.</param>
    public static Argument<string> Edition(string name = "edition")
    {
        EditionArgument edition =
            new(name) { Description = "Name of an edition, or path to a folder with an edition.yaml", HelpName = name };
        edition.CompletionSources.Add(_ => new Catalog(ShippedData.CatalogFolders()).EditionNames());
        edition.Validators.Add(result =>
        {
            // an option that does not exist would be taken for an edition of that name
            if (result.Tokens is [{ Value: ['-', ..] word }] && result.Parent is CommandResult { Command: Command command })
            {
                result.AddError($"'{word}' is no option{NearMiss.Suggestion(word, command.Options.Select(o => o.Name))}");
            }
        });
        return edition;
    }

    /// <summary>Gives each command that takes an edition what stands for its variables.</summary>
    public static void AddVariables(Command command)
    {
        if (command.Arguments.Any(a => a is EditionArgument or EditionArguments))
        {
            command.Options.Add(Set);
            command.Options.Add(Variables);
        }
        foreach (Command below in command.Subcommands)
        {
            AddVariables(below);
        }
    }

    private static Option<string[]> VariableSetting()
    {
        Option<string[]> set = new("--set")
        {
            Description = "Value of a variable of the blueprint; may be repeated", HelpName = "name=value", Arity = ArgumentArity.OneOrMore,
        };
        set.Validators.Add(result =>
        {
            if (VariableValues.ProblemOf([.. result.Tokens.Select(t => t.Value)]) is string problem)
            {
                result.AddError(problem);
            }
        });
        return set;
    }

    public static Option<bool> Json() => new("--json") { Description = "Print JSON" };

    /// <summary>How many rows of a table; <see cref="MostOf"/> makes a limit of its value.</summary>
    public static Option<int> Top(string description)
    {
        Option<int> top = new("--top") { Description = $"{description}; 0 for all", DefaultValueFactory = _ => 25, HelpName = "number" };
        top.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, out int number) && number < 0)
            {
                result.AddError($"cannot use '{text}' for --top: expected 0 for all, or a number of rows");
            }
        });
        return top;
    }

    public static int MostOf(int top) => top == 0 ? int.MaxValue : top;

    public static Option<string> Output() => new("--output", "-o")
    {
        Description = "Folder for the results", DefaultValueFactory = _ => "out", HelpName = "folder",
    };
}

/// <summary>An argument that names an edition, or something else in place of one.</summary>
internal sealed class EditionArgument(string name) : Argument<string>(name);

/// <summary>An argument that names several editions.</summary>
internal sealed class EditionArguments(string name) : Argument<string[]>(name);
