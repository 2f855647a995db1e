using Strata.Core;
using Strata.Testing.Storage;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;
using Strata.Updates.Trials;

namespace Strata.Testing.Updates;

/// <summary>A device in memory: its store, its kernel images as systemd-boot starts them, and one log of what is done to both.</summary>
public sealed class SampleMachine
{
    /// <summary>Bytes after which what has come is made durable: a small image has several such segments.</summary>
    public const int Segment = 8 << 10;

    private const long EspRoom = 1 << 30;

    /// <summary>As it is found.</summary>
    public SampleMachine(List<StorageOperation> log, MemoryStorage store, MemoryStorage esp, PublishedRelease running) =>
        (Log, Volume, Esp, Running) = (log, store, esp, running);

    /// <summary>With nothing on its disk.</summary>
    public SampleMachine(PublishedRelease running, long room = long.MaxValue)
    {
        Log = [];
        (Volume, Esp, Running) = (new MemoryStorage(Log, room), new MemoryStorage(Log, EspRoom), running);
    }

    /// <summary>What was done to both.</summary>
    public List<StorageOperation> Log { get; }

    /// <summary>The volume of the store.</summary>
    public MemoryStorage Volume { get; }

    /// <summary>The EFI system partition.</summary>
    public MemoryStorage Esp { get; }

    /// <summary>The release that runs.</summary>
    public PublishedRelease Running { get; set; }

    /// <summary>The store.</summary>
    public DeviceStore Store => new(Volume) { SegmentBytes = Segment };

    /// <summary>The kernel images.</summary>
    public IBootSide Boot => new SystemdBoot(Esp, Running.Release.Edition, Running.Release.Version, new StartFacts());

    /// <summary>Where it stands.</summary>
    public DeviceStanding Standing => DeviceStanding.Of(Running.Release, Store.ReadReleases(), Boot.List());

    /// <summary>All files of both, to compare.</summary>
    public string Text => string.Join('\n', Lines("store", Volume).Concat(Lines("esp", Esp)));

    /// <summary>
    /// The same without a second name of a kernel image, which a rename on FAT may leave: the two may share their clusters, so it stays
    /// as long as the image (decision 152).
    /// </summary>
    public string TextOfWhatCounts
    {
        get
        {
            string[] images = [.. Lines("esp", Esp)];
            return string.Join('\n', Lines("store", Volume).Concat(images.Where(l =>
                !l.Contains($"/{StorageSteps.Aside}", StringComparison.Ordinal) || images.Count(i => i[^64..] == l[^64..]) == 1)));
        }
    }

    /// <summary>A machine whose disk was made with a release, which has proven good and runs.</summary>
    public static SampleMachine Built(SampleSite site, PublishedRelease release, long room = long.MaxValue)
    {
        SampleMachine machine = new(release, room);
        machine.Volume.Put(Medium.ReleaseFile, ReleaseWriter.Write(release.Release));
        machine.PutObjects(site, release);
        machine.PutImage(site, release, "");
        return machine;
    }

    /// <summary>Adds a release with its record and kernel image.</summary>
    /// <param name="site">Has its objects.</param>
    /// <param name="release">The release.</param>
    /// <param name="tries">What counts tries in the name of its kernel image: <c>+3</c>; nothing when it has proven good.</param>
    public SampleMachine With(SampleSite site, PublishedRelease release, string tries = "")
    {
        PutObjects(site, release);
        Volume.Put($"{DeviceStore.Records}/{release.Counter}.json", PublishedReleaseText.Write(release));
        PutImage(site, release, tries);
        return this;
    }

    /// <summary>Gives a kernel image another count of tries, as a boot program or a blessing does.</summary>
    public void Count(PublishedRelease release, string before, string after) =>
        Esp.Rename(ImageOf(release, before), ImageOf(release, after));

    /// <summary>The same, with a log of its own from here on.</summary>
    public SampleMachine Copy()
    {
        List<StorageOperation> log = [];
        return new SampleMachine(
            log, MemoryStorage.Of(Volume.Files, Volume.Folders, log), MemoryStorage.Of(Esp.Files, Esp.Folders, log, EspRoom), Running);
    }

    /// <summary>What a power cut may leave of what another one did, which began as this one.</summary>
    public SampleMachine After(SampleMachine ended, int operations, CrashStates.Fate fate, Random random)
    {
        List<StorageOperation> log = [];
        IEnumerable<StorageOperation> until = ended.Log.Take(operations);
        return new SampleMachine(
            log,
            CrashStates.After([.. Volume.Files], Volume.Folders, ended.Volume, until, fate, random, log),
            CrashStates.After([.. Esp.Files], Esp.Folders, ended.Esp, until, fate, random, log, isFat: true), Running);
    }

    /// <summary>Brings a release.</summary>
    public ApplyOutcome Apply(
        SampleSite site, PublishedRelease target, IUpdateSource? source = null, ApplySteps? steps = null, bool again = false) =>
        new ReleaseApplier(Store, Boot, source ?? new FolderSource(site.Files, "the stick"), steps ?? Quiet()).Apply(target, again);

    /// <summary>Waits for nothing and tells nobody.</summary>
    public static ApplySteps Quiet() => new() { Wait = _ => { } };

    private static IEnumerable<string> Lines(string name, MemoryStorage storage) =>
        storage.Files.Select(f => $"{name} {f.Path} {Sha256Digest.Of(f.Content)}");

    private static string ImageOf(PublishedRelease release, string tries) =>
        $"{BootEntries.Folder}/{BootEntry.NameOf(release.Release.Edition, release.Release.Version)}{tries}.efi";

    private void PutImage(SampleSite site, PublishedRelease release, string tries) =>
        Esp.Put(ImageOf(release, tries), site.Content(release.Uki.Digest));

    private void PutObjects(SampleSite site, PublishedRelease release)
    {
        foreach ((ReleaseLayer layer, PublishedLayer more) in release.Release.Layers.Zip(release.Layers))
        {
            foreach (Sha256Digest digest in (Sha256Digest[])[layer.Image, layer.Manifest, more.Index.Digest])
            {
                Volume.Put(Medium.PathOf(digest), site.Content(digest));
            }
        }
    }
}
