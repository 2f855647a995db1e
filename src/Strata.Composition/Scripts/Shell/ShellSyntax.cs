namespace Strata.Composition.Scripts.Shell;

/// <summary>A command of a POSIX shell script (XCU 2.9).</summary>
/// <param name="Line">Where it begins, from 1.</param>
internal abstract record ShellCommand(int Line);

/// <summary>Assignments, a command and its arguments, redirections.</summary>
internal sealed record SimpleCommand(
    int Line, IReadOnlyList<(string Name, ShellWord Value)> Assignments, IReadOnlyList<ShellWord> Words,
        IReadOnlyList<Redirection> Redirections)
    : ShellCommand(Line);

/// <summary>Commands of which each reads what the one before it writes.</summary>
internal sealed record Pipeline(int Line, IReadOnlyList<ShellCommand> Commands, bool IsNegated) : ShellCommand(Line);

/// <summary><c>a &amp;&amp; b</c>, <c>a || b</c>.</summary>
internal sealed record AndOr(int Line, ShellCommand Left, bool IsAnd, ShellCommand Right) : ShellCommand(Line);

/// <summary>One after the other; nothing at all when empty.</summary>
internal sealed record CommandList(int Line, IReadOnlyList<ShellCommand> Commands) : ShellCommand(Line);

/// <summary><c>if … elif … else … fi</c>.</summary>
internal sealed record IfCommand(int Line, IReadOnlyList<(CommandList Condition, CommandList Body)> Branches, CommandList? Otherwise)
    : ShellCommand(Line);

/// <summary><c>for NAME in WORDS; do … done</c>; the script's arguments without words.</summary>
internal sealed record ForCommand(int Line, string Name, IReadOnlyList<ShellWord>? Words, CommandList Body) : ShellCommand(Line);

/// <summary><c>while … do … done</c>, or <c>until</c>.</summary>
internal sealed record LoopCommand(int Line, CommandList Condition, CommandList Body, bool IsUntil) : ShellCommand(Line);

/// <summary><c>case WORD in PATTERN) … ;; esac</c>.</summary>
internal sealed record CaseCommand(int Line, ShellWord Word, IReadOnlyList<(IReadOnlyList<ShellWord> Patterns, CommandList Body)> Items)
    : ShellCommand(Line);

/// <summary><c>{ … }</c> or <c>( … )</c>, and the redirections behind any compound command.</summary>
internal sealed record GroupCommand(int Line, ShellCommand Body, bool IsSubshell, IReadOnlyList<Redirection> Redirections)
    : ShellCommand(Line);

/// <summary><c>a &amp;</c>.</summary>
internal sealed record BackgroundCommand(int Line, ShellCommand Body) : ShellCommand(Line);

/// <summary><c>NAME() { … }</c>.</summary>
internal sealed record FunctionDefinition(int Line, string Name, ShellCommand Body) : ShellCommand(Line);

/// <summary>A redirection: <c>2&gt;/dev/null</c>, <c>&lt;&lt;EOF</c>.</summary>
/// <param name="Descriptor">The file descriptor.</param>
/// <param name="Operator"><c>&lt;</c>, <c>&gt;</c>, <c>&gt;&gt;</c>, <c>&gt;&amp;</c>, <c>&lt;&amp;</c> or <c>&lt;&lt;</c>.</param>
/// <param name="Target">A file, a descriptor, or the text of a here-document.</param>
internal sealed record Redirection(int Descriptor, string Operator, ShellWord Target);

/// <summary>A word before its expansion.</summary>
internal sealed record ShellWord(IReadOnlyList<WordPart> Parts);

/// <summary>A part of a word.</summary>
/// <param name="IsQuoted">Quoted parts are neither split into fields nor patterns.</param>
internal abstract record WordPart(bool IsQuoted);

/// <summary>Text as it stands.</summary>
internal sealed record LiteralPart(string Text, bool IsQuoted) : WordPart(IsQuoted);

/// <summary><c>$NAME</c>, <c>${NAME:-WORD}</c>.</summary>
internal sealed record ParameterPart(string Name, string Operator, ShellWord? Argument, bool IsQuoted) : WordPart(IsQuoted);

/// <summary><c>$( … )</c>.</summary>
internal sealed record SubstitutionPart(CommandList Commands, bool IsQuoted) : WordPart(IsQuoted);

/// <summary><c>$(( … ))</c>, which is not calculated.</summary>
internal sealed record ArithmeticPart(bool IsQuoted) : WordPart(IsQuoted);

/// <summary>Text that is no script as this reader knows them.</summary>
/// <param name="line">Where, from 1.</param>
/// <param name="problem">What is wrong.</param>
internal sealed class ShellSyntaxException(int line, string problem) : Exception(problem)
{
    /// <summary>Where, from 1.</summary>
    public int Line { get; } = line;
}
