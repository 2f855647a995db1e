using System.CommandLine;

namespace Strata.Cli.Commands;

/// <summary><c>strata completion SHELL</c>: a script that makes the shell ask strata itself what could come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _strata() {
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _strata strata ./strata

        """;

    private const string Zsh = """
        _strata() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _strata strata

        """;

    private const string Fish = """
        complete -c strata -a '(set -l words (commandline -opc); set -l line (commandline -cp); $words[1] "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'

        """;

    public static Command Create()
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh or fish", HelpName = "shell" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", "Print a completion script for a shell") { shell };
        command.SetAction(result => Console.Out.Write(result.GetValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash }));
        return command.WithExamples("source <(strata completion bash)", "strata completion fish > ~/.config/fish/completions/strata.fish");
    }
}
