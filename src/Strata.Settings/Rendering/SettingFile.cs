using Strata.Core;

namespace Strata.Settings.Rendering;

/// <summary>A file that words become.</summary>
/// <param name="Path">Where.</param>
/// <param name="Text">What.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="User">Whose, by name; root's when null.</param>
/// <param name="Group">A group by name; that of the user when null.</param>
public sealed record SettingFile(GuestPath Path, string Text, int Mode = Modes.File, string? User = null, string? Group = null)
{
    internal static SettingFile At(string path, string text, int mode = Modes.File) => new(GuestPath.Parse(path), text, mode);
}
