using System.Globalization;

namespace Strata.Machines.Serial;

/// <summary>A deadline in the words of a message.</summary>
internal static class Deadline
{
    /// <summary><c>2.5 s</c>.</summary>
    public static string InSeconds(TimeSpan deadline) => string.Create(CultureInfo.InvariantCulture, $"{deadline.TotalSeconds:0.#} s");
}
