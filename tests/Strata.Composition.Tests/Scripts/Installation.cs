using System.Globalization;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;

namespace Strata.Composition.Tests.Scripts;

/// <summary>Follows scripts of a package <c>p</c> through an image that is made in the test.</summary>
internal sealed class Installation
{
    private readonly FileTree _tree = new();
    private readonly Dictionary<string, ScriptRule> _commands = new(StringComparer.Ordinal);

    public Installation() => Folder("/etc").Folder("/var/lib").Folder("/usr/bin").Folder("/usr/sbin");

    /// <summary>What the scripts came to; set by <see cref="Run"/>.</summary>
    public FollowedScripts Result { get; private set; } = new();

    public string? Config { get; init; }

    public string? Templates { get; init; }

    public Installation Folder(string path, string package = "other")
    {
        _tree.Add(GuestPath.Parse(path), new DirectoryNode { Permissions = Modes.Folder }, new Origin("c", package, "whole package"));
        return this;
    }

    public Installation File(string path, string text = "", string package = "p", int mode = Modes.File)
    {
        FileNode node = new() { Permissions = mode, Content = InlineContent.FromText(text) };
        _tree.Add(GuestPath.Parse(path), node, new Origin("c", package, "whole package"));
        return this;
    }

    public Installation Link(string path, string target)
    {
        _tree.Add(GuestPath.Parse(path), new SymlinkNode { Permissions = Modes.Link, Target = target },
            new Origin("c", "p", "whole package"));
        return this;
    }

    /// <summary>A command that is declared to mean nothing, and what it prints; null when nobody knows.</summary>
    public Installation Declared(string command, string? prints = null)
    {
        _commands.Add(command, new ScriptRule(null, "declared", prints));
        return this;
    }

    /// <summary>A command that makes a file which every machine makes for itself.</summary>
    public Installation Makes(string command, string path)
    {
        _commands.Add(command, new ScriptRule(null, "declared", null, [GuestPath.Parse(path)]));
        return this;
    }

    /// <summary>Follows a script; what it changed as lines: path, kind, mode, owner, content.</summary>
    public string[] Run(string script, string kind = "postinst", ScriptAccounts? accounts = null)
    {
        using PackageContentReader contents = new(_ => throw new InvalidOperationException("nothing is in a package here"));
        FreshInstall install = new(
            _tree, contents, accounts ?? new ScriptAccounts(), "amd64", p => p.IsAtOrBelow(GuestPath.Parse("/etc/logrotate.d")),
            (name, _) => _commands.GetValueOrDefault(name));
        InstalledPackage package = new(
            "p", new Dictionary<string, ScriptText> { [kind] = new(script) }, Templates is null ? null : new DebconfTemplates(Templates),
            Config is null ? null : new ScriptText(Config));
        Result = install.Install([package], new HashSet<string> { "p" });
        return [.. Result.Files.OrderBy(f => f.Key).Select(f => Show(f.Key, f.Value))];
    }

    /// <summary>The same with <c>set -e</c> on top.</summary>
    public string[] RunStrictly(string script, ScriptAccounts? accounts = null) =>
        Run("#!/bin/sh\nset -e\n" + script, accounts: accounts);

    /// <summary>Why the script is not answered; null when it is.</summary>
    public string? Problem => Result.Scripts.Values.Single().Select(p => p.Problem is null ? null : $"{p.ProblemLine}: {p.Problem}")
        .FirstOrDefault(p => p is not null);

    private static string Show(GuestPath path, ScriptedFile? file)
    {
        if (file is null)
        {
            return $"{path} gone";
        }
        string owner = $"{file.User ?? "0"}:{file.Group ?? "0"}";
        string mode = Convert.ToString(file.Node.Permissions, 8).PadLeft(4, '0');
        return file.Node switch
        {
            DirectoryNode => $"{path}/ {mode} {owner}",
            SymlinkNode link => $"{path} -> {link.Target}",
            FileNode { Content: InlineContent inline } => string.Create(
                CultureInfo.InvariantCulture, $"{path} {mode} {owner} {System.Text.Encoding.UTF8.GetString(inline.Bytes.Span)}").TrimEnd(),
            _ => path.ToString(),
        };
    }
}
