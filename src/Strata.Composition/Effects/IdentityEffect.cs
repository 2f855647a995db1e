using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Writes who the system is: <c>/etc/os-release</c> (os-release(5)), <c>/etc/hostname</c> and an empty <c>/etc/machine-id</c>.</summary>
public sealed class IdentityEffect : IEffect
{
    /// <inheritdoc/>
    public string Name => "identity";

    /// <inheritdoc/>
    public string Description => "os-release, host name, empty machine id";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <summary>Text of os-release; it is also the <c>.osrel</c> section of the UKI.</summary>
    public static string OsRelease(Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return $"""
            ID={edition.Name}
            ID_LIKE=debian
            NAME={Quote(edition.Title)}
            VERSION_ID={Quote(edition.Version)}
            PRETTY_NAME={Quote(edition.Title + " " + edition.Version)}

            """;
    }

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Edition edition = context.Blueprint.Edition;
        Put("/usr/lib/os-release", OsRelease(edition), Modes.File);
        context.Put(this, GuestPath.Parse("/etc/os-release"), new SymlinkNode { Permissions = Modes.Link, Target = "../usr/lib/os-release" });
        if (!context.Tree.Contains(GuestPath.Parse("/etc/hostname")))
        {
            Put("/etc/hostname", (context.Blueprint.Machine.Hostname?.Text ?? edition.Name) + "\n", Modes.File);
        }
        Put("/etc/machine-id", "", Modes.ReadOnlyFile); // empty: made up at first boot by whoever needs one (machine-id(5))

        void Put(string path, string text, int mode) =>
            context.Put(this, GuestPath.Parse(path), new FileNode { Permissions = mode, Content = InlineContent.FromText(text) });
    }

    // os-release(5): shell-like, double quotes with a backslash before these four
    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("$", "\\$", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal) + "\"";
}
