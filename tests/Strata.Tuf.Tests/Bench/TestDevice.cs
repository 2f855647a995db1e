using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Metadata;

namespace Strata.Tuf.Tests.Bench;

/// <summary>A device that follows a repository.</summary>
internal sealed class TestDevice : ITrustedFiles
{
    private readonly IRepository _repository;

    public TestDevice(TestRepository repository)
        : this(repository, repository.Metadata["1.root.json"])
    {
    }

    public TestDevice(IRepository repository, byte[] root)
    {
        _repository = repository;
        UpdateClient.Begin(root, this, "root.json");
    }

    /// <summary>Its time.</summary>
    public DateTimeOffset Now { get; set; } = TestRepository.Now;

    /// <summary>What it believes, by roles.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Updates; the message when it is refused, else null.</summary>
    public async Task<string?> RefusalAsync()
    {
        try
        {
            await new UpdateClient(_repository, this, new FixedTime(Now)).RefreshAsync();
            return null;
        }
        catch (StrataException e)
        {
            return e.Message;
        }
    }

    /// <summary>Updates.</summary>
    public async Task<UpdateClient> RefreshAsync()
    {
        UpdateClient client = new(_repository, this, new FixedTime(Now));
        await client.RefreshAsync();
        return client;
    }

    /// <summary>Updates and fetches a file; null when nobody has it.</summary>
    public async Task<byte[]?> FetchAsync(string path)
    {
        UpdateClient client = await RefreshAsync();
        if (await client.FindAsync(path) is not TargetFile target)
        {
            return null;
        }
        using MemoryStream content = new();
        await client.FetchAsync(target, content);
        return content.ToArray();
    }

    /// <summary>The versions that are believed: <c>root 1, snapshot 2</c>.</summary>
    public string Versions => string.Join(", ", Files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f =>
        $"{f.Key} {System.Text.Json.JsonDocument.Parse(f.Value).RootElement.GetProperty("signed").GetProperty("version")}"));

    public byte[]? TryRead(string role, int most) => Files.GetValueOrDefault(role);

    public void Write(string role, byte[] content) => Files[role] = content;

    public void Delete(string role) => Files.Remove(role);

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
