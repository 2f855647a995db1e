namespace Strata.Advice.Servers;

/// <summary>A blueprint that gives the services of a Debian system, and what is not in it.</summary>
/// <param name="Edition">Its name.</param>
/// <param name="Blueprint">The text of <c>edition.yaml</c>, with explanations as comments.</param>
/// <param name="Capabilities">Capabilities that it takes.</param>
/// <param name="Packages">Packages that it takes with all they depend on.</param>
/// <param name="Units">Units of packages that start by themselves.</param>
/// <param name="Users">Who may log in.</param>
/// <param name="LeftOut">What is not taken.</param>
/// <param name="Notes">What whoever builds it should know: full sentences.</param>
/// <param name="Listening">Ports that something listens on there; null when the system does not run here.</param>
public sealed record ServerSuggestion(
    string Edition, string Blueprint, IReadOnlyList<SuggestedCapability> Capabilities, IReadOnlyList<SuggestedPackage> Packages,
    IReadOnlyList<string> Units, IReadOnlyList<string> Users, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<string> Notes,
    IReadOnlyList<ListeningSocket>? Listening);

/// <summary>A capability that stands for something.</summary>
/// <param name="Name">Its name.</param>
/// <param name="For">Packages that it stands for; none when it is always taken.</param>
/// <param name="Because">What is different, or why it is there.</param>
public sealed record SuggestedCapability(string Name, IReadOnlyList<string> For, string Because);

/// <summary>A package that is taken with all it depends on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Units">Its units, and those of packages that it brings, that start by themselves.</param>
/// <param name="ChangedFiles">Its configuration files, and theirs, that were changed and are not taken.</param>
public sealed record SuggestedPackage(string Name, IReadOnlyList<string> Units, IReadOnlyList<string> ChangedFiles);

/// <summary>What is not taken, and why.</summary>
/// <param name="Kind"><c>packages</c>, <c>units</c> or <c>users</c>.</param>
/// <param name="What">Packages, units or users, by name.</param>
/// <param name="Why">The reason, for people.</param>
public sealed record LeftOut(string Kind, IReadOnlyList<string> What, string Why);
