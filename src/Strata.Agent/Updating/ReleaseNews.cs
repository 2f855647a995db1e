using System.Globalization;
using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Metadata;
using Strata.Updates.Applying;
using Strata.Updates.Releases;

namespace Strata.Agent.Updating;

/// <summary>Which releases are published, believed by the rules of The Update Framework.</summary>
/// <param name="source">Where they are published.</param>
/// <param name="files">Where believed metadata is kept.</param>
/// <param name="time">The clock that metadata expires by.</param>
/// <param name="wait">Lets time pass.</param>
internal sealed class ReleaseNews(IUpdateSource source, ITrustedFiles files, TimeProvider time, Action<TimeSpan> wait)
{
    private const int MostSteps = 16; // back from the newest, to find the one that runs

    private readonly UpdateClient _client = new(new PublishedMetadata(source, wait), files, time);

    /// <summary>Brings metadata up to date.</summary>
    /// <param name="root">The root that the image has: believed when nothing else is.</param>
    /// <exception cref="StrataException">Something cannot be had, or is not believed.</exception>
    public void Refresh(byte[] root)
    {
        if (files.TryRead("root", UpdateClient.MostBytes) is null)
        {
            UpdateClient.Begin(root, files, "the root of the image");
        }
        _client.RefreshAsync().GetAwaiter().GetResult();
    }

    /// <summary>The newest release of an edition, or one by its number.</summary>
    /// <param name="running">Edition and architecture.</param>
    /// <param name="counter">The number; null for the newest.</param>
    /// <exception cref="StrataException">There is none, or it cannot be had.</exception>
    public PublishedRelease Find(Release running, long? counter) => TryFind(running, counter) ?? throw new StrataException(
        counter is null ? $"cannot update: no release of {running.Edition} for {running.Architecture} is published at {source.Name}"
            : string.Create(CultureInfo.InvariantCulture, $"cannot update: {source.Name} has no release {counter} of {running.Edition}"),
        "Look at the address in /etc/strata/updates.yaml.");

    /// <summary>The published release that runs here, when nobody wrote down which it is; null when it is not found.</summary>
    /// <param name="running">The release.</param>
    /// <param name="newest">The newest one: it is looked for from there back.</param>
    public PublishedRelease? FindRunning(Release running, PublishedRelease newest)
    {
        byte[] text = ReleaseWriter.Write(running);
        PublishedRelease? found = newest;
        for (long counter = newest.Counter; counter > 0 && counter > newest.Counter - MostSteps; counter--)
        {
            found = counter == newest.Counter ? newest : TryFind(running, counter);
            if (found is not null && ReleaseWriter.Write(found.Release).AsSpan().SequenceEqual(text))
            {
                return found;
            }
        }
        return null;
    }

    private PublishedRelease? TryFind(Release running, long? counter)
    {
        string name = counter?.ToString(CultureInfo.InvariantCulture) ?? "latest";
        string path = $"{running.Edition}/{running.Architecture}/{name}.json";
        if (_client.FindAsync(path).GetAwaiter().GetResult() is not TargetFile target)
        {
            return null;
        }
        if (target.Length > PublishedRelease.MaxBytes)
        {
            throw new StrataException(
                $"cannot read the release {path}: it has {target.Length} bytes, allowed are {PublishedRelease.MaxBytes}");
        }
        using MemoryStream text = new();
        _client.FetchAsync(target, text).GetAwaiter().GetResult();
        try
        {
            PublishedRelease release = PublishedReleaseText.Read(text.ToArray());
            return release.Release.Edition == running.Edition && release.Release.Architecture == running.Architecture
                && (counter is null || release.Counter == counter) ? release
                : throw new StrataException($"cannot read the release {path}: it is another one");
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read the release {path}: {e.Message}", innerException: e);
        }
    }
}
