using System.Runtime.CompilerServices;
using System.Text;

namespace Strata.Composition.Scripts.Shell;

/// <summary>What a command reads and writes.</summary>
/// <param name="Input">What it can read.</param>
/// <param name="Output">Collects what it writes; null when nobody reads it.</param>
internal sealed record ShellStreams(ShellInput Input, ShellOutput? Output)
{
    /// <summary>Nothing to read, nobody reads.</summary>
    public static ShellStreams None { get; } = new(ShellInput.Empty, null);
}

/// <summary>What a command wrote.</summary>
internal sealed class ShellOutput
{
    private const int MostCharacters = 1 << 20;
    private readonly StringBuilder _text = new();

    /// <summary>True when it wrote something that only a running machine would know.</summary>
    public bool IsUnknown { get; set; }

    /// <summary>The text; null when it is not known.</summary>
    public string? Text => IsUnknown ? null : _text.ToString();

    /// <summary>Adds to it.</summary>
    public void Write(string? text)
    {
        IsUnknown |= text is null || _text.Length + text.Length > MostCharacters;
        _text.Append(IsUnknown ? "" : text);
    }
}

/// <summary>
/// Follows a script through a fresh installation: what its conditions ask is answered from the image that is being made, and each command
/// does to that image what is declared of it. Where only a running machine could answer, both ways are followed, and they must come to the
/// same. Nothing of it runs on the host.
/// </summary>
/// <param name="commands">Does one command; throws when it is not known.</param>
internal sealed class ShellMachine(Func<ShellMachine, CommandCall, int?> commands)
{
    /// <summary>Stands for the number of an account that has none yet.</summary>
    public const string UnknownNumber = "\uFFFD";

    private const int MostSteps = 50_000;
    private const int DeepestCall = 40;
    private int _steps;
    private int _depth;

    /// <summary>Everything that changes.</summary>
    public required ShellState State { get; set; }

    /// <summary>Follows a list of commands to its end.</summary>
    /// <param name="list">The commands.</param>
    /// <returns>Its status.</returns>
    /// <exception cref="NotUnderstoodException">It comes to something that nobody declared.</exception>
    public int? RunToEnd(CommandList list)
    {
        try
        {
            return Run(list, ShellStreams.None, isAsked: false);
        }
        catch (ScriptExitException e)
        {
            return e.Status;
        }
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="streams">What it reads and writes.</param>
    /// <param name="isAsked">True when its failure is an answer and ends nothing.</param>
    public int? Run(ShellCommand command, ShellStreams streams, bool isAsked)
    {
        if (++_steps > MostSteps)
        {
            throw new NotUnderstoodException(command.Line, "it does not come to an end");
        }
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new NotUnderstoodException(command.Line, "it is nested too deeply");
        }
        int? status = command switch
        {
            SimpleCommand simple => RunSimple(simple, streams, isAsked),
            CommandList list => RunList(list, streams, isAsked),
            AndOr andOr => RunAndOr(andOr, streams, isAsked),
            Pipeline pipeline => RunPipeline(pipeline, streams, isAsked),
            IfCommand choice => RunIf(choice, 0, streams, isAsked),
            CaseCommand choice => RunCase(choice, streams, isAsked),
            ForCommand loop => RunFor(loop, streams, isAsked),
            LoopCommand loop => RunLoop(loop, streams, isAsked),
            GroupCommand group => RunGroup(group, streams, isAsked),
            BackgroundCommand background => RunInBackground(background, streams),
            FunctionDefinition function => Define(function),
            _ => throw new NotUnderstoodException(command.Line, "it is of a kind that is not known"),
        };
        State.Status = status;
        return status;
    }

    private int? Define(FunctionDefinition function)
    {
        State.Functions[function.Name] = function.Body;
        return 0;
    }

    // nobody waits for it, and it changes the image all the same
    private int? RunInBackground(BackgroundCommand background, ShellStreams streams)
    {
        _ = Apart(streams, () => Run(background.Body, streams, isAsked: true));
        return 0;
    }

