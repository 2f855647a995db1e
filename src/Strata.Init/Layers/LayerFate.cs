using Strata.Updates.Releases;

namespace Strata.Init.Layers;

/// <summary>What became of a layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Why">Null when it is mounted; else why not: <c>is damaged …</c>, <c>was not asked for</c>.</param>
/// <param name="IsRefused">True when it was asked for and could not be used.</param>
internal sealed record LayerFate(ReleaseLayer Layer, string? Why, bool IsRefused)
{
    /// <summary>True when it is part of the running system.</summary>
    public bool IsMounted => Why is null;
}
