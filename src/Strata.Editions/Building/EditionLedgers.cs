using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Locks;

namespace Strata.Editions.Building;

/// <summary>What stands for the maintainer scripts of an edition, out of its lock.</summary>
/// <param name="services">What it works with.</param>
/// <param name="locks">Moves a lock whose packages are gone.</param>
/// <param name="choice">Chooses the lock.</param>
public sealed class EditionLedgers(BuildServices services, EditionLocks locks, LockChoice choice)
{
    private readonly EditionLedger _ledger = new(services);

    /// <summary>Every script of every package that it takes files from.</summary>
    /// <exception cref="StrataException">It cannot be locked or composed.</exception>
    public Task<IReadOnlyList<LedgerEntry>> OfAsync(Blueprint blueprint, CancellationToken cancellationToken) =>
        UseLockAsync(blueprint, used => _ledger.OfAsync(blueprint, used, cancellationToken), cancellationToken);

    /// <summary>For people: the scripts of one package and what stands for each part.</summary>
    /// <exception cref="StrataException">It takes nothing from such a package, or cannot be locked or composed.</exception>
    public Task<string> ExplainAsync(Blueprint blueprint, string package, CancellationToken cancellationToken) =>
        UseLockAsync(blueprint, used => _ledger.ExplainAsync(blueprint, used, package, cancellationToken), cancellationToken);

    private async Task<T> UseLockAsync<T>(Blueprint blueprint, Func<EditionLock, Task<T>> work, CancellationToken cancellationToken)
    {
        EditionLock chosen = await choice.ChooseAsync(blueprint, locked: false, cancellationToken);
        return await locks.UseAsync(blueprint, chosen, locked: false, work, cancellationToken);
    }
}
