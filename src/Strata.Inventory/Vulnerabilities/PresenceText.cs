using System.Globalization;

namespace Strata.Inventory.Vulnerabilities;

/// <summary>What of an affected package is in the image, in words.</summary>
public static class PresenceText
{
    private const int MostNames = 3;

    /// <summary>Such as <c>2 of 5 programs and libraries are there: …</c>.</summary>
    public static string Of(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        int all = finding.There.Count + finding.LeftOut.Count;
        return finding.Presence switch
        {
            Presence.NoCode => "no program or library of it is in the image",
            Presence.NamedLeftOut => $"left out: {Names(finding.LeftOut)}, which it names",
            Presence.NamedThere => $"there: {Names(finding.There)}, which it names",
            Presence.Part => string.Create(
                CultureInfo.InvariantCulture, $"{finding.There.Count} of {all} programs and libraries are there: {Names(finding.There)}"),
            _ => $"all of it is there: {Names(finding.There)}",
        };
    }

    private static string Names(IReadOnlyList<string> paths) => string.Join(", ", paths.Take(MostNames))
        + (paths.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $" and {paths.Count - MostNames} more") : "");
}
