using System.Globalization;
using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Images.Building;

/// <summary>What <c>container:</c> says must be in the image, or no engine starts it.</summary>
internal static class ContainerRules
{
    private const int LargestFile = 4 << 20;
    private const string Passwd = "/etc/passwd";
    private const string Group = "/etc/group";

    /// <summary>Looks up user, group and folder as runc and crun do when they start the container.</summary>
    /// <param name="settings">What the blueprint says.</param>
    /// <param name="tree">The whole image.</param>
    /// <param name="openReader">Opens a reader for contents.</param>
    /// <exception cref="StrataException">One is not there.</exception>
    public static void Check(ContainerSettings settings, FileTree tree, Func<IContentReader> openReader)
    {
        if (settings.User is string user)
        {
            string[] parts = user.Split(':'); // image-spec, config.md: user, uid, user:group, uid:gid, uid:group, user:gid
            if (parts.Length > 2)
            {
                throw Refused($"user '{user}' has {parts.Length} parts", "Expected USER or USER:GROUP, each a name or a number.");
            }
            CheckAccount("user", parts[0], "users", () => NamesIn(tree, Passwd, openReader));
            if (parts.Length == 2)
            {
                CheckAccount("group", parts[1], "groups", () => NamesIn(tree, Group, openReader));
            }
        }
        if (settings.WorkingDirectory is string place)
        {
            bool isThere = tree.TryResolve(GuestPath.Parse(place), out TreeEntry entry);
            if (!isThere || entry.Node is not DirectoryNode)
            {
                throw Refused(
                    $"working-directory {place} {(isThere ? "is no folder" : "is not in the image")}",
                    "A capability makes a folder with 'directories'.");
            }
        }
    }

    // a number needs no account; engines take 0 to 2^31-1
    private static void CheckAccount(string kind, string name, string key, Func<IReadOnlyList<string>> read)
    {
        if (name.Length > 0 && name.All(char.IsAsciiDigit))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw Refused($"{kind} {name} is no number of 0..{int.MaxValue}", $"Name one of its {key}, or a smaller number.");
            }
            return;
        }
        IReadOnlyList<string> names = read();
        if (!names.Contains(name))
        {
            throw Refused(
                $"no capability declares the {kind} '{name}'{NearMiss.Suggestion(name, names)}",
                $"Declare it under '{key}' of a capability, or give its number.");
        }
    }

    private static IReadOnlyList<string> NamesIn(FileTree tree, string path, Func<IContentReader> openReader)
    {
        if (!tree.TryResolve(GuestPath.Parse(path), out TreeEntry entry)
            || entry.Node is not FileNode { Content.Size: <= LargestFile } file)
        {
            return [];
        }
        using IContentReader contents = openReader();
        using StreamReader text = new(contents.Open(file.Content));
        return [.. text.ReadToEnd().Split('\n').Where(l => l.Contains(':', StringComparison.Ordinal)).Select(l => l.Split(':')[0])];
    }

    private static StrataException Refused(string problem, string hint) =>
        new($"cannot make a container image that starts: {problem}", hint);
}
