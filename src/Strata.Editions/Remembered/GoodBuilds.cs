using Strata.Blueprints;
using Strata.Images.Budgets;
using Strata.Packages.Locks;
using Strata.Store;

namespace Strata.Editions.Remembered;

/// <summary>
/// The last build of each edition that kept its budgets, one file an edition below <c>good-builds</c> of the store; an ISO image has one of
/// its own, for it has parts that nothing else has.
/// </summary>
/// <param name="store">In whose folder they are.</param>
public sealed class GoodBuilds(ObjectStore store)
{
    /// <summary>True when one is remembered, readable or not.</summary>
    public bool Has(Blueprint blueprint, bool isMedium) => File.Exists(FileOf(blueprint, isMedium));

    /// <summary>The last one; null when there is none that can be read, for it only serves forecasts and messages.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="isMedium">True for its ISO image.</param>
    public GoodBuild? Last(Blueprint blueprint, bool isMedium) => GoodBuild.TryRead(FileOf(blueprint, isMedium));

    /// <summary>Remembers one in the place of the last.</summary>
    public async Task RememberAsync(Blueprint blueprint, GoodBuild good, bool isMedium, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(good);
        string path = FileOf(blueprint, isMedium);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = store.NewTemporaryPath();
        await File.WriteAllBytesAsync(temporary, good.Write(), cancellationToken);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>How large the image of a lock will be, told before anything is fetched.</summary>
    /// <param name="blueprint">What is taken of the packages.</param>
    /// <param name="packages">The guest's part of the lock.</param>
    public SizeForecast Forecast(Blueprint blueprint, PackageLock packages) =>
        SizeForecast.Of(blueprint, packages, Last(blueprint, isMedium: false));

    private string FileOf(Blueprint blueprint, bool isMedium)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        return Path.Combine(store.Root, "good-builds", EditionIdentity.Of(blueprint.Edition) + (isMedium ? ".iso.json" : ".json"));
    }
}
