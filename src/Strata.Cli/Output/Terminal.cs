using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Strata.Cli.Output;

/// <summary>Where results, progress and errors go: results to standard output, everything else to standard error.</summary>
/// <remarks>When an output is no terminal it gets plain text: no colour, no boxes, no moving parts.</remarks>
internal sealed class Terminal
{
    private const int MostRepeated = 5;

    private readonly IAnsiConsole _out = AnsiConsole.Create(new AnsiConsoleSettings());

    /// <summary>Draws tables and trees on standard output.</summary>
    public IAnsiConsole Out => _out;

    /// <summary>Columns that a line has; without end when standard output is no terminal.</summary>
    public int Width => IsInteractive ? _out.Profile.Width : int.MaxValue;

    /// <summary>True when a person watches standard output.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected;

    /// <summary>A line of result.</summary>
    public static void Line(string text = "") => Console.Out.WriteLine(text);

    /// <summary>A line for the person, not part of the result.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);

    /// <summary>
    /// One object as JSON; the whole result of a command under <c>--json</c>. An object also has the warnings of the run, a list has not.
    /// </summary>
    public static void Json<T>(T value, JsonTypeInfo<T> type)
    {
        JsonNode? result = JsonSerializer.SerializeToNode(value, type);
        if (result is JsonObject members)
        {
            members.Add("warnings", new JsonArray([.. RecordedWarnings.All.Select(w => JsonValue.Create(w))]));
        }
        // a version is 1.0+deb13u1 and not 1.0\u002Bdeb13u1; control characters stay escaped
        JsonSerializerOptions readable = new(type.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        Console.Out.WriteLine(result?.ToJsonString(readable) ?? "null");
    }

    /// <summary>An error: one line, a hint, and the last warnings, which may be the reason and have scrolled away.</summary>
    public static void Error(string message, string? hint)
    {
        bool colour = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        Console.Error.WriteLine(colour ? $"\e[31merror:\e[0m {message}" : $"error: {message}");
        if (hint is not null)
        {
            Console.Error.WriteLine(colour ? $"\e[2mhint:\e[0m  {hint}" : $"hint:  {hint}");
        }
        foreach (string warning in RecordedWarnings.All.Where(w => !message.Contains(w, StringComparison.Ordinal)).TakeLast(MostRepeated))
        {
            Console.Error.WriteLine($"       warned before: {warning}");
        }
    }

    /// <summary>A table: boxed and aligned for a person, tab-separated lines otherwise.</summary>
    public void Table(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!IsInteractive)
        {
            Line(string.Join('\t', columns.Select(c => c.Title)));
            foreach (IReadOnlyList<string> row in rows)
            {
                Line(string.Join('\t', row));
            }
            return;
        }
        Table table = new() { Border = TableBorder.Rounded };
        table.BorderColor(Color.Grey);
        foreach (Column column in columns)
        {
            TableColumn c = new(new Markup($"[bold]{Markup.Escape(column.Title)}[/]")) { Alignment = column.IsNumber ? Justify.Right : Justify.Left };
            table.AddColumn(column.IsNumber ? c.NoWrap() : c);
        }
        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow(row.Select(t => new Text(t)));
        }
        _out.Write(table);
    }

    /// <summary>Runs work while showing how far it is.</summary>
    public static async Task<T> WithProgressAsync<T>(Func<Core.Progress.IProgressReporter, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(new RecordedWarnings(new PlainProgress(Console.Error)));
        }
        using LiveProgress progress = new(Console.Error);
        return await work(new RecordedWarnings(progress));
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Title">Heading.</param>
/// <param name="IsNumber">Right-aligned, never wrapped.</param>
internal readonly record struct Column(string Title, bool IsNumber = false)
{
    public static implicit operator Column(string title) => new(title);
}
