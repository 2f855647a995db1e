namespace Strata.Init.Layers;

/// <summary>A layer that cannot be used.</summary>
/// <param name="why">The rest of a sentence that begins with the layer's name.</param>
internal sealed class LayerFault(string why) : Exception(why);
