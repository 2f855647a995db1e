namespace Strata.Benchmarks;

/// <summary>What is measured and where.</summary>
/// <param name="Home">The checkout.</param>
/// <param name="Store">A store; a first build fills it.</param>
/// <param name="Folder">For everything that a run makes; removed at its end.</param>
/// <param name="Rounds">How often each command runs; the median counts.</param>
internal sealed record Settings(string Home, string Store, string Folder, int Rounds)
{
    /// <summary>The program as <c>./strata</c> publishes it.</summary>
    public string Program => Path.Combine(Home, "artifacts", "strata", "strata");

    /// <summary>The script that people start: it publishes when a source is newer, then runs <see cref="Program"/>.</summary>
    public string Launcher => Path.Combine(Home, "strata");
}
