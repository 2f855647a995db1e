using Strata.Images.Building;

namespace Strata.Editions.Measuring;

/// <summary>How an edition is measured.</summary>
/// <param name="Kind">The image; null for the usual one.</param>
/// <param name="Boots">False to start no guest.</param>
/// <param name="SearchesLeast">False to leave out the search for the least memory.</param>
/// <param name="Locked">True to refuse a build without a lock.</param>
/// <param name="Time">For all that guests show; null for the usual.</param>
public sealed record MeasureOptions(ImageKind? Kind, bool Boots, bool SearchesLeast, bool Locked, TimeSpan? Time = null);
