using System.Globalization;
using Spectre.Console;
using Strata.Advice.Needs;
using Strata.Core;

namespace Strata.Cli.Commands.Advising;

/// <summary>Asks a person at a terminal what binds them; an empty answer means that it does not matter.</summary>
internal static class NeedQuestions
{
    private static readonly IReadOnlyList<(string Word, string Means)> s_purposes =
    [
        ("rescue", "repair machines"), ("old-hardware", "use an old machine"), ("desktop", "have a screen and programs"),
        ("container", "run a program in a container"), ("device", "run services on a machine that nobody sits at"),
    ];

    public static Need Ask()
    {
        string purpose = Choose("What is it for?", s_purposes);
        bool isContainer = purpose == "container";
        ByteSize? memory = isContainer ? null : AskSize("How much memory has the machine? (such as 256M)");
        ByteSize? disk = AskSize(isContainer ? "How large may the container be? (such as 20M)"
            : "How much room is there for the image? (such as 2G)");
        string libc = Choose("Which C library do your programs need?",
            [("any", "it does not matter"), ("glibc", "that of Debian"), ("musl", "that of Alpine"),
                ("none", "they are linked statically")]);
        int? until = AskYear();
        string updates = Choose("Who brings updates?",
            [("person", "somebody, by hand"), ("itself", "the machine itself"), ("fleet", "something that manages many machines")]);
        string firmware = isContainer ? NeedWords.Uefi
            : Choose("What starts the machine?", [("uefi", "UEFI"), ("bios", "BIOS, as before 2010")]);
        return new Need(purpose, memory, disk, libc, until, updates, firmware);
    }

    private static string Choose(string question, IReadOnlyList<(string Word, string Means)> choices) => AnsiConsole.Prompt(
        new SelectionPrompt<(string Word, string Means)>().Title(question).UseConverter(c => Markup.Escape(c.Means)).AddChoices(choices))
            .Word;

    private static ByteSize? AskSize(string question)
    {
        string answer = AnsiConsole.Prompt(new TextPrompt<string>(question).AllowEmpty().Validate(
            a => a.Trim().Length == 0 || ByteSize.TryParse(a, out _), "expected a size such as 64M or 1 GiB, or nothing"));
        return ByteSize.TryParse(answer, out ByteSize size) ? size : null;
    }

    private static int? AskYear()
    {
        string answer = AnsiConsole.Prompt(new TextPrompt<string>("Until which year must there be updates?").AllowEmpty().Validate(
            a => a.Trim().Length == 0 || int.TryParse(a, NumberStyles.None, CultureInfo.InvariantCulture, out _),
                "expected a year, or nothing"));
        return int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out int year) ? year : null;
    }
}
