using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>
/// Commands with which packages enable modules, configurations and sites of web servers: those of Apache (a2enmod(8)), a link beside what
/// is available and a note who did it, for a module also those that its <c>Depends:</c> names; and that of lighttpd (lighty-enable-mod(1)).
/// </summary>
internal static class ApacheCommands
{
    private const int DeepestDependency = 20;

    public static IReadOnlyDictionary<string, Func<ShellMachine, CommandCall, int?>> All { get; } =
        new Dictionary<string, Func<ShellMachine, CommandCall, int?>>(StringComparer.Ordinal)
        {
            ["a2enmod"] = (_, c) => EnableAll(c, "mods"),
            ["a2enconf"] = (_, c) => EnableAll(c, "conf"),
            ["a2ensite"] = (_, c) => EnableAll(c, "sites"),
            ["a2query"] = (_, c) => Query(c),
            ["lighty-enable-mod"] = (_, c) => EnableOfLighttpd(c),
        };

    private static int? EnableAll(CommandCall call, string kind)
    {
        Options options = Options.Of(call, "-q --quiet -m --maintmode -f --force -p");
        string by = options.Has("-m", "--maintmode") ? "enabled_by_maint" : "enabled_by_admin";
        return options.Rest.All(name => Enable(call, kind, name, by, 0)) ? 0 : 1;
    }

    private static bool Enable(CommandCall call, string kind, string name, string by, int depth)
    {
        bool isThere = false;
        foreach (string file in kind == "mods" ? new[] { name + ".load", name + ".conf" } : [name + ".conf"])
        {
            if (FileCommands.At(call, $"/etc/apache2/{kind}-available/{file}", follows: true) is not (_,
                ScriptedFile { Node: FileNode } available))
            {
                continue;
            }
            isThere = true;
            foreach (string needed in kind == "mods" && file.EndsWith(".load", StringComparison.Ordinal) ? DependsOf(call, available) : [])
            {
                if (depth == DeepestDependency || !Enable(call, kind, needed, by, depth + 1))
                {
                    return false;
                }
            }
            if (FileCommands.At(call, $"/etc/apache2/{kind}-enabled/{file}", follows: false) is (GuestPath link, null))
            {
                SymlinkNode node = new() { Permissions = Modes.Link, Target = $"../{kind}-available/{file}" };
                FileCommands.Put(call, link, new ScriptedFile(node, null, null, ""), $"enables {name} of Apache");
                string notes = $"/var/lib/apache2/{(kind == "mods" ? "module" : kind.TrimEnd('s'))}/{by}";
                _ = FileCommands.MakeFolder(call, notes, Modes.Folder, withParents: true);
                _ = CopyCommands.CopyOne(call, "/dev/null", $"{notes}/{name}", null, null, null);
            }
        }
        return isThere;
    }

    // the file's name has a number before it, which says when it is read
    private static int? EnableOfLighttpd(CommandCall call)
    {
        const string folder = "/etc/lighttpd/conf-available";
        foreach (string name in call.Texts)
        {
            if (call.State.Files.Matching($"{folder}/??-{name}.conf", "/") is not [string file, ..])
            {
                return 1;
            }
            string at = file[(folder.Length + 1)..];
            if (FileCommands.At(call, $"/etc/lighttpd/conf-enabled/{at}", follows: false) is (GuestPath link, null))
            {
                SymlinkNode node = new() { Permissions = Modes.Link, Target = $"../conf-available/{at}" };
                FileCommands.Put(call, link, new ScriptedFile(node, null, null, ""), $"enables {name} of lighttpd");
            }
        }
        return 0;
    }

    private static string[] DependsOf(CommandCall call, ScriptedFile file) =>
    [
        .. (call.State.Files.Read(file) ?? "").Split('\n').Where(l => l.StartsWith("# Depends:", StringComparison.Ordinal))
            .SelectMany(l => l["# Depends:".Length..].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)),
    ];

    // -m NAME: is a module enabled; other questions are about a configuration that only the server reads
    private static int? Query(CommandCall call)
    {
        if (call.Arguments is [.., "-m", string name])
        {
            return FileCommands.At(call, $"/etc/apache2/mods-enabled/{name}.load", follows: false) is (_, ScriptedFile) ? 0 : 1;
        }
        call.Write(null);
        return null;
    }
}
