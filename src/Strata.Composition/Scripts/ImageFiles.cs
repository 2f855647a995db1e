using System.Text;
using System.Text.RegularExpressions;
using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;

namespace Strata.Composition.Scripts;

/// <summary>A file that a script made or changed. Owners stay names: numbers are known when all accounts are.</summary>
/// <param name="Node">What it is.</param>
/// <param name="User">Its owner by name; null for the number of the node.</param>
/// <param name="Group">Its group by name; null for the number of the node.</param>
/// <param name="Package">The package whose script it was.</param>
internal sealed record ScriptedFile(TreeNode Node, string? User, string? Group, string Package)
{
    /// <summary>
    /// True for what scripts see and the image does not get from them: files that every machine makes for itself, of which nobody knows
    /// what they say, and links of alternatives, which are made when all that is offered is known.
    /// </summary>
    public bool IsNotKept { get; init; }

    /// <summary>True when both are the same to everybody.</summary>
    public bool IsLike(ScriptedFile? other) => other is not null && Node.IsLike(other.Node) && User == other.User && Group == other.Group
        && IsNotKept == other.IsNotKept;
}

/// <summary>The files of an image as scripts see them: the tree, and over it what scripts made, changed and removed.</summary>
/// <param name="tree">The composed tree; it is not changed.</param>
/// <param name="contents">Reads its files.</param>
/// <param name="isLeftOut">True for what no image needs: a script may do there what it likes.</param>
internal sealed class ImageFiles(FileTree tree, IContentReader contents, Func<GuestPath, bool> isLeftOut)
{
    private const int MostRead = 4 << 20;
    private const int MostLinks = 40; // as Linux has it (ELOOP)

    // what a start of the machine brings, or what packaging keeps: nothing below it is of the image
    private static readonly GuestPath[] s_elsewhere =
    [
        .. new[] { "/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/lib/dpkg", "/var/lib/ucf", "/var/cache/debconf",
            "/var/lib/systemd/deb-systemd-helper-enabled" }.Select(GuestPath.Parse),
    ];

    // directories of base-files, which every system of the archive has
    private static readonly HashSet<string> s_always =
    [
        "/boot", "/dev", "/etc", "/etc/default", "/etc/opt", "/etc/profile.d", "/etc/skel", "/etc/update-motd.d", "/home", "/media",
            "/mnt", "/opt", "/proc",
        "/root", "/run", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/games", "/usr/include", "/usr/lib", "/usr/local", "/usr/sbin",
            "/usr/share",
        "/usr/src", "/var", "/var/backups", "/var/cache", "/var/lib", "/var/lib/dpkg", "/var/lib/dpkg/info", "/var/lib/misc", "/var/local",
            "/var/log",
        "/var/mail", "/var/opt", "/var/spool", "/var/tmp",
    ];

    // programs of dpkg, init-system-helpers and ucf, which scripts ask for on every system that installs packages
    private static readonly HashSet<string> s_packaging =
    [
        .. new[] { "deb-systemd-helper", "deb-systemd-invoke", "dpkg", "dpkg-divert", "dpkg-maintscript-helper", "dpkg-query",
            "dpkg-statoverride",
            "dpkg-trigger", "ucf", "ucfr", "update-alternatives" }.Select(n => "/usr/bin/" + n),
        .. new[] { "invoke-rc.d", "service", "update-rc.d" }.Select(n => "/usr/sbin/" + n),
    ];

    private Dictionary<GuestPath, ScriptedFile?> _changes = [];

    /// <summary>The package whose script runs.</summary>
    public string Package { get; set; } = "";

    /// <summary>True before its files are there: in a <c>preinst</c>.</summary>
    public bool HidesPackage { get; set; }

    /// <summary>What was made or changed, by path; null where something was removed.</summary>
    public IReadOnlyDictionary<GuestPath, ScriptedFile?> Changes => _changes;

    /// <summary>A copy that can go another way.</summary>
    public ImageFiles Clone() => new(tree, contents, isLeftOut) { _changes = new(_changes), Package = Package, HidesPackage =
        HidesPackage };

    /// <summary>True when both changed the same.</summary>
    public bool IsLike(ImageFiles other) =>
        _changes.Count == other._changes.Count
        && _changes.All(c => other._changes.TryGetValue(c.Key, out ScriptedFile? theirs)
            && (c.Value is null ? theirs is null : c.Value.IsLike(theirs)));

    /// <summary>True when a package may bring a path, and the image does not take it.</summary>
    public bool IsLeftOut(GuestPath path) => isLeftOut(path);

    /// <summary>True when a path is of no image, whatever a script does to it.</summary>
    public bool IsElsewhere(GuestPath path) => isLeftOut(path) || Array.Exists(s_elsewhere, path.IsAtOrBelow);

    /// <summary>A path as a script writes it, without its dots and double slashes; null for none.</summary>
    public static GuestPath? PathOf(string text, string folder) =>
        text.Length > 0 && GuestPath.Root.TryResolveLink(text[0] == '/' ? text : folder + "/" + text, out GuestPath path) ? path : null;