    private int? RunList(CommandList list, ShellStreams streams, bool isAsked)
    {
        int? status = 0;
        foreach (ShellCommand command in list.Commands)
        {
            status = Run(command, streams, isAsked);
        }
        return status;
    }

    private int? RunSimple(SimpleCommand simple, ShellStreams streams, bool isAsked)
    {
        int? substituted = null;
        bool hasSubstituted = false;
        Expansion expansion = new(State, list =>
        {
            hasSubstituted = true;
            (string? text, substituted) = Substitute(list);
            return text;
        });
        List<string?> fields = expansion.Fields(simple.Words);
        Dictionary<string, (bool WasSet, string? Value)> before = [];
        foreach ((string name, ShellWord value) in simple.Assignments)
        {
            before.TryAdd(name, (State.Variables.TryGetValue(name, out string? old), old));
            string? text = expansion.Text(value);
            State.Variables[name] = text;
        }
        int? status;
        if (fields.Count == 0)
        {
            status = hasSubstituted ? substituted : 0;
            _ = new RedirectedStreams(this, expansion, simple.Line, streams, simple.Redirections).Close(); // ": > file" without the colon
        }
        else
        {
            RedirectedStreams redirected = new(this, expansion, simple.Line, streams, simple.Redirections);
            status = Call(fields, simple.Line, redirected.Streams, isAsked);
            redirected.Close();
            foreach ((string name, (bool wasSet, string? value)) in before)
            {
                _ = wasSet ? State.Variables[name] = value : State.Variables.Remove(name) ? null : null;
            }
        }
        return isAsked || !State.EndsOnFailure || status is null or 0 ? status : throw Failure(simple.Line, status);
    }

    private ScriptExitException Failure(int line, int? status, bool isMeant = false)
    {
        State.FailedLine = line;
        return new ScriptExitException(status, isMeant);
    }

    private int? Call(List<string?> fields, int line, ShellStreams streams, bool isAsked)
    {
        if (fields[0] is not string name)
        {
            throw new NotUnderstoodException(line, "which program it calls is known only while it runs");
        }
        if (!State.Functions.TryGetValue(name, out ShellCommand? body))
        {
            return RunCommand(new CommandCall(State, [.. fields.Skip(1)], streams, line) { Name = name, IsAsked = isAsked });
        }
        if (++_depth > DeepestCall)
        {
            throw new NotUnderstoodException(line, $"'{name}' calls itself too often");
        }
        IReadOnlyList<string?> parameters = State.Parameters;
        Dictionary<string, string?>? outer = State.Hidden;
        State.Parameters = [.. fields.Skip(1)];
        State.Hidden = new(StringComparer.Ordinal);
        try
        {
            return Run(body, streams, isAsked);
        }
        catch (FunctionReturnException e)
        {
            return e.Status;
        }
        finally
        {
            _depth--;
            State.Parameters = parameters;
            State.Reveal(outer);
        }
    }

    /// <summary>Follows a program: in a state of its own, of which stays what it did to the image.</summary>
    /// <param name="call">How it is called.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="body">What it says.</param>
    /// <param name="endsOnFailure">True when its first line says <c>-e</c>.</param>
    public int? RunProgram(CommandCall call, string path, CommandList body, bool endsOnFailure)
    {
        if (++_depth > DeepestCall)
        {
            throw new NotUnderstoodException(call.Line, $"'{call.Name}' calls itself too often");
        }
        (int? status, _) = Apart(call.Streams, () =>
        {
            State.Functions.Clear();
            State.Variables["0"] = path;
            (State.Parameters, State.EndsOnFailure) = ([.. call.Arguments], endsOnFailure);
            return Run(body, call.Streams, isAsked: false);
        });
        _depth--;
        return status;
    }

    /// <summary>Runs a command that is no function.</summary>
    public int? RunCommand(CommandCall call) => commands(this, call);

    private int? RunAndOr(AndOr andOr, ShellStreams streams, bool isAsked)
    {
        int? left = Run(andOr.Left, streams, isAsked: true);
        return left is null ? Either(andOr.Line, streams, () => andOr.IsAnd ? 1 : 0, () => Run(andOr.Right, streams, isAsked))
            : left == 0 == andOr.IsAnd ? Run(andOr.Right, streams, isAsked) : left;
    }

