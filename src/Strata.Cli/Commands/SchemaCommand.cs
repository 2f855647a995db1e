using System.CommandLine;
using Strata.Core;

namespace Strata.Cli.Commands;

/// <summary><c>strata schema</c>: the shape of the files that people write, as JSON Schema.</summary>
internal static class SchemaCommand
{
    private static readonly string[] s_kinds = ["edition", "capability", "machine", "edition-tests", "kernel-profile", "kernel-rules",
        "kernel-exceptions", "kernel-ladder"];

    public static Command Create()
    {
        Argument<string> kind = new("kind")
        {
            Description = string.Join(", ", s_kinds), HelpName = "kind", Arity = ArgumentArity.ExactlyOne,
        };
        kind.AcceptOnlyFromAmong(s_kinds);
        Command command = new("schema", "Print the JSON Schema of a kind of file that people write") { kind };
        command.SetAction(result =>
        {
            string name = $"schemas/{result.GetValue(kind)}.schema.json";
            using Stream schema = typeof(SchemaCommand).Assembly.GetManifestResourceStream(name) ?? throw new StrataException($"cannot find {name} in the program");
            using StreamReader reader = new(schema);
            Console.Out.Write(reader.ReadToEnd());
        });
        return command.WithExamples("strata schema capability > capability.schema.json");
    }
}
