using Strata.Composition.Scripts.Shell;

namespace Strata.Composition.Scripts.Commands;

/// <summary>debconf as it is when it asks nobody (<c>DEBIAN_FRONTEND=noninteractive</c>): questions have their defaults, or what scripts
/// set.</summary>
internal static class DebconfCommands
{
    private const int Skipped = 30; // debconf-devel(7): the question was not asked
    private const int NoSuchQuestion = 10;

    // asks which of several display managers starts: the first that is configured, as the scripts of the others leave its answer alone
    private const string DisplayManager = "shared/default-x-display-manager";

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["db_get"] = (_, c) => Get(c),
            ["db_set"] = (_, c) => Set(c),
            ["db_reset"] = (_, c) => Reset(c),
            ["db_fget"] = (_, c) => Unknown(c),
            ["db_metaget"] = (_, c) => Unknown(c),
            ["db_info"] = (_, _) => 0,
            ["db_input"] = (_, _) => Skipped,
            ["db_text"] = (_, _) => Skipped,
            ["db_go"] = (_, _) => 0,
            ["db_fset"] = (_, _) => 0,
            ["db_subst"] = (_, _) => 0,
            ["db_register"] = (_, _) => 0,
            ["db_unregister"] = (_, _) => 0,
            ["db_purge"] = (_, _) => 0,
            ["db_stop"] = (_, _) => 0,
            ["db_title"] = (_, _) => 0,
            ["db_settitle"] = (_, _) => 0,
            ["db_beginblock"] = (_, _) => 0,
            ["db_endblock"] = (_, _) => 0,
            ["db_progress"] = (_, _) => 0,
            ["db_x_loadtemplatefile"] = (_, _) => 0,
            ["db_version"] = (_, c) => Answer(c, "2.0"),
            ["db_capb"] = (_, c) => Answer(c, ""),
        };

    private static int? Answer(CommandCall call, string? answer)
    {
        call.State.Variables["RET"] = answer;
        return 0;
    }

    private static int? Unknown(CommandCall call) => Answer(call, null);

    private static int? Get(CommandCall call)
    {
        if (call.Arguments is not [string question, ..])
        {
            return Unknown(call);
        }
        if (call.State.Answers.TryGetValue(question, out string? answer) || call.State.Templates?.TryGet(question, out answer) == true)
        {
            return Answer(call, answer ?? (question == DisplayManager ? call.State.Files.Package : null));
        }
        Answer(call, null);
        bool isOwn = question.StartsWith(call.State.Files.Package + "/", StringComparison.Ordinal); // and its package asks nothing
        return call.State.Templates is null && !isOwn ? null : NoSuchQuestion;
    }

    private static int? Set(CommandCall call)
    {
        if (call.Arguments is not [string question, ..])
        {
            throw call.NotUnderstood("which question of debconf it answers is known only while it runs");
        }
        call.State.Answers[question] = call.Arguments.Count == 2 ? call.Arguments[1] : call.Arguments.Contains(null) ? null
            : string.Join(' ', call.Arguments.Skip(1));
        return 0;
    }

    private static int? Reset(CommandCall call)
    {
        if (call.Arguments is [string question])
        {
            call.State.Answers.Remove(question);
        }
        return 0;
    }
}
