namespace Strata.Device.Mapping;

/// <summary>The kernel has no driver of that name, built in or loaded.</summary>
/// <param name="driver">Its name: <c>loop</c>.</param>
public sealed class MissingDriverException(string driver) : Exception($"the kernel has no {driver} driver")
{
    /// <summary>Its name.</summary>
    public string Driver { get; } = driver;
}
