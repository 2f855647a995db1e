using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;
using static Strata.Composition.Scripts.Commands.FileCommands;

namespace Strata.Composition.Scripts.Commands;

/// <summary><c>cp</c> and <c>mv</c> over the files of the image.</summary>
internal static class CopyCommands
{
    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["cp"] = (_, c) => Copy(c),
            ["mv"] = (_, c) => Move(c),
        };

    private static int? Copy(CommandCall call)
    {
        Options options = Options.Of(call,
            "-p -a -f --force -Z -v -d -n --no-clobber -L -P -r -R --preserve= --no-preserve= --reflink= --remove-destination -u -T");
        if (options.Rest.Count != 2)
        {
            throw call.NotUnderstood("'cp' in this form is not known");
        }
        if (At(call, options.Rest[0], follows: true) is (GuestPath folder, ScriptedFile { Node: DirectoryNode } top))
        {
            return options.Has("-a", "-r", "-R") ? CopyFolder(call, folder, top, options.Rest[1], options.Has("-a", "-p")) : 1;
        }
        if (options.Has("-n", "--no-clobber", "-u") && At(call, options.Rest[1], follows: true) is (_, ScriptedFile { Node: FileNode }))
        {
            return 0;
        }
        return CopyOne(call, options.Rest[0], options.Rest[1], null, null, null);
    }

    private static int? CopyFolder(CommandCall call, GuestPath from, ScriptedFile top, string to, bool keeps)
    {
        if (At(call, to, follows: true) is (GuestPath there, ScriptedFile { Node: DirectoryNode }))
        {
            to = there.ToString().TrimEnd('/') + "/" + from.Name;
        }
        if (At(call, to, follows: true) is not (GuestPath path, null) || !HasFolder(call, path) || path.IsAtOrBelow(from))
        {
            throw call.NotUnderstood($"it copies {from} over what is there");
        }
        IReadOnlyList<GuestPath> below = call.State.Files.Below(from);
        PutCopy(path, top);
        foreach (GuestPath inner in below)
        {
            _ = call.State.Files.Find(inner, follows: false, out ScriptedFile? file);
            PutCopy(GuestPath.Parse(path + inner.ToString()[from.ToString().Length..]), file!);
        }
        return 0;

        void PutCopy(GuestPath at, ScriptedFile file)
        {
            CheckKnown(call, from, file);
            ScriptedFile copy = keeps ? file : new ScriptedFile(
                file.Node is FileNode f ? new FileNode { Permissions = f.Permissions & Modes.Permissions & ~call.State.Mask, Content =
                    f.Content }
                    : file.Node is DirectoryNode
                        ? new DirectoryNode { Permissions = file.Node.Permissions & Modes.Permissions & ~call.State.Mask } : file.Node,
                null, null, "");
            Put(call, at, copy, $"copies {from} to {path}");
        }
    }

    /// <summary>Copies a file; without a mode it has that of the source, less the mask.</summary>
    internal static int? CopyOne(CommandCall call, string from, string to, int? mode, string? user, string? group)
    {
        if (At(call, from, follows: true) is not (_, ScriptedFile { Node: FileNode source } file))
        {
            return from == "/dev/null" ? CopyNothing(call, to, mode, user, group) : 1;
        }
        CheckKnown(call, from, file);
        return Place(call, from, to, source.Content, mode ?? (source.Permissions & Modes.Permissions & ~call.State.Mask), user, group);
    }

    private static void CheckKnown(CommandCall call, object from, ScriptedFile file)
    {
        if (file.IsNotKept)
        {
            throw call.NotUnderstood($"it copies {from}, which every machine makes for itself");
        }
    }

    private static int? CopyNothing(CommandCall call, string to, int? mode, string? user, string? group) =>
        Place(call, "nothing", to, new InlineContent(default), mode ?? Modes.File, user, group);

    private static int? Place(CommandCall call, string from, string to, FileContent content, int mode, string? user, string? group)
    {
        if (At(call, to, follows: true) is (GuestPath folder, ScriptedFile { Node: DirectoryNode }))
        {
            to = folder.ToString().TrimEnd('/') + "/" + from[(from.LastIndexOf('/') + 1)..];
        }
        if (At(call, to, follows: true) is not (GuestPath path, var there) || !HasFolder(call, path) || there?.Node is DirectoryNode)
        {
            return 1;
        }
        FileNode node = new() { Permissions = mode, Content = content };
        Put(call, path, new ScriptedFile(node, user, group, ""), $"copies {from} to {path}");
        return 0;
    }

    private static int? Move(CommandCall call)
    {
        Options options = Options.Of(call, "-f --force -v -n --no-clobber -T -Z -u");
        if (options.Rest.Count != 2)
        {
            throw call.NotUnderstood("'mv' in this form is not known");
        }
        if (At(call, options.Rest[0], follows: false) is not (GuestPath from, ScriptedFile file))
        {
            return 1;
        }
        string to = options.Rest[1];
        if (At(call, to, follows: true) is (GuestPath folder, ScriptedFile { Node: DirectoryNode }))
        {
            to = folder.ToString().TrimEnd('/') + "/" + from.Name;
        }
        if (file.Node is DirectoryNode || At(call, to, follows: false) is not (GuestPath path, _) || !HasFolder(call, path))
        {
            throw call.NotUnderstood($"it moves {from}");
        }
        RemoveOne(call, from);
        Put(call, path, file, $"moves {from} to {path}");
        return 0;
    }
}
