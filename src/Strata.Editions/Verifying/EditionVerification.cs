using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Locks;
using Strata.Images.Building;
using Strata.Measure.Bytes;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Verifying;

/// <summary>Builds an edition again from its lock and compares the result with an image, byte for byte.</summary>
/// <param name="store">Has what is rebuilt.</param>
/// <param name="builder">Makes images; a builder that believes kept results compares with these.</param>
/// <param name="choice">Reads the lock.</param>
/// <param name="progress">Told what is being done.</param>
public sealed class EditionVerification(ObjectStore store, IEditionBuilder builder, LockChoice choice, IProgressReporter progress)
{
    private const int MostExtraFiles = 100;

    /// <summary>Verifies.</summary>
    /// <param name="blueprint">What the image should be of.</param>
    /// <param name="image">A file, or a folder for the network.</param>
    /// <param name="lockFile">The lock; null for the one beside the image, and else for that beside the blueprint.</param>
    /// <param name="kind">What the image is; null to look.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">
    /// It cannot be told: the image or the lock cannot be read, the lock was made for another blueprint, or packages of it are gone.
    /// </exception>
    public async Task<Verification> VerifyAsync(
        Blueprint blueprint, string image, string? lockFile, ImageKind? kind, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ImageKind made = kind ?? GivenImage.KindOf(image);
        string lockPath = lockFile ?? LockOf(image, blueprint);
        EditionLock used = await choice.ReadNamedAsync(blueprint, lockPath, cancellationToken);
        BuildResult built = await builder.BuildAsync(blueprint, used, made, new StepClock(), last: null, cancellationToken);
        using IProgressTask task = progress.Begin($"comparing {image}");
        try
        {
            return new Verification(
                blueprint.Edition.Name, blueprint.Edition.Version, made, used.Digest,
                [.. built[made].Files.Select(f => Compare(f, made.IsFolder ? Path.Combine(image, f.Name) : image, cancellationToken)),
                .. made.IsFolder ? ExtraIn(image, built[made]) : []]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GivenImage.Unreadable(image, e);
        }
    }

    private VerifiedFile Compare(ActionOutput rebuilt, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return new VerifiedFile(path, rebuilt.Digest, null);
        }
        using FileStream given = File.OpenRead(path);
        using FileStream ours = store.OpenRead(rebuilt.Digest);
        return new VerifiedFile(path, rebuilt.Digest, ByteComparison.Between(given, ours, cancellationToken));
    }

    private static IEnumerable<VerifiedFile> ExtraIn(string folder, BuiltImage built) => Directory.EnumerateFileSystemEntries(folder)
        .Where(p => built.Files.All(f => f.Name != Path.GetFileName(p))).Order(StringComparer.Ordinal).Take(MostExtraFiles)
        .Select(p => new VerifiedFile(p, null, null));

    // a build places the lock that it really used beside its image
    private static string LockOf(string image, Blueprint blueprint)
    {
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(image))!, EditionLock.FileName);
        string path = File.Exists(beside) ? beside : LockChoice.FileOf(blueprint);
        return File.Exists(path) ? path : throw new StrataException(
            $"cannot verify {image}: there is no {EditionLock.FileName} beside it or beside the blueprint",
            "'--lock FILE' names the lock that the image was built from.");
    }
}
