using Strata.Publishing.Folders;
using Strata.Publishing.Keys;
using Strata.Publishing.Releases;
using Strata.Testing;
using Strata.Testing.Updates;
using Strata.Tuf.Publishing;
using Strata.Updates.Releases;

namespace Strata.Agent.Tests.Updating;

/// <summary>Releases that an owner publishes with keys of their own, as a folder.</summary>
internal sealed class PublishedSite : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PublishedSite()
    {
        UpdateKeyFolder.Create(_folder["keys"], 3, null);
        using UpdateKeyFolder keys = Open();
        RepositoryEditor.Create(Site, keys.Keys, 2, Now);
    }

    /// <summary>The time, which does not go on.</summary>
    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TimeProvider Clock => new FixedTime(this);

    public RepositoryFolder Site => new(_folder["site"]);

    public string FolderPath => _folder["site"];

    /// <summary>Objects of the releases.</summary>
    public SampleSite Objects { get; } = new();

    /// <summary>The root that an image has.</summary>
    public byte[] Root => File.ReadAllBytes(Path.Combine(FolderPath, "metadata", "1.root.json"));

    /// <summary>Publishes the next release.</summary>
    public async Task<PublishedRelease> PublishAsync(long number, params (string Name, string Letters)[] layers)
    {
        PublishedRelease made = Objects.Release(number, layers);
        using UpdateKeyFolder keys = Open();
        RepositoryEditor editor = RepositoryEditor.Open(Site);
        ReleaseShelf shelf = new(Site, editor.Targets);
        NewRelease fresh = new(made.Release, made.Uki.Digest, new Dictionary<string, byte[]>(), d => new MemoryStream(Objects.Content(d)));
        AddedRelease added = await shelf.AddAsync(fresh, CancellationToken.None);
        editor.Publish(editor.NextTargets(shelf.With(added.Targets), keys.All, Now), keys.All, Now);
        return added.Release;
    }

    /// <summary>Signs anew: a timestamp of a later version.</summary>
    public void Renew()
    {
        using UpdateKeyFolder keys = Open();
        RepositoryEditor.Open(Site).Publish(null, keys.All, Now);
    }

    public void Dispose() => _folder.Dispose();

    private UpdateKeyFolder Open() => UpdateKeyFolder.Open(_folder["keys"], () => throw new InvalidOperationException("no passphrase"));

    private sealed class FixedTime(PublishedSite site) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => site.Now;
    }
}
