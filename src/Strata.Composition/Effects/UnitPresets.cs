using System.IO.Enumeration;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Which units an image wants enabled when their packages come (systemd.preset(5)).</summary>
internal sealed class UnitPresets
{
    private readonly List<(bool IsOfUsers, bool Enables, string Pattern)> _lines = [];

    /// <summary>Reads those of an image; a file in <c>/etc</c> stands for one of its name in <c>/usr/lib</c>.</summary>
    public static UnitPresets Of(EffectContext context)
    {
        UnitPresets presets = new();
        foreach (bool isOfUsers in new[] { false, true })
        {
            string folder = isOfUsers ? "user-preset" : "system-preset";
            GuestPath[] folders = [GuestPath.Parse("/etc/systemd/" + folder), GuestPath.Parse("/usr/lib/systemd/" + folder)];
            IEnumerable<TreeEntry> files = context.Tree.Entries
                .Where(e => Array.IndexOf(folders, e.Path.Parent) >= 0 && e.Path.Name.EndsWith(".preset", StringComparison.Ordinal))
                .OrderBy(e => Array.IndexOf(folders, e.Path.Parent)).DistinctBy(e => e.Path.Name)
                .OrderBy(e => e.Path.Name, StringComparer.Ordinal).ToList();
            foreach (TreeEntry entry in files)
            {
                presets.Add(entry.Node is FileNode file ? context.ReadText(file.Content) : "", isOfUsers);
            }
        }
        return presets;
    }

    /// <summary>What the first line says whose pattern fits; yes where none does.</summary>
    public bool Allows(string unit, bool isOfUsers)
    {
        foreach ((bool _, bool enables, string pattern) in _lines.Where(l => l.IsOfUsers == isOfUsers))
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, unit, ignoreCase: false))
            {
                return enables;
            }
        }
        return true;
    }

    private void Add(string text, bool isOfUsers)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["enable" or "disable", string pattern, ..])
            {
                _lines.Add((isOfUsers, words[0] == "enable", pattern));
            }
        }
    }
}
