using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Tests.Bench;

namespace Strata.Tuf.Tests;

/// <summary>Repositories that others wrote and signed. The root that is believed at first is an old one.</summary>
public class PublishedTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Published");

    [Theory]
    [InlineData("sigstore-root-signing", 5, "trusted_root.json", "root 12, snapshot 159, targets 11, timestamp 272")]
    [InlineData("tuf-on-ci-0.11", 1, "delegatedrole/artifact", "delegatedrole 2, root 1, snapshot 2, targets 1, timestamp 2")]
    public async Task Fetch_RepositoryOfOthers_IsBelieved(string name, int root, string path, string versions)
    {
        FolderRepository repository = new(Path.Combine(s_folder, name));
        TestDevice device = DeviceOf(name, root, repository);

        byte[]? content = await device.FetchAsync(path);

        Assert.NotNull(content);
        Assert.Equal(versions, device.Versions);
    }

    [Theory]
    [InlineData("sigstore-root-signing", 5)]
    [InlineData("tuf-on-ci-0.11", 1)]
    public async Task Refresh_OneChangedByteAnywhere_IsRefused(string name, int root)
    {
        FolderRepository repository = new(Path.Combine(s_folder, name));
        foreach (string file in Directory.GetFiles(Path.Combine(s_folder, name, "metadata")))
        {
            if (Path.GetFileName(file) == $"{root}.root.json" || file.Contains("npmjs", StringComparison.Ordinal)
                || file.Contains("delegatedrole", StringComparison.Ordinal))
            {
                continue; // believed beforehand, or only read for a file
            }
            byte[] text = await File.ReadAllBytesAsync(file);
            int at = text.AsSpan().IndexOf("\"expires\""u8) + "\"expires\": \"20".Length;
            text[at] ^= 1;
            repository.Changed = (Path.GetFileName(file), text);
            Assert.StartsWith("cannot believe ", await DeviceOf(name, root, repository).RefusalAsync(), StringComparison.Ordinal);
        }
    }

    private static TestDevice DeviceOf(string name, int root, FolderRepository repository) =>
        new(repository, File.ReadAllBytes(Path.Combine(s_folder, name, "metadata", $"{root}.root.json")))
        {
            Now = new DateTimeOffset(2025, 2, 9, 9, 17, 23, TimeSpan.Zero),
        };

    private sealed class FolderRepository(string folder) : IRepository
    {
        public (string Name, byte[] Text) Changed { get; set; }

        public async Task<byte[]?> MetadataAsync(string name, int most, CancellationToken cancellationToken)
        {
            string path = Path.Combine(folder, "metadata", name);
            byte[]? text = name == Changed.Name ? Changed.Text
                : File.Exists(path) ? await File.ReadAllBytesAsync(path, cancellationToken) : null;
            return text?.Length > most ? throw new StrataException("longer") : text;
        }

        public async Task TargetAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken) =>
            await take(await File.ReadAllBytesAsync(Path.Combine(folder, "targets", path), cancellationToken));
    }
}
