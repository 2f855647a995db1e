using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core.Progress;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Results;

/// <summary>Images of an edition in its folder of results: <c>out/nano/nano.img</c>, and beside it <c>strata.lock</c>.</summary>
/// <param name="store">Has the images.</param>
/// <param name="builder">Makes those that lie in the folder and that a build does not make anyway.</param>
/// <param name="progress">Told what in the folder was replaced.</param>
public sealed class PlacedImages(ObjectStore store, IEditionBuilder builder, IProgressReporter progress)
{
    private static readonly ImageKind[] s_bootable = [ImageKind.Disk, ImageKind.Uki, ImageKind.Iso, ImageKind.Pxe];

    /// <summary>Where an image is placed: a file, or the folder for booting from the network.</summary>
    public static string PathOf(string folder, Edition edition, ImageKind kind)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return Path.Combine(folder, kind switch
        {
            ImageKind.Pxe => "pxe",
            ImageKind.Uki => edition.Name + ".efi",
            ImageKind.Iso => edition.Name + ".iso",
            ImageKind.Oci => edition.Name + ".oci.tar",
            _ => edition.Name + ".img",
        });
    }

    /// <summary>Copies an image out of the store, unless it is there already; returns its bytes.</summary>
    /// <exception cref="Core.StrataException">It cannot be written there.</exception>
    public async Task<long> PlaceAsync(BuildResult built, ImageKind kind, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        string path = PathOf(folder, built.Blueprint.Edition, kind);
        if (kind != ImageKind.Pxe)
        {
            await ResultFile.PlaceAsync(store, built[kind], path, cancellationToken);
            return built[kind].Size;
        }
        foreach (ActionOutput file in built.Pxe)
        {
            string target = Path.Combine(path, PxeFiles.NameOf(file));
            await ResultFile.PlaceAsync(store, file, target, cancellationToken, hasNote: false);
        }
        return built.Pxe.Sum(f => f.Size);
    }

    /// <summary>
    /// Brings what an earlier build left in the folder up to this one, for commands that build and place nothing: what lies there is what
    /// they tested or measured. An image that breaks its budget now is removed.
    /// </summary>
    public async Task RefreshAsync(BuildResult built, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        Edition edition = built.Blueprint.Edition;
        foreach (ImageKind kind in edition.HasKernel ? s_bootable : [ImageKind.Oci])
        {
            string path = PathOf(folder, edition, kind);
            // the file with the digests, of all files for the network; a file without the note is not ours
            string note = kind == ImageKind.Pxe ? Path.Combine(path, PxeFiles.Sums) : path + ".sha256";
            if (!File.Exists(note) || !Path.Exists(path))
            {
                continue;
            }
            string before = await File.ReadAllTextAsync(note, cancellationToken);
            try
            {
                BuildResult made = kind is ImageKind.Iso or ImageKind.Pxe
                    ? await builder.AddAsync(built, kind, new StepClock(), cancellationToken) : built;
                await PlaceAsync(made, kind, folder, cancellationToken);
                if (before != await File.ReadAllTextAsync(note, cancellationToken))
                {
                    progress.Note($"{path} was of another build and is of this one now");
                }
            }
            catch (BudgetException) when (kind is ImageKind.Iso or ImageKind.Pxe)
            {
                File.Delete(note); // of the folder for the network the digests go, so that what is left of it checks as nothing
                File.Delete(kind == ImageKind.Iso ? path : note);
                progress.Warn(
                    $"{path} was of another build, and this one's breaks its budget: "
                    + $"{(kind == ImageKind.Iso ? "removed" : "do not use it")}");
            }
        }
        if (File.Exists(Path.Combine(folder, EditionLock.FileName)))
        {
            await ResultFile.WriteAsync(Path.Combine(folder, EditionLock.FileName), built.Lock.Write(), cancellationToken);
        }
    }
}
