using Strata.Core;

namespace Strata.Editions.Measuring;

/// <summary>What a measurement should be compared with was named, and the name stands for neither a file nor a commit.</summary>
public sealed class UnknownReferenceException(string message, string hint) : StrataException(message, hint);
