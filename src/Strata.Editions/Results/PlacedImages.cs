using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Images.Boot;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Results;

/// <summary>Images of an edition in its folder of results: <c>out/nano/nano.img</c>, and beside it <c>strata.lock</c>.</summary>
/// <param name="store">Has the images.</param>
/// <param name="builder">Makes those that lie in the folder already, anew.</param>
/// <param name="progress">Told what in the folder was replaced.</param>
public sealed class PlacedImages(ObjectStore store, IEditionBuilder builder, IProgressReporter progress)
{
    /// <summary>Where an image is placed: a file, or a folder of files.</summary>
    public static string PathOf(string folder, Edition edition, ImageKind kind)
    {
        ArgumentNullException.ThrowIfNull(edition);
        ArgumentNullException.ThrowIfNull(kind);
        return Path.Combine(folder, kind.PlaceOf(edition.Name));
    }

    /// <summary>Copies an image out of the store, unless it is there already; returns its bytes.</summary>
    /// <exception cref="StrataException">It cannot be written there.</exception>
    public async Task<long> PlaceAsync(BuildResult built, ImageKind kind, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        string path = PathOf(folder, built.Blueprint.Edition, kind);
        BuiltImage image = built[kind];
        if (!kind.IsFolder)
        {
            await ResultFile.PlaceAsync(store, image.File, path, cancellationToken);
        }
        foreach (ActionOutput file in kind.IsFolder ? image.Files : [])
        {
            await ResultFile.PlaceAsync(store, file, Path.Combine(path, file.Name), cancellationToken, hasNote: false);
        }
        if (image.Measurements is ActionOutput measurements)
        {
            await ResultFile.PlaceAsync(
                store, measurements, MeasurementsOf(folder, built.Blueprint.Edition, kind), cancellationToken, hasNote: false);
        }
        return image.Size;
    }

    /// <summary>Where what a TPM will hold is placed: beside the image, by its name.</summary>
    public static string MeasurementsOf(string folder, Edition edition, ImageKind kind) =>
        PathOf(folder, edition, kind) + ".measurements.json";

    /// <summary>
    /// Brings what an earlier build left in the folder up to this one, for commands that build and place nothing: what lies there is what
    /// they tested or measured. An image that breaks its budget now is removed.
    /// </summary>
    public async Task RefreshAsync(BuildResult built, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        Edition edition = built.Blueprint.Edition;
        foreach (ImageKind kind in ImageKind.Built.Where(k => k.Boots == edition.HasKernel))
        {
            string path = PathOf(folder, edition, kind);
            // the file with the digests, of all files for the network; a file without the note is not ours
            string note = kind.IsFolder ? Path.Combine(path, NetworkFiles.Sums) : path + ".sha256";
            if (!File.Exists(note) || !Path.Exists(path))
            {
                continue;
            }
            string before = await File.ReadAllTextAsync(note, cancellationToken);
            try
            {
                BuildResult made = await builder.AddAsync(built, kind, new StepClock(), cancellationToken);
                await PlaceAsync(made, kind, folder, cancellationToken);
                if (before != await File.ReadAllTextAsync(note, cancellationToken))
                {
                    progress.Note($"{path} was of another build and is of this one now");
                }
            }
            catch (BudgetException)
            {
                File.Delete(note); // of a folder the digests go, so that what is left of it checks as nothing
                File.Delete(kind.IsFolder ? note : path);
                File.Delete(MeasurementsOf(folder, edition, kind));
                progress.Warn(
                    $"{path} was of another build, and this one's breaks its budget: {(kind.IsFolder ? "do not use it" : "removed")}");
            }
        }
        if (File.Exists(Path.Combine(folder, EditionLock.FileName)))
        {
            await ResultFile.WriteAsync(Path.Combine(folder, EditionLock.FileName), built.Lock.Write(), cancellationToken);
        }
    }
}
