using Strata.Core;
using Strata.Updates.Releases;

namespace Strata.Updates.Applying;

/// <summary>Which releases of a device stay. Pure: it decides, and <see cref="Collection"/> does it.</summary>
/// <param name="Recorded">Those with a record that stay, the newest last.</param>
/// <param name="Images">Their kernel images.</param>
/// <param name="NewlyFailed">Counters of releases that did not prove good.</param>
internal sealed record KeptReleases(
    IReadOnlyList<PublishedRelease> Recorded, IReadOnlySet<Sha256Digest> Images, IReadOnlyList<long> NewlyFailed)
{
    /// <summary>Releases that stay, unless more of them must.</summary>
    public const int Usual = 3;

    /// <summary>Chooses: what is wanted, what runs, the last that has proven good; then newer ones before older ones.</summary>
    /// <param name="releases">What is recorded.</param>
    /// <param name="images">What can be started.</param>
    /// <param name="target">The one that is wanted; null when nothing is, and then one that is on trial stays.</param>
    /// <param name="most">How many may stay.</param>
    public static KeptReleases Of(
        IReadOnlyList<PublishedRelease> releases, IReadOnlyList<BootImage> images, PublishedRelease? target, int most = Usual)
    {
        List<(PublishedRelease Release, BootImage Image)> known =
        [
            .. from release in releases
               from image in images
               where image.Digest == release.Uki.Digest
               orderby release.Counter descending
               select (release, image),
        ];
        List<PublishedRelease> kept = [];
        Keep(releases.Where(r => r.Counter == target?.Counter));
        Keep(known.Where(k => k.Image.IsRunning).Select(k => k.Release));
        Keep(known.Where(k => k.Image.State == BootImageState.Proven).Select(k => k.Release).Take(1));
        Keep(known.Where(k => k.Image.State == BootImageState.OnTrial && target is null).Select(k => k.Release).Take(1));
        Keep(known.Where(k => k.Image.State == BootImageState.Proven).Select(k => k.Release).Take(Math.Max(0, most)), atMost: most);
        IEnumerable<Sha256Digest> kernelImages = kept.Select(r => r.Uki.Digest);
        return new KeptReleases(
            [.. kept.OrderBy(r => r.Counter)],
            new HashSet<Sha256Digest>(target is null ? kernelImages : kernelImages.Append(target.Uki.Digest)),
            [
                .. known.Where(k => k.Image is { State: BootImageState.Failed, IsRunning: false }).Select(k => k.Release.Counter)
                    .Distinct().Order(),
            ]);

        void Keep(IEnumerable<PublishedRelease> more, int atMost = int.MaxValue)
        {
            int room = target is not null && kept.All(r => r.Counter != target.Counter) ? 1 : 0; // it has no record yet
            foreach (PublishedRelease release in more)
            {
                if (kept.All(r => r.Counter != release.Counter) && kept.Count + room < atMost)
                {
                    kept.Add(release);
                }
            }
        }
    }
}
