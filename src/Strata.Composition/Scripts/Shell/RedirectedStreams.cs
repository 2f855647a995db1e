using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Shell;

/// <summary>The streams of a command behind its redirections (XCU 2.7).</summary>
internal sealed class RedirectedStreams
{
    private static readonly GuestPath s_logs = GuestPath.Parse("/var/log");

    private readonly ShellMachine _machine;
    private readonly int _line;
    private readonly List<(string Path, ShellOutput Output, bool Appends)> _files = [];

    public RedirectedStreams(
        ShellMachine machine, Expansion expansion, int line, ShellStreams streams, IReadOnlyList<Redirection> redirections)
    {
        (_machine, _line, Streams) = (machine, line, streams);
        foreach (Redirection redirection in redirections)
        {
            Apply(redirection, expansion.Text(redirection.Target));
        }
    }

    /// <summary>What the command reads and writes.</summary>
    public ShellStreams Streams { get; private set; }

    /// <summary>Writes files that the command wrote to.</summary>
    public bool Close()
    {
        foreach ((string path, ShellOutput output, bool appends) in _files)
        {
            Write(path, output.Text, appends);
        }
        return _files.Count > 0;
    }

    private void Apply(Redirection redirection, string? target)
    {
        switch (redirection.Operator)
        {
            case "<<":
                Streams = Streams with { Input = new ShellInput(target) };
                break;
            case "<":
                Streams = Streams with { Input = new ShellInput(target is null ? null : Read(target)) };
                break;
            case "<&":
                break; // of another descriptor, which nobody filled
            case ">&":
                if (redirection.Descriptor == 1 && target is not "1")
                {
                    Streams = Streams with { Output = null }; // messages
                }
                break;
            case var _ when target is null:
                throw new NotUnderstoodException(_line, "which file it writes to is known only while it runs");
            case var _ when target.StartsWith("/dev/", StringComparison.Ordinal) || redirection.Descriptor > 2:
                Streams = redirection.Descriptor == 1 ? Streams with { Output = null } : Streams;
                break;
            case var kind when redirection.Descriptor == 1:
                ShellOutput output = new();
                _files.Add((target, output, kind == ">>"));
                Streams = Streams with { Output = output };
                break;
            default:
                _files.Add((target, new ShellOutput(), redirection.Operator == ">>"));
                break;
        }
    }

    private string? Read(string target)
    {
        ImageFiles files = _machine.State.Files;
        if (ImageFiles.PathOf(target, _machine.State.Folder) is not GuestPath path || (files.IsElsewhere(path) && !files.IsMade(path)))
        {
            return target == "/dev/null" ? "" : null;
        }
        _ = files.Find(path, follows: true, out ScriptedFile? file);
        return file is null ? throw new ScriptExitException(2) : files.Read(file);
    }

    private void Write(string target, string? text, bool appends)
    {
        ShellState state = _machine.State;
        if (ImageFiles.PathOf(target, state.Folder) is not GuestPath wanted
            || state.Files.Find(wanted, follows: true, out ScriptedFile? there) is not GuestPath path)
        {
            throw new NotUnderstoodException(_line, $"it writes to '{target}', which is no path");
        }
        if (text is null && path.IsAtOrBelow(s_logs))
        {
            state.Deeds.Add(new ScriptDeed(_line, null, $"{path} tells of what did not happen here"));
            return;
        }
        if (!state.Files.IsElsewhere(path))
        {
            if (text is null || text.Contains(ShellMachine.UnknownNumber, StringComparison.Ordinal))
            {
                throw new NotUnderstoodException(_line, $"what it writes to {path} is known only while it runs");
            }
            _ = state.Files.Find(path.Parent, follows: true, out ScriptedFile? parent);
            if (there?.Node is not (null or FileNode) || parent?.Node is not DirectoryNode)
            {
                throw new NotUnderstoodException(_line, $"it writes to {path}, which cannot be");
            }
            state.Deeds.Add(new ScriptDeed(_line, ScriptEffects.Files, $"writes {path}"));
        }
        string before = appends && there is not null ? state.Files.Read(there)
            ?? throw new NotUnderstoodException(_line, $"it adds to {path}, which is no text") : "";
        TreeNode? old = there?.Node;
        FileNode node = new()
        {
            Permissions = old?.Permissions ?? (0b110_110_110 & ~state.Mask),
            Uid = old?.Uid ?? 0,
            Gid = old?.Gid ?? 0,
            Content = InlineContent.FromText(before + (text ?? "")),
        };
        state.Files.Put(path, new ScriptedFile(node, there?.User, there?.Group, state.Files.Package));
    }
}
