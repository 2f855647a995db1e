using Strata.Blueprints;
using Strata.Core;

namespace Strata.Composition.Trees;

/// <summary>What no image needs unless its blueprint says <c>keep</c>, or a slice names it: documentation, translations, packaging leftovers.</summary>
internal static class DropPolicy
{
    private static readonly PathPattern[] s_dropped =
    [
        .. new[]
        {
            "/usr/share/bash-completion/", "/usr/share/bug/", "/usr/share/doc/", "/usr/share/doc-base/", "/usr/share/fish/",
            "/usr/share/gdb/", "/usr/share/gtk-doc/", "/usr/share/help/", "/usr/share/info/", "/usr/share/initramfs-tools/",
            "/usr/share/lintian/", "/usr/share/locale/", "/usr/share/man/", "/usr/share/menu/", "/usr/share/polkit-1/actions/*.policy.in",
            "/usr/share/zsh/", "/etc/cron.d/*", "/etc/cron.daily/*", "/etc/logrotate.d/*", "/usr/lib/**.a", "/usr/lib/**.la",
            "/usr/share/apport/", "/usr/share/pixmaps/debian-logo.png",
            "/var/lock", "/var/run", // directories of base-files, which its script makes links
        }.SelectMany(p => p.EndsWith('/') ? new[] { p, p.TrimEnd('/') } : [p]).Select(PathPattern.Parse), // the emptied directory goes too
    ];

    /// <summary>True when the path is left out of a package that is taken whole.</summary>
    public static bool Drops(GuestPath path, Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return Array.Exists(s_dropped, p => p.Matches(path)) && !edition.Keep.Any(k => k.Matches(path));
    }
}
