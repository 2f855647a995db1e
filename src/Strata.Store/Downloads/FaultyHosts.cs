using System.Collections.Concurrent;

namespace Strata.Store.Downloads;

/// <summary>
/// Hosts that could not be reached in this run: asked last and once, so that a dead mirror costs its time limit once and not for each file.
/// </summary>
internal sealed class FaultyHosts
{
    private readonly ConcurrentDictionary<string, bool> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True after <see cref="Remember"/>.</summary>
    public bool Contains(Uri address) => _hosts.ContainsKey(address.Authority);

    /// <summary>The host of an address was given up.</summary>
    public void Remember(Uri address) => _hosts.TryAdd(address.Authority, true);

    /// <summary>The host of an address answered after all.</summary>
    public void Forget(Uri address) => _hosts.TryRemove(address.Authority, out _);

    /// <summary>Addresses of hosts that are well first, else in their order.</summary>
    public IEnumerable<Uri> InOrder(IReadOnlyList<Uri> addresses) => addresses.OrderBy(Contains);
}
