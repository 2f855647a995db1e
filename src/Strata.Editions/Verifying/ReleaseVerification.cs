using System.Security.Cryptography.X509Certificates;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Bills;
using Strata.Editions.Locks;
using Strata.Images.Building;
using Strata.Inventory.Provenance;
using Strata.Measure.Bytes;
using Strata.Packages.Locks;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Verifying;

/// <summary>
/// Builds a published release again from the lock that was published with it, and compares. What is asked, in this order: who signed the
/// statement, whether it is about this edition and blueprint, whether the lock is the one that it names, what the lock makes, and whether
/// the published files are that and what the statement says.
/// </summary>
/// <param name="store">Has what is rebuilt.</param>
/// <param name="builder">Makes images, without believing kept results.</param>
/// <param name="choice">Reads the lock.</param>
/// <param name="progress">Told what is being done, and what may explain a difference.</param>
public sealed class ReleaseVerification(ObjectStore store, IEditionBuilder builder, LockChoice choice, IProgressReporter progress)
{
    private const int LargestLock = 64 << 20;
    private const long Slack = 64 << 20; // a larger image is compared to its end, one without an end is not fetched

    /// <summary>Verifies.</summary>
    /// <param name="blueprint">What the release should be of.</param>
    /// <param name="release">Where it was published.</param>
    /// <param name="kind">Which of its images.</param>
    /// <param name="believed">Certificates of release keys: one of them has to have signed. None: nobody is asked for.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">
    /// It cannot be told: something is missing, signed by nobody who is believed, about something else, or packages of the lock are gone.
    /// </exception>
    public async Task<VerifiedRelease> VerifyAsync(
        Blueprint blueprint, PublishedRelease release, ImageKind kind, IReadOnlyList<X509Certificate2> believed,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(release);
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(believed);
        string place = kind.PlaceOf(blueprint.Edition.Name);
        (string name, ReadOnlyMemory<byte> statement, string? signer) = await StatementAsync(release, place, believed, cancellationToken);
        StatedBuild stated = StatedBuild.Read(statement, $"{release.Address}/{name}");
        CheckMeant(release, stated, blueprint, kind);
        if (stated.Tool != EditionBills.Tool)
        {
            progress.Warn($"it was built by strata {stated.Tool}, and this is {EditionBills.Tool}: what packs decides bytes too");
        }
        string work = store.NewTemporaryPath();
        Directory.CreateDirectory(work);
        try
        {
            EditionLock used = await LockAsync(release, stated, blueprint, work, cancellationToken);
            BuildResult built = await RebuildAsync(release, blueprint, used, kind, cancellationToken);
            using IProgressTask task = progress.Begin($"comparing {release.Address}");
            List<VerifiedFile> files = [];
            List<string> notAsStated = [];
            foreach (ActionOutput file in built[kind].Files)
            {
                string path = kind.IsFolder ? $"{place}/{file.Name}" : place;
                string? given = await release.TryPlaceAsync(path, file.Size + Slack, work, cancellationToken);
                files.Add(new VerifiedFile(path, file.Digest, given is null ? null : Compare(file, given, cancellationToken)));
                if (given is not null && stated.Subjects.FirstOrDefault(s => s.Name == path)?.Digest != DigestOf(given))
                {
                    notAsStated.Add(path);
                }
            }
            files.AddRange(stated.Subjects.Where(s => kind.IsFolder && files.All(f => f.Path != s.Name))
                .Select(s => new VerifiedFile(s.Name, null, null)));
            Verification image = new(blueprint.Edition.Name, blueprint.Edition.Version, kind, used.Digest, files);
            return new VerifiedRelease(image, name, signer, stated.Tool, stated.Certificate is not null, notAsStated);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<(string Name, ReadOnlyMemory<byte> Statement, string? Signer)> StatementAsync(
        PublishedRelease release, string place, IReadOnlyList<X509Certificate2> believed, CancellationToken cancellationToken)
    {
        string signed = $"{place}.{StatementEnvelope.Ending}";
        if (await release.TryReadAsync(signed, StatementEnvelope.MaxBytes, cancellationToken) is byte[] line)
        {
            StatementEnvelope envelope = StatementEnvelope.Read(line, $"{release.Address}/{signed}");
            X509Certificate2? signer = believed.FirstOrDefault(envelope.IsSignedBy);
            return believed.Count == 0 || signer is not null
                ? (signed, envelope.Statement, signer?.Subject)
                : throw new StrataException(
                    $"cannot believe {release.Address}/{signed}: no release key that is believed has signed it",
                    "Whoever published it has other keys, or it was changed. '--keys' names the folder with the release key's "
                    + "certificate.");
        }
        string bare = $"{place}.{ProvenanceStatement.Ending}";
        byte[] statement = await release.TryReadAsync(bare, StatedBuild.MaxBytes, cancellationToken) ?? throw new StrataException(
            $"cannot verify {release.Address}: there is neither {signed} nor {bare} in it",
            "'strata build --provenance' writes such a statement beside the image; '--image' says which image is meant.");
        return believed.Count == 0 ? (bare, statement, null) : throw new StrataException(
            $"cannot believe {release.Address}/{bare}: nobody signed it",
            $"'strata build --provenance --keys FOLDER' writes {signed}.");
    }

    private static void CheckMeant(PublishedRelease release, StatedBuild stated, Blueprint blueprint, ImageKind kind)
    {
        Edition edition = blueprint.Edition;
        string said = $"{stated.Edition} {stated.Version} for {stated.Architecture}, as {stated.Kind}";
        string meant = $"{edition.Name} {edition.Version} for {edition.Architecture.Name}, as {kind.Name}";
        if (said != meant)
        {
            throw new StrataException(
                $"cannot verify {release.Address}: it is of {said}, and the blueprint is {meant}",
                "Take the edition as it was when this was released.");
        }
        if (stated.Blueprint != blueprint.Digest)
        {
            throw new StrataException(
                $"cannot verify {release.Address}: it was built from another blueprint of {edition.Name} {edition.Version} "
                + $"(sha256 {stated.Blueprint.ToShortString()}, this one has {blueprint.Digest.ToShortString()})",
                "Take the edition with its capabilities as they were when this was released: out of version control, or of a README that "
                + "'strata docs' wrote.");
        }
    }

    private async Task<EditionLock> LockAsync(
        PublishedRelease release, StatedBuild stated, Blueprint blueprint, string work, CancellationToken cancellationToken)
    {
        byte[] bytes = await release.TryReadAsync(EditionLock.FileName, LargestLock, cancellationToken) ?? throw new StrataException(
            $"cannot verify {release.Address}: there is no {EditionLock.FileName} in it",
            "A build leaves the lock beside its image; publish both.");
        if (Sha256Digest.Of(bytes) != stated.Lock)
        {
            throw new StrataException(
                $"cannot verify {release.Address}: its {EditionLock.FileName} is not the one that its statement names",
                $"The statement names sha256 {stated.Lock}.");
        }
        string path = Path.Combine(work, EditionLock.FileName);
        await File.WriteAllBytesAsync(path, bytes, cancellationToken);
        return await choice.ReadNamedAsync(blueprint, path, cancellationToken);
    }

    private async Task<BuildResult> RebuildAsync(
        PublishedRelease release, Blueprint blueprint, EditionLock used, ImageKind kind, CancellationToken cancellationToken)
    {
        try
        {
            return await builder.BuildAsync(blueprint, used, kind, new StepClock(), last: null, cancellationToken);
        }
        catch (PackagesGoneException e)
        {
            // not what a build says: another lock would make another image, which says nothing about this one
            string more = e.Packages.Count > 1 ? $" and {e.Packages.Count - 1} more" : "";
            throw new StrataException(
                $"cannot build {release.Address} again: no mirror has {e.Packages[0]}{more} of its lock any more",
                $"Set {SnapshotArchive.Setting} to a snapshot service that still has them, or '--store' to a store that does.", e);
        }
    }

    private ByteComparison Compare(ActionOutput rebuilt, string path, CancellationToken cancellationToken)
    {
        using FileStream given = File.OpenRead(path);
        using FileStream ours = store.OpenRead(rebuilt.Digest);
        return ByteComparison.Between(given, ours, cancellationToken);
    }

    private static Sha256Digest DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Sha256Digest.Of(file);
    }
}