    /// <summary>Where a path really is, links in its middle followed, and what is there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follows">True to follow a link at its end too.</param>
    /// <param name="file">What is there; null for nothing.</param>
    /// <returns>Where; null when links lead nowhere.</returns>
    public GuestPath? Find(GuestPath path, bool follows, out ScriptedFile? file)
    {
        GuestPath current = MergedUsr.Canonical(path);
        for (int hops = 0; hops <= MostLinks; hops++)
        {
            if (LinkIn(current, follows) is not (GuestPath link, string target))
            {
                file = At(current);
                return current;
            }
            string rest = current.ToString()[link.ToString().Length..];
            if (!link.Parent.TryResolveLink(target + rest, out current))
            {
                break;
            }
            current = MergedUsr.Canonical(current);
        }
        file = null;
        return null;
    }

    /// <summary>Puts a file, in place of what is there.</summary>
    public void Put(GuestPath path, ScriptedFile file) => _changes[path] = file;

    /// <summary>Removes what is there.</summary>
    /// <returns>False when it is neither a script's own nor a file of its package, or a directory that others may use.</returns>
    public bool TryRemove(GuestPath path)
    {
        if (!tree.TryGet(path, out TreeEntry entry))
        {
            _changes.Remove(path);
            return true;
        }
        if (HidesPackage && At(path) is null)
        {
            return true;
        }
        if (entry.Node is DirectoryNode || entry.Origin.Package != Package)
        {
            return false;
        }
        _changes[path] = null;
        return true;
    }

    /// <summary>True when it is made by a script of this installation.</summary>
    public bool IsMade(GuestPath path) => _changes.ContainsKey(path) && !tree.Contains(path);

    /// <summary>Paths of what lies in a directory and below it.</summary>
    public IReadOnlyList<GuestPath> Below(GuestPath folder) =>
    [
        .. tree.Below(folder).Select(e => e.Path).Where(p => !_changes.ContainsKey(p))
            .Concat(_changes.Keys.Where(p => p != folder && p.IsAtOrBelow(folder)))
            .Where(p => At(p) is not null).Order(),
    ];

    /// <summary>Names that a pattern matches, sorted; none for one of the root, of which an image does not know everything.</summary>
    /// <param name="pattern">An absolute path, or one below the folder.</param>
    /// <param name="folder">Where the script is.</param>
    public IReadOnlyList<string> Matching(string pattern, string folder)
    {
        int slash = pattern.LastIndexOf('/', pattern.AsSpan().IndexOfAny("*?["));
        string shown = slash < 0 ? "" : pattern[..slash].Replace("\\", "", StringComparison.Ordinal);
        if (PathOf(slash < 0 ? folder : shown, folder) is not GuestPath start || start.IsRoot
            || Find(start, follows: true, out _) is not GuestPath real)
        {
            return [];
        }
        string rest = pattern[(slash + 1)..];
        Regex regex = ShellPattern.OfPaths("/" + rest);
        bool takesHidden = pattern[(pattern.LastIndexOf('/') + 1)..].StartsWith('.');
        return
        [
            .. Below(real).Where(p => takesHidden || !p.Name.StartsWith('.')).Select(p => p.ToString()[real.ToString().Length..])
                .Where(p => regex.IsMatch(p)).Select(p => slash < 0 ? p[1..] : shown + p),
        ];
    }

    /// <summary>Text of a file; null when it is too large, or no text.</summary>
    public string? Read(ScriptedFile file)
    {
        if (file.IsNotKept || file.Node is not FileNode { Content.Size: <= MostRead } node)
        {
            return null;
        }
        using StreamReader reader = new(contents.Open(node.Content), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private ScriptedFile? At(GuestPath path)
    {
        if (_changes.TryGetValue(path, out ScriptedFile? changed))
        {
            return changed;
        }
        if (tree.TryGet(path, out TreeEntry entry) && !(HidesPackage && entry.Origin.Package == Package))
        {
            return new ScriptedFile(entry.Node, null, null, entry.Origin.Package ?? "");
        }
        if (s_packaging.Contains(path.ToString()))
        {
            return new ScriptedFile(new FileNode { Permissions = Modes.Program, Content = new InlineContent(default) }, null, null, "");
        }
        return s_always.Contains(path.ToString()) || path.IsRoot || IsFolderLeftOut(path)
            ? new ScriptedFile(new DirectoryNode { Permissions = Modes.Folder }, null, null, "") : null;
    }

    // the directory of what is left out, such as /etc/logrotate.d
    private bool IsFolderLeftOut(GuestPath path) => isLeftOut(path.Join("x")) && !isLeftOut(path.Parent);

    private (GuestPath Link, string Target)? LinkIn(GuestPath path, bool follows)
    {
        string text = path.ToString();
        for (int slash = text.IndexOf('/', 1); ; slash = text.IndexOf('/', slash + 1))
        {
            GuestPath prefix = slash < 0 ? path : GuestPath.Parse(text[..slash]);
            if ((slash >= 0 || follows) && At(prefix)?.Node is SymlinkNode link)
            {
                return (prefix, link.Target);
            }
            if (slash < 0)
            {
                return null;
            }
        }
    }
}
