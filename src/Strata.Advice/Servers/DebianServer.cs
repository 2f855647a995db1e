using Strata.Packages.Installed;

namespace Strata.Advice.Servers;

/// <summary>What was read of a Debian system, running or unpacked.</summary>
internal sealed record DebianServer
{
    /// <summary>Its name; null when it has none that could be one.</summary>
    public string? Hostname { get; init; }

    /// <summary>Codename of its release: <c>trixie</c>; null when it does not say.</summary>
    public string? Release { get; init; }

    /// <summary>What it calls itself when that is not Debian; null for Debian.</summary>
    public string? OtherDistribution { get; init; }

    /// <summary>Everything that is installed, by name.</summary>
    public required IReadOnlyList<InstalledPackage> Packages { get; init; }

    /// <summary>Packages that are there because others need them; null when apt kept no notes.</summary>
    public IReadOnlySet<string>? Automatic { get; init; }

    /// <summary>Where packages can be from; null when apt's lists are not there.</summary>
    public IReadOnlyDictionary<string, PackageOrigin>? Origins { get; init; }

    /// <summary>Units that start by themselves.</summary>
    public IReadOnlyList<EnabledUnit> Units { get; init; } = [];

    /// <summary>Units, and settings over those of packages, that somebody wrote in <c>/etc/systemd/system</c>.</summary>
    public IReadOnlyList<string> OwnUnits { get; init; } = [];

    /// <summary>Units that nothing can start.</summary>
    public IReadOnlyList<string> MaskedUnits { get; init; } = [];

    /// <summary>Who may log in.</summary>
    public IReadOnlyList<ServerUser> Users { get; init; } = [];

    /// <summary>Ports that something listens on; null when the system does not run here.</summary>
    public IReadOnlyList<ListeningSocket>? Listening { get; init; }

    /// <summary>Configuration files that are not as their package had them, by package.</summary>
    public required ILookup<string, string> ChangedConffiles { get; init; }

    /// <summary>What could not be read, and why: full sentences.</summary>
    public IReadOnlyList<string> NotRead { get; init; } = [];
}

/// <summary>A unit that starts by itself.</summary>
/// <param name="Name">Its name: <c>nginx.service</c>.</param>
/// <param name="WantedBy">What starts it: <c>multi-user.target</c>.</param>
/// <param name="Owner">The package whose file it is; null for none.</param>
internal sealed record EnabledUnit(string Name, string WantedBy, string? Owner);

/// <summary>Somebody with a shell.</summary>
/// <param name="Name">Login name.</param>
/// <param name="Keys">Public keys that let them in over SSH.</param>
/// <param name="SkippedKeys">How many lines of their keys are not taken: with options, or unknown.</param>
internal sealed record ServerUser(string Name, IReadOnlyList<string> Keys, int SkippedKeys);
