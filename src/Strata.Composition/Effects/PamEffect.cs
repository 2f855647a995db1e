using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>
/// Writes <c>/etc/pam.d/common-*</c> out of what packages offer below <c>/usr/share/pam-configs</c>, as pam-auth-update(8) does when nobody
/// is asked: every profile that says <c>Default: yes</c>, those of high priority first.
/// </summary>
internal sealed class PamEffect : IEffect
{
    private static readonly GuestPath s_profiles = GuestPath.Parse("/usr/share/pam-configs");

    private static readonly (string File, string Key, string Type)[] s_files =
    [
        ("common-auth", "Auth", "auth"), ("common-account", "Account", "account"), ("common-password", "Password", "password"),
        ("common-session", "Session", "session"), ("common-session-noninteractive", "Session", "session"),
    ];

    /// <inheritdoc/>
    public string Name => "pam";

    /// <inheritdoc/>
    public string Description => "the common files of PAM, of what packages offer to them";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        List<Dictionary<string, string>> profiles =
        [
            .. context.Tree.Entries.Where(e => e.Path.Parent == s_profiles && e.Node is FileNode).ToList()
                .Select(e => Read(context.ReadText(((FileNode)e.Node).Content)))
                .Where(p => p.GetValueOrDefault("Default") == "yes")
                .OrderByDescending(p => int.TryParse(p.GetValueOrDefault("Priority"), NumberStyles.None, CultureInfo.InvariantCulture,
                    out int n) ? n : 0),
        ];
        foreach ((string name, string key, string type) in s_files)
        {
            GuestPath path = GuestPath.Parse("/etc/pam.d/" + name);
            if (!context.Tree.Contains(path) && context.Tree.TryGet(GuestPath.Parse("/usr/share/pam/" + name), out TreeEntry template)
                && template.Node is FileNode { Content: FileContent content })
            {
                bool isInteractive = name != "common-session-noninteractive";
                string text = Fill(
                    context.ReadText(content), key, type,
                        [.. profiles.Where(p => isInteractive || p.GetValueOrDefault("Session-Interactive-Only") != "yes")]);
                context.Put(this, path, new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(text) });
            }
        }
    }

    /// <summary>A template with the lines of profiles in the place of its two variables.</summary>
    internal static string Fill(string template, string key, string type, IReadOnlyList<IReadOnlyDictionary<string, string>> profiles)
    {
        StringBuilder text = new();
        foreach (string line in template.TrimEnd('\n').Split('\n'))
        {
            string? block = !line.StartsWith('$') ? null : line.EndsWith("_primary", StringComparison.Ordinal) ? "Primary" : "Additional";
            text.Append(block is null ? line + "\n" : Block(block, key, type, profiles));
        }
        return text.ToString();
    }

    /// <summary>Fields of a profile; those that go on below have their lines, without blanks before them.</summary>
    internal static Dictionary<string, string> Read(string text)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        string? field = null;
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line.Length > 0 && line[0] is ' ' or '\t')
            {
                if (field is not null)
                {
                    fields[field] = (fields[field].Length == 0 ? "" : fields[field] + "\n") + line.Trim();
                }
            }
            else if (colon > 0)
            {
                field = line[..colon];
                fields[field] = line[(colon + 1)..].Trim();
            }
        }
        return fields;
    }

    // "end" jumps behind the block, and behind the line of a primary block that denies
    private static string Block(string block, string key, string type, IReadOnlyList<IReadOnlyDictionary<string, string>> profiles)
    {
        IReadOnlyDictionary<string, string>[] mine = [.. profiles.Where(p => p.GetValueOrDefault(key + "-Type") == block)];
        string[] lines =
        [
            .. mine.SelectMany((p, i) => ((i == 0 ? p.GetValueOrDefault(key + "-Initial") : null) ?? p.GetValueOrDefault(key) ?? "")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)),
        ];
        if (lines.Length == 0)
        {
            return block == "Primary" ? $"{type}\t[default=1]\t\t\tpam_permit.so\n" : "";
        }
        int left = block == "Primary" ? lines.Length : lines.Length - 1;
        StringBuilder text = new();
        foreach (string line in lines)
        {
            string jump = left.ToString(CultureInfo.InvariantCulture);
            text.Append(type).Append('\t').Append(line.Replace("=end", "=" + jump, StringComparison.Ordinal));
            text.Append(line.EndsWith(".so", StringComparison.Ordinal) ? " \n" : "\n"); // pam-auth-update puts options there, even if none
            left--;
        }
        return text.ToString();
    }
}
