using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Rendering;

/// <summary>Networks that radios join, as lines of words for the script of capability <c>wifi</c>, under each init system.</summary>
/// <remarks>
/// <c>NAME FILE COUNTRY SSID</c>: the interface, the file with the passphrase, two letters; a dash where nothing is said.
/// </remarks>
public static class WifiLines
{
    /// <summary>Where the script finds them.</summary>
    public const string Path = "/etc/strata/wifi";

    /// <summary>All lines; null when there is no radio.</summary>
    public static string? Of(IEnumerable<InterfaceWords> network)
    {
        ArgumentNullException.ThrowIfNull(network);
        string[] lines = [.. network.Where(i => i.Wifi is not null).Select(Line)];
        return lines.Length == 0 ? null : string.Concat(lines);
    }

    private static string Line(InterfaceWords one)
    {
        WifiWords wifi = one.Wifi!;
        return $"{one.Name.Text} {wifi.PassphraseFile ?? "-"} {wifi.Country ?? "-"} {wifi.Ssid}\n";
    }
}
