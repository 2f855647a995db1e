using Strata.Core;
using Strata.Publishing.Folders;
using Strata.Publishing.Keys;
using Strata.Testing;
using Strata.Tuf.Client;
using Strata.Tuf.Metadata;
using Strata.Tuf.Publishing;

namespace Strata.Publishing.Tests;

/// <summary>An owner with keys and a folder that is published, and devices that follow it.</summary>
internal sealed class Bench : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The time.</summary>
    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Keys => _folder["keys"];

    public RepositoryFolder Site => new(_folder["site"]);

    public string this[string name] => _folder[name];

    /// <summary>Makes keys and a repository without files.</summary>
    public Bench Begin(int threshold = 2)
    {
        UpdateKeyFolder.Create(Keys, 3, null);
        using UpdateKeyFolder keys = Open();
        RepositoryEditor.Create(Site, keys.Keys, threshold, Now);
        return this;
    }

    public UpdateKeyFolder Open() => UpdateKeyFolder.Open(Keys, () => throw new InvalidOperationException("no passphrase"));

    public RepositoryEditor Edit() => RepositoryEditor.Open(Site);

    /// <summary>Publishes a file as the only one.</summary>
    public void PublishFile(string path, string content)
    {
        using UpdateKeyFolder keys = Open();
        RepositoryEditor editor = Edit();
        TargetFile target = Site.WriteTarget(path, System.Text.Encoding.UTF8.GetBytes(content));
        editor.Publish(editor.NextTargets([target], keys.All, Now), keys.All, Now);
    }

    /// <summary>Publishes the next root with the keys that are in the folder now.</summary>
    public void PublishRoot(int threshold = 2)
    {
        using UpdateKeyFolder keys = Open();
        RepositoryEditor editor = Edit();
        editor.Publish(editor.NextRoot(keys.Keys, keys.Retired, threshold, Now), keys.All, Now);
    }

    public void Renew()
    {
        using UpdateKeyFolder keys = Open();
        Edit().Publish(null, keys.All, Now);
    }

    /// <summary>Takes the private half of a key to where no network is.</summary>
    public void TakeAway(string name)
    {
        Directory.CreateDirectory(this["safe"]);
        File.Move(Path.Combine(Keys, "updates", name + ".key"), Path.Combine(this["safe"], name + ".key"));
    }

    public Device NewDevice() => new(this, File.ReadAllBytes(Path.Combine(Site.FolderPath, "metadata", "1.root.json")));

    public void Dispose() => _folder.Dispose();

    /// <summary>A device: the client of the product, which reads the folder.</summary>
    internal sealed class Device : IRepository, ITrustedFiles
    {
        private readonly Bench _bench;

        public Device(Bench bench, byte[] root)
        {
            _bench = bench;
            UpdateClient.Begin(root, this, "root.json");
        }

        /// <summary>What it believes, by roles.</summary>
        public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

        public string Versions => string.Join(", ", Files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f =>
            $"{f.Key} {System.Text.Json.JsonDocument.Parse(f.Value).RootElement.GetProperty("signed").GetProperty("version")}"));

        /// <summary>Updates; the message when it is refused, else null.</summary>
        public async Task<string?> RefusalAsync()
        {
            try
            {
                await new UpdateClient(this, this, new FixedTime(_bench.Now)).RefreshAsync();
                return null;
            }
            catch (StrataException e)
            {
                return e.Message;
            }
        }

        /// <summary>Updates and fetches a file; null when metadata does not name it.</summary>
        public async Task<string?> FetchAsync(string path)
        {
            UpdateClient client = new(this, this, new FixedTime(_bench.Now));
            await client.RefreshAsync();
            if (await client.FindAsync(path) is not TargetFile target)
            {
                return null;
            }
            using MemoryStream content = new();
            await client.FetchAsync(target, content);
            return System.Text.Encoding.UTF8.GetString(content.ToArray());
        }

        public byte[]? TryRead(string role, int most) => Files.GetValueOrDefault(role);

        public void Write(string role, byte[] content) => Files[role] = content;

        public void Delete(string role) => Files.Remove(role);

        public Task<byte[]?> MetadataAsync(string name, int most, CancellationToken cancellationToken) =>
            Task.FromResult(_bench.Site.TryRead(name, most));

        public async Task TargetAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken) =>
            await take(await File.ReadAllBytesAsync(Path.Combine(_bench.Site.FolderPath, "targets", path), cancellationToken));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
