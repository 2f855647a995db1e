using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Commands that make and change files.</summary>
internal static class FileCommands
{
    private const int OpenFolder = 0b111_111_111;

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["mkdir"] = (_, c) => MakeFolders(c),
            ["install"] = (_, c) => Install(c),
            ["chown"] = (_, c) => ChangeOwner(c),
            ["chgrp"] = (_, c) => ChangeOwner(c),
            ["chmod"] = (_, c) => ChangeMode(c),
            ["touch"] = (_, c) => Touch(c),
            ["rm"] = (_, c) => Remove(c),
            ["rmdir"] = (_, c) => RemoveFolders(c),
            ["unlink"] = (_, c) => Remove(c),
            ["ln"] = (_, c) => Link(c),
            ["cp"] = (_, c) => CopyCommands.Copy(c),
            ["mv"] = (_, c) => CopyCommands.Move(c),
            ["mktemp"] = (_, c) => MakeTemporary(c),
            ["tempfile"] = (_, c) => MakeTemporary(c),
            ["readlink"] = (_, c) => ReadLink(c),
            ["realpath"] = (_, c) => ReadLink(c),
            ["mknod"] = (_, c) => c.Arguments is [string device, ..] && At(c, device, follows: true) is (GuestPath path, _)
                && c.State.Files.IsElsewhere(path) ? 0
                : throw c.NotUnderstood("it makes a device"),
        };

    /// <summary>Notes that something of the image was changed; what is of no image is changed for the script alone.</summary>
    internal static void Put(CommandCall call, GuestPath path, ScriptedFile file, string reason)
    {
        call.State.Files.Put(path, file with { Package = call.State.Files.Package });
        bool isElsewhere = call.State.Files.IsElsewhere(path);
        call.Note(isElsewhere ? null : ScriptEffects.Files, isElsewhere ? $"{path} is of a running machine, or left out" : reason);
    }

    /// <summary>Where a path is and what is there.</summary>
    internal static (GuestPath Path, ScriptedFile? File)? At(CommandCall call, string text, bool follows) =>
        ImageFiles.PathOf(text, call.State.Folder) is GuestPath path
        && call.State.Files.Find(path, follows, out ScriptedFile? file) is GuestPath real ? (real, file) : null;

    /// <summary>Makes a directory and, when asked, those above it.</summary>
    internal static int? MakeFolder(CommandCall call, string text, int mode, bool withParents, string? user = null, string? group = null)
    {
        if (At(call, text, follows: true) is not (GuestPath path, var there))
        {
            return 1;
        }
        if (there is not null)
        {
            return there.Node is DirectoryNode && withParents ? 0 : 1;
        }
        if (At(call, text, follows: false) is (_, not null))
        {
            return 1; // a link that leads to nothing
        }
        _ = call.State.Files.Find(path.Parent, follows: true, out ScriptedFile? parent);
        if (parent is null ? !withParents || MakeFolder(call, path.Parent.ToString(), OpenFolder & ~call.State.Mask, withParents: true) != 0
            : parent.Node is not DirectoryNode)
        {
            return 1;
        }
        Put(call, path, new ScriptedFile(new DirectoryNode { Permissions = mode }, user, group, ""), $"makes {path}");
        return 0;
    }

    private static int? MakeFolders(CommandCall call)
    {
        Options options = Options.Of(call, "-p --parents -v --verbose -Z -m= --mode=");
        int mode = options.Value("-m", "--mode") is string text
            ? FileModes.TryApply(text, OpenFolder, isFolder: true, call.State.Mask)
                ?? throw call.NotUnderstood($"the mode '{text}' is not known")
            : OpenFolder & ~call.State.Mask;
        int? status = 0;
        foreach (string folder in options.Rest)
        {
            status = MakeFolder(call, folder, mode, options.Has("-p", "--parents")) == 0 ? status : 1;
        }
        return status;
    }

    private static int? Install(CommandCall call)
    {
        Options options = Options.Of(call,
            "-d --directory -D -p -v -c -Z -b -m= --mode= -o= --owner= -g= --group= -T -t= --target-directory=");
        int mode = options.Value("-m", "--mode") is string text
            ? FileModes.TryParseOctal(text) ?? FileModes.TryApply(text, 0, isFolder: false, mask: 0)
                ?? throw call.NotUnderstood($"the mode '{text}' is not known")
            : Modes.Program;
        string? user = Known(call, options.Value("-o", "--owner"), isUser: true);
        string? group = Known(call, options.Value("-g", "--group"), isUser: false);
        int? status = 0;
        if (options.Has("-d", "--directory"))
        {
            foreach (string folder in options.Rest)
            {
                status = MakeFolder(call, folder, mode, withParents: true, user, group) == 0 ? status : 1;
                if (At(call, folder, follows: true) is (GuestPath path, ScriptedFile { Node: DirectoryNode old } there))
                {
                    // install gives them to a directory that is there too
                    Put(call, path, there with { Node = With(old, mode), User = user ?? there.User, Group = group ?? there.Group },
                        $"makes {path}");
                }
            }
            return status;
        }
        string? folderGiven = options.Value("-t", "--target-directory");
        if (options.Rest.Count != 2 || folderGiven is not null)
        {
            throw call.NotUnderstood("'install' in this form is not known");
        }
        if (options.Has("-D") && ImageFiles.PathOf(options.Rest[1], call.State.Folder) is GuestPath made
            && MakeFolder(call, made.Parent.ToString(), Modes.Folder, withParents: true) != 0)
        {
            return 1;
        }
        return CopyCommands.CopyOne(call, options.Rest[0], options.Rest[1], mode, user, group);
    }

    private static int? ChangeOwner(CommandCall call)
    {
        Options options = Options.Of(call, "-R --recursive -h --no-dereference -f --silent --quiet -v -c --from= --reference= -H -L -P");
        if (options.Rest.Count < 2 || options.Has("--from", "--reference"))
        {
            throw call.NotUnderstood($"'{call.Name}' in this form is not known");
        }
        string owner = options.Rest[0];
        int colon = owner.AsSpan().IndexOfAny(':', '.');
        string? user = call.Name == "chgrp" || colon == 0 ? null : colon < 0 ? owner : owner[..colon];
        string? group = call.Name == "chgrp" ? owner : colon < 0 ? null : owner[(colon + 1)..];
        if (group == "")
        {
            group = user is not null && call.State.Accounts.HasUser(user) ? call.State.Accounts.Users[user].Group ?? user : user;
        }
        user = Known(call, user, isUser: true);
        group = Known(call, group, isUser: false);
        return ForEach(call, options, follows: !options.Has("-h", "--no-dereference"), (path, file) => Put(
            call, path, file with { Node = Owned(file.Node, user, group), User = user ?? file.User, Group = group ?? file.Group },
                $"gives {path} to {owner}"));
    }

    private static int? ChangeMode(CommandCall call)
    {
        // "-x" is a mode, not an option
        string[] words = [.. call.Texts];
        int at = Array.FindIndex(words, w => w.Length > 1 && w[0] == '-' && !w.StartsWith("--", StringComparison.Ordinal)
            && !w[1..].AsSpan().ContainsAnyExcept("rwxst"));
        Options options = Options.Of(
            at < 0 ? call : call with { Arguments = [.. words.Where((_, i) => i != at)] },
                "-R --recursive -f --silent --quiet -v -c --reference=");
        string[] rest = at < 0 ? [.. options.Rest] : [words[at], .. options.Rest];
        if (rest.Length < 2 || options.Has("--reference"))
        {
            throw call.NotUnderstood("'chmod' in this form is not known");
        }
        return ForEach(call, options, follows: true, (path, file) =>
        {
            int mode = FileModes.TryApply(rest[0], file.Node.Permissions, file.Node is DirectoryNode, call.State.Mask)
                ?? throw call.NotUnderstood($"the mode '{rest[0]}' is not known");
            if (file.Node is not SymlinkNode)
            {
                Put(call, path, file with { Node = With(file.Node, mode) }, $"gives {path} the mode {rest[0]}");
            }
        }, rest.Skip(1));
    }

    private static int? ForEach(
        CommandCall call, Options options, bool follows, Action<GuestPath, ScriptedFile> change, IEnumerable<string>? paths = null)
    {
        int? status = 0;
        foreach (string text in paths ?? options.Rest.Skip(1))
        {
            if (At(call, text, follows) is not (GuestPath path, var file) || file is null)
            {
                status = ImageFiles.PathOf(text, call.State.Folder) is GuestPath left && call.State.Files.IsLeftOut(left) ? status : 1;
                continue;
            }
            change(path, file);
            if (options.Has("-R", "--recursive"))
            {
                foreach (GuestPath below in call.State.Files.Below(path))
                {
                    _ = call.State.Files.Find(below, follows: false, out ScriptedFile? inner);
                    change(below, inner!);
                }
            }
        }
        return status;
    }

    private static int? Touch(CommandCall call)
    {
        Options options = Options.Of(call, "-c -a -m -d= -r= -t= --date= --reference= --no-create");
        int? status = 0;
        foreach (string text in options.Rest)
        {
            if (At(call, text, follows: true) is not (GuestPath path, var there)
                || (there is null && !HasFolder(call, path)))
            {
                status = 1;
            }
            else if (there is null && !options.Has("-c", "--no-create"))
            {
                FileNode node = new() { Permissions = 0b110_110_110 & ~call.State.Mask, Content = new InlineContent(default) };
                Put(call, path, new ScriptedFile(node, null, null, ""), $"makes {path}");
            }
        }
        return status;
    }

    internal static bool HasFolder(CommandCall call, GuestPath path)
    {
        _ = call.State.Files.Find(path.Parent, follows: true, out ScriptedFile? parent);
        return parent?.Node is DirectoryNode;
    }

    private static int? Remove(CommandCall call)
    {
        Options options = Options.Of(call, "-f --force -r -R --recursive -v -d --one-file-system");
        int? status = 0;
        foreach (string text in options.Rest)
        {
            (GuestPath Path, ScriptedFile? File)? at = At(call, text, follows: false);
            if (at is not (GuestPath path, ScriptedFile file))
            {
                status = options.Has("-f", "--force") ? status : 1;
                continue;
            }
            if (file.Node is DirectoryNode)
            {
                if (!options.Has("-r", "-R", "--recursive"))
                {
                    status = 1;
                    continue;
                }
                foreach (GuestPath below in call.State.Files.Below(path).Reverse())
                {
                    RemoveOne(call, below);
                }
            }
            RemoveOne(call, path);
        }
        return status;
    }

    internal static void RemoveOne(CommandCall call, GuestPath path)
    {
        if (!call.State.Files.TryRemove(path))
        {
            throw call.NotUnderstood($"it removes {path}, which another package or a capability brings");
        }
        if (call.State.Files.Changes.TryGetValue(path, out ScriptedFile? gone) && gone is null)
        {
            call.Note(ScriptEffects.Files, $"removes {path}");
        }
    }

    private static int? RemoveFolders(CommandCall call)
    {
        Options options = Options.Of(call, "--ignore-fail-on-non-empty -p --parents -v");
        int? status = 0;
        foreach (string text in options.Rest)
        {
            if (At(call, text, follows: false) is not (GuestPath path, ScriptedFile { Node: DirectoryNode }) || call.State.Files.Below(path)
                .Count > 0)
            {
                bool isFull = At(call, text, follows: false) is (_, ScriptedFile { Node: DirectoryNode });
                status = isFull && options.Has("--ignore-fail-on-non-empty") ? status : 1;
                continue;
            }
            RemoveOne(call, path);
        }
        return status;
    }

    private static int? Link(CommandCall call)
    {
        Options options = Options.Of(call, "-s --symbolic -f --force -n --no-dereference -v -r --relative -T");
        if (!options.Has("-s", "--symbolic") && options.Rest is [string file, string other])
        {
            // another name of a file is told apart from a copy of it by nobody who only reads
            return At(call, file, follows: false) is (_, ScriptedFile { Node: FileNode } source)
                && At(call, other, follows: false) is (GuestPath at, null)
                && HasFolder(call, at) ? PutLink(at, source) : 1;
        }
        if (!options.Has("-s", "--symbolic") || options.Rest.Count is 0 or > 2)
        {
            throw call.NotUnderstood("'ln' in this form is not known");
        }
        string target = options.Rest[0];
        string name = options.Rest.Count == 2 ? options.Rest[1] : ".";
        if (At(call, name, follows: !options.Has("-n", "--no-dereference", "-T")) is (GuestPath folder,
            ScriptedFile { Node: DirectoryNode }))
        {
            name = folder.ToString().TrimEnd('/') + "/" + target[(target.TrimEnd('/').LastIndexOf('/') + 1)..];
        }
        if (At(call, name, follows: false) is not (GuestPath path, var there) || !HasFolder(call, path))
        {
            return 1;
        }
        if (options.Has("-r", "--relative"))
        {
            target = At(call, target, follows: false) is (GuestPath to, _) ? Relative(path.Parent, to) : target;
        }
        if (there is not null && (!options.Has("-f", "--force") || there.Node is DirectoryNode))
        {
            return 1;
        }
        if (there is not null && !call.State.Files.IsMade(path) && !(there.Node is SymlinkNode old && old.Target == target))
        {
            throw call.NotUnderstood($"it puts a link in place of {path}, which a package or a capability brings");
        }
        Put(call, path, new ScriptedFile(new SymlinkNode { Permissions = Modes.Link, Target = target }, null, null, ""),
            $"links {path} to {target}");
        return 0;

        int? PutLink(GuestPath name, ScriptedFile same)
        {
            Put(call, name, same, $"gives {options.Rest[0]} the name {name} too");
            return 0;
        }
    }

    // from a directory to a path: up to what both have in common, and down again
    private static string Relative(GuestPath folder, GuestPath to)
    {
        string[] from = folder.Relative.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string[] down = to.Relative.Split('/');
        int common = from.Zip(down).TakeWhile(p => p.First == p.Second).Count();
        return string.Join('/', from.Skip(common).Select(_ => "..").Concat(down.Skip(common)));
    }

    private static int? ReadLink(CommandCall call)
    {
        Options options = Options.Of(call, "-f --canonicalize -e -m -q -n --canonicalize-missing --canonicalize-existing -s");
        if (options.Rest is not [string text] || options.Has("-m", "-n", "-s", "--canonicalize-missing"))
        {
            call.Write(null);
            return null;
        }
        bool isWhole = call.Name == "realpath" || options.Has("-f", "-e", "--canonicalize", "--canonicalize-existing");
        (GuestPath Path, ScriptedFile? File)? at = At(call, text, follows: isWhole);
        string? answer = at is not (GuestPath path, var file) ? null
            : !isWhole ? (file?.Node as SymlinkNode)?.Target
            : file is null && (options.Has("-e", "--canonicalize-existing") || !HasFolder(call, path)) ? null : path.ToString();
        call.Write(answer is null ? "" : answer + "\n");
        return answer is null ? 1 : 0;
    }

    private static int? MakeTemporary(CommandCall call)
    {
        Options options = Options.Of(call, "-d --directory -t -q -u -p= --tmpdir= --suffix= --tmpdir -m= -n=");
        string template = options.Rest.Count > 0 ? options.Rest[0] : "/tmp/tmp.XXXXXXXXXX";
        string name = template.Contains('/', StringComparison.Ordinal) ? template : "/tmp/" + template;
        if (At(call, name, follows: true) is not (GuestPath path, _))
        {
            throw call.NotUnderstood("where it makes a temporary file is not known");
        }
        TreeNode node = options.Has("-d", "--directory") ? new DirectoryNode { Permissions = Modes.SecretFolder }
            : new FileNode { Permissions = Modes.SecretFile, Content = new InlineContent(default) };
        call.State.Files.Put(path, new ScriptedFile(node, null, null, call.State.Files.Package));
        call.Write(path + "\n");
        return 0;
    }

    /// <summary>An account that must be there; the name of root as null, which numbers say.</summary>
    internal static string? Known(CommandCall call, string? name, bool isUser)
    {
        if (name is null or "")
        {
            return null;
        }
        if (name is "root" or "0" || name.All(char.IsAsciiDigit))
        {
            return name == "0" ? "root" : name;
        }
        if (!IsThere())
        {
            call.State.Accounts.TakeOfferedFor(name);
        }
        return IsThere() ? name : throw call.NotUnderstood($"{(isUser ? "user" : "group")} '{name}' is not there");

        bool IsThere() => isUser ? call.State.Accounts.HasUser(name) : call.State.Accounts.HasGroup(name);
    }

    internal static TreeNode With(TreeNode node, int mode) => node switch
    {
        DirectoryNode => new DirectoryNode { Permissions = mode, Uid = node.Uid, Gid = node.Gid },
        FileNode file => new FileNode { Permissions = mode, Uid = node.Uid, Gid = node.Gid, Content = file.Content },
        _ => node,
    };

    // chown(2) takes setuid and setgid away from files
    private static TreeNode Owned(TreeNode node, string? user, string? group) =>
        node is FileNode && (user ?? group) is not null ? With(node, node.Permissions & Modes.Permissions) : node;
}
