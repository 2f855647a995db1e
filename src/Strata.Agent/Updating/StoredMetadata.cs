using Strata.Tuf.Client;
using Strata.Updates.Applying;
using Strata.Updates.Storage;

namespace Strata.Agent.Updating;

/// <summary>Metadata that is believed, on the volume of the store: <c>strata/metadata/ROLE.json</c>.</summary>
/// <param name="storage">The volume.</param>
/// <param name="isKept">False when nothing may be written: then it is kept for the moment only.</param>
internal sealed class StoredMetadata(IStorage storage, bool isKept) : ITrustedFiles
{
    private readonly Dictionary<string, byte[]?> _moment = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public byte[]? TryRead(string role, int most) =>
        _moment.TryGetValue(role, out byte[]? content) ? content : storage.TryRead(PathOf(role), most);

    /// <inheritdoc/>
    public void Write(string role, byte[] content)
    {
        if (!isKept)
        {
            _moment[role] = content;
            return;
        }
        storage.MakeFolders(DeviceStore.Metadata);
        storage.Write(PathOf(role), content);
    }

    /// <inheritdoc/>
    public void Delete(string role)
    {
        if (!isKept)
        {
            _moment[role] = null;
        }
        else if (storage.HasFile(PathOf(role)))
        {
            storage.RemoveDurably(PathOf(role));
        }
    }

    private static string PathOf(string role) => $"{DeviceStore.Metadata}/{role}.json";
}