    private int? RunPipeline(Pipeline pipeline, ShellStreams streams, bool isAsked)
    {
        int? status = 0;
        ShellInput input = streams.Input;
        for (int i = 0; i < pipeline.Commands.Count; i++)
        {
            bool isLast = i == pipeline.Commands.Count - 1;
            ShellOutput? output = isLast ? streams.Output : new ShellOutput();
            status = Run(pipeline.Commands[i], new ShellStreams(input, output), isAsked: isAsked || !isLast || pipeline.IsNegated);
            input = isLast ? input : new ShellInput(output!.Text);
        }
        return !pipeline.IsNegated ? status : status is null ? null : status == 0 ? 1 : 0;
    }

    private int? RunIf(IfCommand choice, int branch, ShellStreams streams, bool isAsked)
    {
        if (branch == choice.Branches.Count)
        {
            return choice.Otherwise is null ? 0 : Run(choice.Otherwise, streams, isAsked);
        }
        (CommandList condition, CommandList body) = choice.Branches[branch];
        int? answer = Run(condition, streams, isAsked: true);
        return answer is null ? Either(condition.Line, streams, () => Run(body, streams, isAsked), () =>
            RunIf(choice, branch + 1, streams, isAsked))
            : answer == 0 ? Run(body, streams, isAsked) : RunIf(choice, branch + 1, streams, isAsked);
    }

    private int? RunCase(CaseCommand choice, ShellStreams streams, bool isAsked)
    {
        string? word = Expansion().Text(choice.Word);
        return From(0);

        int? From(int item)
        {
            if (item == choice.Items.Count)
            {
                return 0;
            }
            (IReadOnlyList<ShellWord> patterns, CommandList body) = choice.Items[item];
            List<string?> expanded = [.. patterns.Select(Expansion().Pattern)];
            bool isForAll = expanded.Contains("*");
            return word is null && !isForAll || expanded.Contains(null)
                ? Either(choice.Line, streams, () => Run(body, streams, isAsked), () => From(item + 1))
                : isForAll || expanded.Any(p => ShellPattern.Matches(p!, word!)) ? Run(body, streams, isAsked) : From(item + 1);
        }
    }

    private int? RunFor(ForCommand loop, ShellStreams streams, bool isAsked)
    {
        int? status = 0;
        foreach (string? value in loop.Words is null ? State.Parameters : Expansion().Fields(loop.Words))
        {
            State.Variables[loop.Name] = value;
            try
            {
                status = Run(loop.Body, streams, isAsked);
            }
            catch (LoopException e)
            {
                if (e.IsBreak)
                {
                    break;
                }
            }
        }
        return status;
    }

    private int? RunLoop(LoopCommand loop, ShellStreams streams, bool isAsked)
    {
        int? status = 0;
        while (true)
        {
            int? answer = Run(loop.Condition, streams, isAsked: true);
            if (answer is null)
            {
                // how often is not known: once must come to the same as never
                ShellStreams unknown = streams with { Input = new ShellInput(null) };
                return Either(loop.Line, streams, () => Run(loop.Body, unknown, isAsked), () => status);
            }
            if (answer == 0 == loop.IsUntil)
            {
                return status;
            }
            try
            {
                status = Run(loop.Body, streams, isAsked);
            }
            catch (LoopException e)
            {
                if (e.IsBreak)
                {
                    return status;
                }
            }
        }
    }

    private int? RunGroup(GroupCommand group, ShellStreams streams, bool isAsked)
    {
        RedirectedStreams redirected = new(this, Expansion(), group.Line, streams, group.Redirections);
        int? status;
        if (group.IsSubshell)
        {
            (status, bool isMeant) = Apart(redirected.Streams, () => Run(group.Body, redirected.Streams, isAsked));
            redirected.Close();
            return isAsked || !State.EndsOnFailure || status is null or 0 ? status : throw Failure(group.Line, status, isMeant);
        }
        status = Run(group.Body, redirected.Streams, isAsked);
        redirected.Close();
        return status;
    }

