using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Commands that give files another place: <c>cp</c> and <c>mv</c>.</summary>
internal static class CopyCommands
{
    /// <summary><c>cp</c>.</summary>
    public static int? Copy(CommandCall call)
    {
        Options options = Options.Of(call,
            "-p -a -f --force -Z -v -d -n --no-clobber -L -P -r -R --preserve= --no-preserve= --reflink= --remove-destination -u -T");
        if (options.Rest.Count != 2)
        {
            throw call.NotUnderstood("'cp' in this form is not known");
        }
        bool follows = options.Has("-L") || !options.Has("-a", "-d", "-P", "-r", "-R");
        if (!follows && FileCommands.At(call, options.Rest[0], follows: false) is (GuestPath link,
            ScriptedFile { Node: SymlinkNode } there))
        {
            return CopyLink(call, link, there, options.Rest[1]);
        }
        if (FileCommands.At(call, options.Rest[0], follows: true) is (GuestPath folder, ScriptedFile { Node: DirectoryNode } top))
        {
            bool isInner = options.Rest[0].EndsWith("/.", StringComparison.Ordinal); // not the directory, but what is in it
            return !options.Has("-a", "-r", "-R") ? 1 : CopyFolder(call, folder, top, options.Rest[1], options.Has("-a", "-p"), isInner);
        }
        if (options.Has("-n", "--no-clobber", "-u") && FileCommands.At(call, options.Rest[1], follows: true) is (_,
            ScriptedFile { Node: FileNode }))
        {
            return 0;
        }
        return CopyOne(call, options.Rest[0], options.Rest[1], null, null, null, options.Has("-a", "-p"),
            options.Has("--remove-destination"));
    }

    private static int? CopyLink(CommandCall call, GuestPath from, ScriptedFile link, string to)
    {
        if (FileCommands.At(call, Inside(call, to, from.Name), follows: false) is not (GuestPath path,
            var there) || !FileCommands.HasFolder(call, path)
            || there?.Node is DirectoryNode || path == from)
        {
            return 1;
        }
        FileCommands.Put(call, path, link, $"copies {from} to {path}");
        return 0;
    }

    // where something goes: below a directory under its own name
    private static string Inside(CommandCall call, string to, string name) =>
        FileCommands.At(call, to, follows: true) is (GuestPath folder,
            ScriptedFile { Node: DirectoryNode }) ? folder.ToString().TrimEnd('/') + "/" + name : to;

    private static int? CopyFolder(CommandCall call, GuestPath from, ScriptedFile top, string to, bool keeps, bool isInner)
    {
        bool isThere = isInner && FileCommands.At(call, to, follows: true) is (_, ScriptedFile { Node: DirectoryNode });
        to = isInner ? to : Inside(call, to, from.Name);
        if (FileCommands.At(call, to, follows: true) is not (GuestPath path,
            var there) || (there is not null && !isThere) || !FileCommands.HasFolder(call, path)
            || path.IsAtOrBelow(from))
        {
            throw call.NotUnderstood($"it copies {from} over what is there");
        }
        IReadOnlyList<GuestPath> below = call.State.Files.Below(from);
        if (isThere && below.Any(p => call.State.Files.Find(GuestPath.Parse(path + p.ToString()[from.ToString().Length..]), follows: false,
            out _) is GuestPath at
            && call.State.Files.Find(at, follows: false, out ScriptedFile? old) is not null && old is not null))
        {
            throw call.NotUnderstood($"it copies what is in {from} over what is there");
        }
        if (!isThere)
        {
            PutCopy(path, top);
        }
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
            FileCommands.Put(call, at, copy, $"copies {from} to {path}");
        }
    }

    /// <summary>
    /// Copies a file. With a mode it takes the place of what is there; without one, a file that is there stays what it is and gets the
    /// content, and a new one has the mode of the source, less the mask.
    /// </summary>
    public static int? CopyOne(
        CommandCall call, string from, string to, int? mode, string? user, string? group, bool keeps = false, bool replaces = false)
    {
        (GuestPath Path, ScriptedFile? File)? at = FileCommands.At(call, from, follows: true);
        FileNode? source = at?.File?.Node as FileNode;
        CheckKnown(call, from, at?.File);
        if ((source is null && from != "/dev/null")
            || FileCommands.At(call, Inside(call, to, from[(from.LastIndexOf('/') + 1)..]), follows: true) is not (GuestPath path,
                var there)
            || !FileCommands.HasFolder(call, path) || there?.Node is DirectoryNode || path == at?.Path)
        {
            return 1;
        }
        int fresh = source is null ? Modes.File : source.Permissions & Modes.Permissions & ~call.State.Mask;
        FileContent content = source?.Content ?? new InlineContent(default);
        ScriptedFile made = keeps && source is not null ? at!.Value.File!
            : mode is null && !replaces && there is { Node: FileNode old }
                ? there with { Node = new FileNode { Permissions = old.Permissions, Uid = old.Uid, Gid = old.Gid, Content = content } }
            : new ScriptedFile(new FileNode { Permissions = mode ?? fresh, Content = content }, user, group, "");
        FileCommands.Put(call, path, made, $"copies {(source is null ? "nothing" : from)} to {path}");
        return 0;
    }

    private static void CheckKnown(CommandCall call, object from, ScriptedFile? file)
    {
        if (file is { IsNotKept: true, Node: FileNode })
        {
            throw call.NotUnderstood($"it copies {from}, which every machine makes for itself");
        }
    }

    /// <summary><c>mv</c>.</summary>
    public static int? Move(CommandCall call)
    {
        Options options = Options.Of(call, "-f --force -v -n --no-clobber -T -Z -u");
        if (options.Rest.Count != 2)
        {
            throw call.NotUnderstood("'mv' in this form is not known");
        }
        if (FileCommands.At(call, options.Rest[0], follows: false) is not (GuestPath from, ScriptedFile file))
        {
            return 1;
        }
        string to = options.Rest[1];
        if (FileCommands.At(call, to, follows: true) is (GuestPath folder, ScriptedFile { Node: DirectoryNode }))
        {
            to = folder.ToString().TrimEnd('/') + "/" + from.Name;
        }
        if (file.Node is DirectoryNode || FileCommands.At(call, to, follows: false) is not (GuestPath path,
            _) || !FileCommands.HasFolder(call, path))
        {
            throw call.NotUnderstood($"it moves {from}");
        }
        FileCommands.RemoveOne(call, from);
        FileCommands.Put(call, path, file, $"moves {from} to {path}");
        return 0;
    }
}
