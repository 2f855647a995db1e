namespace Strata.Sealing.Sealed;

/// <summary>A policy says no: what a person should know about it, without a capital and a full stop.</summary>
/// <param name="message">Why.</param>
public sealed class PolicyException(string message) : Exception(message);