    /// <summary>Runs something whose variables nobody sees afterwards, and what it says for its own end.</summary>
    /// <returns>Its status, and whether it ended itself with it.</returns>
    private (int? Status, bool IsMeant) Apart(ShellStreams streams, Func<int?> run)
    {
        ShellState outer = State;
        State = outer.Clone();
        State.AtExit = null;
        int? status;
        bool isMeant = false;
        try
        {
            status = run();
        }
        catch (ScriptExitException e)
        {
            (status, isMeant) = (e.Status, e.IsMeant);
        }
        if (State.AtExit is (int line, string last) && Run(ShellParser.Parse(last, line), streams, isAsked: true) is null)
        {
            status = null;
        }
        outer.AdoptImage(State);
        State = outer; // the same object: whoever called goes on with it
        return (status, isMeant);
    }

    private (string? Text, int? Status) Substitute(CommandList list)
    {
        ShellOutput output = new();
        ShellStreams streams = new(ShellInput.Empty, output);
        (int? status, _) = Apart(streams, () => Run(list, streams, isAsked: false));
        return (output.Text, status);
    }

    private Expansion Expansion() => new(State, list => Substitute(list).Text);

    /// <summary>Follows two ways that only a running machine could choose between.</summary>
    /// <exception cref="NotUnderstoodException">They do not come to the same.</exception>
    private int? Either(int line, ShellStreams streams, Func<int?> one, Func<int?> other)
    {
        ShellState before = State.Clone();
        int taken = streams.Input.Taken;
        (int? Status, Exception? End) first = Try(one);
        ShellState after = State;
        (State, streams.Input.Taken, int takenFirst) = (before, taken, streams.Input.Taken);
        (int? Status, Exception? End) second = Try(other);
        foreach (Exception? end in new[] { first.End, second.End })
        {
            if (end is ScriptExitException { IsMeant: false })
            {
                throw new NotUnderstoodException(State.FailedLine ?? after.FailedLine ?? line, "it may end in a failure here");
            }
        }
        // an installation that fails makes no system: the other way is the one
        if (IsFailure(first.End))
        {
            return second.End is null ? second.Status : throw second.End;
        }
        if (IsFailure(second.End))
        {
            (State, streams.Input.Taken) = (after, takenFirst);
            return first.End is null ? first.Status : throw first.End;
        }
        bool isOneBreak = first.End is LoopException a && second.End is LoopException b && a.IsBreak != b.IsBreak;
        if (first.End?.GetType() != second.End?.GetType() || isOneBreak || !State.DidTheSame(after))
        {
            throw new NotUnderstoodException(line, "what it does depends on the machine that it runs on");
        }
        if (streams.Output is ShellOutput output)
        {
            output.IsUnknown = true;
        }
        if (streams.Input.Taken != takenFirst)
        {
            streams.Input.Forget();
        }
        foreach (string name in State.Variables.Keys.Union(after.Variables.Keys).ToList())
        {
            if (State.Variables.GetValueOrDefault(name, "") != after.Variables.GetValueOrDefault(name, ""))
            {
                State.Variables[name] = null;
            }
        }
        State.Deeds.Add(after.Deeds);
        if (first.End is FunctionReturnException c && second.End is FunctionReturnException d)
        {
            throw new FunctionReturnException(c.Status == d.Status ? c.Status : null);
        }
        return first.End is not null ? throw first.End : first.Status == second.Status ? first.Status : null;
    }

    private static bool IsFailure(Exception? end) => end is ScriptExitException { Status: not 0 };

    private static (int? Status, Exception? End) Try(Func<int?> way)
    {
        try
        {
            return (way(), null);
        }
        catch (Exception e) when (e is ScriptExitException or FunctionReturnException or LoopException)
        {
            return (null, e);
        }
    }
}

/// <summary><c>return</c> of a function.</summary>
internal sealed class FunctionReturnException(int? status) : Exception
{
    /// <summary>The status.</summary>
    public int? Status { get; } = status;
}

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed class LoopException(bool isBreak) : Exception
{
    /// <summary>True for <c>break</c>.</summary>
    public bool IsBreak { get; } = isBreak;
}
