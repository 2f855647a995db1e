using System.CommandLine;
using System.Globalization;
using Strata.Advice.Needs;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;

namespace Strata.Cli.Commands.Advising;

/// <summary><c>strata advise</c>: from what binds somebody to an edition, a container base, or another project.</summary>
internal static class AdviseCommand
{
    public static Command Create()
    {
        Option<string?> purpose = new("--for") { Description = "What it is for" };
        purpose.AcceptOnlyFromAmong([.. NeedWords.For]);
        Option<ByteSize?> memory = Size("--memory", "Memory of the machine");
        Option<ByteSize?> disk = Size("--disk", "Room for the image; of a container, for its files");
        Option<string> libc = Word("--libc", "C library that programs need; none for those that bring it", NeedWords.Libc);
        Option<int?> until = new("--until") { Description = "Year in which there still have to be updates", HelpName = "year" };
        Option<string> updates = Word("--updates", "Who brings updates: a person, the machine itself, or what manages many",
            NeedWords.Updates);
        Option<string> firmware = Word("--firmware", "What starts the machine", NeedWords.Firmware);
        Option<bool> json = CommonOptions.Json();
        Command command = new("advise", "Propose what fits a need, here or elsewhere, with measured numbers")
        {
            purpose, memory, disk, libc, until, updates, firmware, json,
        };
        command.SetAction(result =>
        {
            Need need = result.GetValue(purpose) is string said
                ? new Need(
                    said, result.GetValue(memory), result.GetValue(disk), result.GetValue(libc)!, result.GetValue(until),
                    result.GetValue(updates)!, result.GetValue(firmware)!)
                : result.Tokens is [_] && Terminal.IsInteractive && !Console.IsInputRedirected ? NeedQuestions.Ask()
                : throw new UsageException("cannot advise: it is not said what for",
                    $"Say '--for {string.Join("|", NeedWords.For)}'; 'strata advise' alone asks, on a terminal.");
            NeedAdvice advice = Adviser.Advise(need, ShippedData.Home);
            if (result.GetValue(json))
            {
                Terminal.Json(advice, CliJson.Default.NeedAdvice);
                return;
            }
            foreach (string line in Lines(advice).SelectMany(l => HelpText.Fold(l, HelpText.Width)))
            {
                Terminal.Line(line);
            }
        });
        return command.WithExamples(
            "strata advise", "strata advise --for rescue --memory 128M", "strata advise --for container --libc none",
            "strata advise --for device --memory 64M --disk 16M --libc musl",
                "strata advise --for device --updates fleet --until 2032 --json");
    }

    internal static IEnumerable<string> Lines(NeedAdvice advice)
    {
        if (advice.Fits.Count == 0)
        {
            yield return "Nothing that is built here fits.";
        }
        foreach ((int number, ProposedOffer fit) in advice.Fits.Index())
        {
            yield return $"{(number == 0 ? "Take" : "Or")} {fit.Name}: {fit.Does}";
            foreach (ProposedNumber measured in fit.Numbers)
            {
                yield return $"  {measured.Name,-16}{measured.Value}";
            }
            yield return fit.Measured is string day ? $"  {"measured",-16}{day}, {fit.Source}"
                : $"  {"measured",-16}never; its limits are from {fit.NeedsSource}";
            if (fit.Needs() is string needs)
            {
                yield return $"  {"proposed from",-16}{needs}";
            }
            yield return $"  {"caution",-16}{fit.Caution}";
            yield return $"  {"have it with",-16}{fit.Command}";
            yield return "";
        }
        foreach (RefusedOffer refused in advice.DoesNotFit)
        {
            yield return $"Not {refused.Name}: {string.Join("; ", refused.Why)}";
        }
        foreach (string caution in advice.Cautions)
        {
            yield return $"Mind: {caution}.";
        }
        SupportSpan support = advice.Support;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Packages are of {support.Release}, kept until {support.FullUntil}, fewer of them until {support.Until} ")
            + $"({support.Source}, read {support.Seen}).";
        if (advice.Elsewhere.Count > 0)
        {
            yield return "";
            yield return "Elsewhere:";
        }
        foreach (ProposedProject other in advice.Elsewhere)
        {
            yield return $"  {other.Project}: {other.Because} ({other.Url})";
            foreach (CitedNumber said in other.Says)
            {
                yield return $"    it says: {said.What} ({said.Source}, read {said.Seen})";
            }
        }
    }

    private static string? Needs(this ProposedOffer fit)
    {
        string[] limits =
        [
            .. fit.NeedsMemory is long memory ? [$"{new ByteSize(memory)} of memory"] : Array.Empty<string>(),
            .. fit.NeedsDisk is long disk ? [$"{new ByteSize(disk)} of room"] : Array.Empty<string>(),
        ];
        return limits.Length > 0 ? string.Join(", ", limits) : null;
    }

    private static Option<string> Word(string name, string description, IReadOnlyList<string> words)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => words[0] };
        option.AcceptOnlyFromAmong([.. words]);
        return option;
    }

    private static Option<ByteSize?> Size(string name, string description) => new(name)
    {
        Description = description, HelpName = "size",
        CustomParser = argument =>
        {
            if (ByteSize.TryParse(argument.Tokens[0].Value, out ByteSize size))
            {
                return size;
            }
            argument.AddError($"cannot use '{argument.Tokens[0].Value}' for {name}: expected a size such as 64M or 1 GiB");
            return null;
        },
    };
}
