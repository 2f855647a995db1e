using Strata.Core;

namespace Strata.Cli.Wiring;

/// <summary>A word on the command line is not what was expected there: exit code 2, before anything is done.</summary>
internal sealed class UsageException(string message, string? hint = null) : StrataException(message, hint);
