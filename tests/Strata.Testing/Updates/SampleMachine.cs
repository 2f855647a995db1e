using Strata.Core;
using Strata.Testing.Storage;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Testing.Updates;

/// <summary>A device in memory: its store, its kernel images, and one log of what is done to both.</summary>
public sealed class SampleMachine
{
    private const int Segment = 8 << 10; // a small image has several

    /// <summary>As it is found.</summary>
    public SampleMachine(List<StorageOperation> log, MemoryStorage store, MemoryStorage esp, Sha256Digest running) =>
        (Log, Volume, Esp, Running) = (log, store, esp, running);

    /// <summary>With nothing on its disk.</summary>
    public SampleMachine(Sha256Digest running)
    {
        Log = [];
        (Volume, Esp, Running) = (new MemoryStorage(Log), new MemoryStorage(Log), running);
    }

    /// <summary>What was done to both.</summary>
    public List<StorageOperation> Log { get; }

    /// <summary>The volume of the store.</summary>
    public MemoryStorage Volume { get; }

    /// <summary>The volume of the kernel images.</summary>
    public MemoryStorage Esp { get; }

    /// <summary>The kernel image that runs.</summary>
    public Sha256Digest Running { get; set; }

    /// <summary>The store.</summary>
    public DeviceStore Store => new(Volume) { SegmentBytes = Segment };

    /// <summary>The kernel images.</summary>
    public SampleBoot Boot => new(Esp, Running);

    /// <summary>A machine whose disk was made with a release, which has proven good and runs.</summary>
    public static SampleMachine Built(SampleSite site, PublishedRelease release)
    {
        SampleMachine machine = new(release.Uki.Digest);
        machine.Volume.Put(Medium.ReleaseFile, ReleaseWriter.Write(release.Release));
        machine.PutObjects(site, release);
        SampleBoot.Put(machine.Esp, "0.efi", site.Content(release.Uki.Digest));
        return machine;
    }

    /// <summary>Adds a release with its record and kernel image.</summary>
    public SampleMachine With(SampleSite site, PublishedRelease release, string state = "")
    {
        PutObjects(site, release);
        Volume.Put($"{DeviceStore.Records}/{release.Counter}.json", PublishedReleaseText.Write(release));
        SampleBoot.Put(Esp, $"{release.Counter}{state}.efi", site.Content(release.Uki.Digest));
        return this;
    }

    /// <summary>The same, with a log of its own from here on.</summary>
    public SampleMachine Copy()
    {
        List<StorageOperation> log = [];
        return new SampleMachine(
            log, MemoryStorage.Of(Volume.Files, Volume.Folders, log), MemoryStorage.Of(Esp.Files, Esp.Folders, log), Running);
    }

    /// <summary>Brings a release.</summary>
    public ApplyOutcome Apply(SampleSite site, PublishedRelease target, IUpdateSource? source = null, ApplySteps? steps = null) =>
        new ReleaseApplier(Store, Boot, source ?? new FolderSource(site.Files, "the stick"), steps ?? Quiet()).Apply(target);

    /// <summary>Waits for nothing and tells nobody.</summary>
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
