using Strata.Core;

namespace Strata.Composition.Scripts;

/// <summary>Names of the effects that produce what followed scripts do.</summary>
internal static class ScriptEffects
{
    /// <summary>Files, directories, links, modes and owners.</summary>
    public const string Files = "scripts";

    /// <summary>Users and groups.</summary>
    public const string Accounts = "accounts";

    /// <summary>Units that are enabled.</summary>
    public const string Units = "units";

    /// <summary>Names that several packages compete for.</summary>
    public const string Alternatives = "alternatives";
}

/// <summary>What is known about one thing that scripts do: an effect produces it, or it does not matter here.</summary>
/// <param name="Effect">Name of the effect; null when irrelevant.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Prints">What a command puts out, which then ends well; null when neither is known.</param>
/// <param name="Makes">
/// Files that a command makes, which every machine makes for itself: what else the script does to them is understood, and none is in the
/// image.
/// </param>
public sealed record ScriptRule(string? Effect, string Reason, string? Prints = null, IReadOnlyList<GuestPath>? Makes = null);

/// <summary>A name that several packages compete for, and what one of them offers (update-alternatives(1)).</summary>
/// <param name="Name">The name.</param>
/// <param name="Priority">The highest wins.</param>
/// <param name="Package">Who offers it.</param>
/// <param name="Links">The link itself and those that follow it: where, under which name, and to what.</param>
internal sealed record Alternative(string Name, int Priority, string Package, IReadOnlyList<(string Link, string Name, string Path)> Links);
