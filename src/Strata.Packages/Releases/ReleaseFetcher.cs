using System.Globalization;
using Strata.Core;
using Strata.Packages.Sources;
using Strata.Store.Downloads;

namespace Strata.Packages.Releases;

/// <summary>A <c>Release</c> that was fetched, verified and found to be the one asked for.</summary>
/// <param name="Suite">Which suite was asked for, and where.</param>
/// <param name="File">What it says.</param>
/// <param name="Digest">
/// SHA-256 of the <c>InRelease</c> file with its signature; of the <c>Release</c> where the signature is in another.
/// </param>
/// <param name="Fingerprints">Keys that signed it.</param>
internal sealed record VerifiedRelease(ArchiveSuite Suite, ReleaseFile File, Sha256Digest Digest, IReadOnlyList<string> Fingerprints);

/// <summary>Fetches the release of a suite and believes it only when signature, suite and dates are right.</summary>
/// <remarks>
/// It is the <c>InRelease</c>. A mirror that has none is asked for <c>Release</c> and <c>Release.gpg</c>, which are believed together or
/// not at all, once no mirror gave an <c>InRelease</c> (Debian repository format, "Release" files). An <c>InRelease</c> that is there
/// and not to be believed is never made good by the other two of its mirror.
/// </remarks>
/// <param name="access">Brings the document, knows the trusted keys, remembers what was accepted; the clock is for the dates only.</param>
internal sealed class ReleaseFetcher(ArchiveAccess access)
{
    /// <summary>Most bytes of a document; that of trixie has 140 KB, unstable's 300 KB.</summary>
    public const long MaxBytes = 16 << 20;

    // A clock that lags by a day is more common than an attacker who can sign.
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromDays(1);

    // Debian makes a point release about every two months.
    private static readonly TimeSpan s_old = TimeSpan.FromDays(180);

    private readonly AcceptedReleases _accepted = new(access.Store, access.Progress);

    /// <summary>Fetches and checks; a mirror whose answer cannot be used is told of, and the next one is asked.</summary>
    /// <exception cref="StrataException">
    /// No mirror has one that is signed by a trusted key, of this suite, valid, and no older than one that was accepted before.
    /// </exception>
    public async Task<VerifiedRelease> FetchAsync(ArchiveSuite suite, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(suite);
        List<Uri> without = [];
        try
        {
            return await FetchAsync(suite, suite.Roots, ["InRelease"], without, cancellationToken);
        }
        catch (StrataException e) when (without.Count > 0)
        {
            string next = $"{e.Message}; asking {without[0].Authority} for Release and Release.gpg";
            (e is DownloadException { IsAbsent: true } ? (Action<string>)access.Progress.Note : access.Progress.Warn)(next);
            return await FetchAsync(suite, without, ["Release", "Release.gpg"], [], cancellationToken);
        }
    }

    /// <param name="suite">Of which.</param>
    /// <param name="roots">Which of its mirrors to ask, in this order.</param>
    /// <param name="names">The document, and its signature when that is another.</param>
    /// <param name="without">Takes those mirrors that have no such document.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<VerifiedRelease> FetchAsync(
        ArchiveSuite suite, IReadOnlyList<Uri> roots, IReadOnlyList<string> names, List<Uri> without, CancellationToken cancellationToken)
    {
        string label = $"{names[0]} of {suite}";
        for (int place = 0; ; place++)
        {
            Uri root = roots[place];
            try
            {
                return await access.Downloader.GetAsync(
                    [.. names.Select(n => new DocumentAddress($"{n} of {suite}", suite.AddressOf(root, n)))], MaxBytes,
                    (documents, token) => AcceptAsync(suite, root, label, documents, token), cancellationToken);
            }
            catch (StrataException e)
            {
                if (e is DownloadException { IsAbsent: true })
                {
                    without.Add(root);
                }
                if (place + 1 == roots.Count)
                {
                    throw;
                }
                access.Progress.Warn($"{e.Message}; asking {roots[place + 1].Authority} instead");
            }
        }
    }

    private async Task<VerifiedRelease> AcceptAsync(
        ArchiveSuite suite, Uri root, string label, IReadOnlyList<Document> documents, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> document = documents[0].Content;
        ReadOnlyMemory<byte>? signature = documents.ElementAtOrDefault(1)?.Content;
        SignedText text = await access.VerifierOf(suite.Archive.Keyrings).VerifyAsync(label, document, signature, cancellationToken);
        ReleaseFile release;
        try
        {
            release = ReleaseFile.Read(text.Content, label);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot use {label}: {e.Problem}", $"It came from {WebAddress.Shown(root)}.", e);
        }
        Check(suite, release, label);
        CheckAge(suite, release, text.Fingerprints, label);
        _accepted.Add(suite, release, text.Fingerprints);
        return new VerifiedRelease(suite, release, Sha256Digest.Of(document.Span), text.Fingerprints);
    }

    private void CheckAge(ArchiveSuite suite, ReleaseFile release, IReadOnlyList<string> fingerprints, string label)
    {
        if (!access.AllowOlder && _accepted.NewestLike(suite, release, fingerprints) is { } newest && release.Date < newest)
        {
            throw new StrataException(
                $"cannot use {label}: it was made on {Show(release.Date)}, and one of {Show(newest)} was accepted before",
                "The mirror is out of date, or an old copy was served, which hides security updates. " +
                $"Try another mirror with {suite.MirrorSetting}; --allow-older takes the older one.");
        }
        TimeSpan age = access.Time.GetUtcNow() - release.Date;
        if (release.ValidUntil is null && age > s_old)
        {
            access.Progress.Warn(
                $"{label} was made on {Show(release.Date)}, {(int)age.TotalDays} days ago, and does not say how long it is valid; " +
                "a mirror that hides newer ones would look the same");
        }
    }

    private void Check(ArchiveSuite suite, ReleaseFile release, string label)
    {
        // a flat archive is known by its address alone
        if (!suite.IsFlat && suite.Name != release.Codename && suite.Name != release.Suite)
        {
            throw new StrataException(
                $"cannot use {label}: it is of '{release.Codename}' (suite '{release.Suite}'), not of '{suite.Name}'",
                $"The mirror serves another suite under this name; try another mirror with {suite.MirrorSetting}.");
        }
        // not every publisher lists its components; an index that is not there is told later
        bool saysComponents = !suite.IsFlat && (suite.Archive.IsDebian || release.Components.Count > 0);
        foreach (string component in saysComponents ? suite.Components : [])
        {
            // the security archive once prefixed its components with "updates/"
            if (!release.Components.Contains(component) && !release.Components.Contains($"updates/{component}"))
            {
                throw new StrataException(
                    $"cannot use {label}: it has no component '{component}'{NearMiss.Suggestion(component, release.Components)}",
                    $"It has: {string.Join(", ", release.Components)}.");
            }
        }
        DateTimeOffset now = access.Time.GetUtcNow();
        if (release.Date > now + s_clockTolerance)
        {
            throw new StrataException($"cannot use {label}: it was made on {Show(release.Date)}, this machine's clock says {Show(now)}",
                "Set the clock of this machine.");
        }
        if (release.ValidUntil is { } until && until < now)
        {
            throw new StrataException($"cannot use {label}: it was valid until {Show(until)}, it is {Show(now)} now",
                "The mirror is out of date or a stale copy was served, which hides security updates. " +
                $"Try another mirror with {suite.MirrorSetting}; check the clock of this machine.");
        }
    }

    private static string Show(DateTimeOffset date) => date.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
