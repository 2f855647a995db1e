using Strata.Core;
using Strata.Testing.Storage;
using Strata.Testing.Updates;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Tests.Applying;

/// <summary>A device in memory: its store, its kernel images, and one log of what is done to both.</summary>
internal sealed class Machine
{
    public const int Segment = 8 << 10; // a small image has several

    public Machine(List<StorageOperation> log, MemoryStorage store, MemoryStorage esp, Sha256Digest running) =>
        (Log, Volume, Esp, Running) = (log, store, esp, running);

    public Machine(Sha256Digest running)
    {
        Log = [];
        (Volume, Esp, Running) = (new MemoryStorage(Log), new MemoryStorage(Log), running);
    }

    public List<StorageOperation> Log { get; }

    public MemoryStorage Volume { get; }

    public MemoryStorage Esp { get; }

    public Sha256Digest Running { get; set; }

    public DeviceStore Store => new(Volume) { SegmentBytes = Segment };

    public SampleBoot Boot => new(Esp, Running);

    /// <summary>A machine whose disk was made with a release, which has proven good and runs.</summary>
    public static Machine Built(SampleSite site, PublishedRelease release)
    {
        Machine machine = new(release.Uki.Digest);
        machine.Volume.Put(Medium.ReleaseFile, ReleaseWriter.Write(release.Release));
        machine.PutObjects(site, release);
        SampleBoot.Put(machine.Esp, "0.efi", site.Content(release.Uki.Digest));
        return machine;
    }

    /// <summary>Adds a release with its record and kernel image.</summary>
    public Machine With(SampleSite site, PublishedRelease release, string state = "")
    {
        PutObjects(site, release);
        Volume.Put($"{DeviceStore.Records}/{release.Counter}.json", PublishedReleaseText.Write(release));
        SampleBoot.Put(Esp, $"{release.Counter}{state}.efi", site.Content(release.Uki.Digest));
        return this;
    }

    /// <summary>The same, with a log of its own from here on.</summary>
    public Machine Copy()
    {
        List<StorageOperation> log = [];
        return new Machine(
            log, MemoryStorage.Of(Volume.Files, Volume.Folders, log), MemoryStorage.Of(Esp.Files, Esp.Folders, log), Running);
    }

    public ApplyOutcome Apply(SampleSite site, PublishedRelease target, IUpdateSource? source = null, ApplySteps? steps = null) =>
        new ReleaseApplier(Store, Boot, source ?? new FolderSource(site.Files, "the stick"), steps ?? Quiet()).Apply(target);

    public static ApplySteps Quiet() => new() { Wait = _ => { } };

    /// <summary>All files of both, to compare.</summary>
    public string Text => string.Join(
        '\n', Volume.Files.Select(f => $"store {f.Path} {Sha256Digest.Of(f.Content)}")
            .Concat(Esp.Files.Select(f => $"esp {f.Path} {Sha256Digest.Of(f.Content)}")));

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
