using Strata.Updates.Storage;

namespace Strata.Updates.Tests.Trials;

/// <summary>The power is gone: nothing after it happens.</summary>
internal sealed class PowerCutException : Exception;

/// <summary>How far the step got at which the power was cut.</summary>
internal enum Cut
{
    /// <summary>Nothing of it was done; what was written before and not synced is gone.</summary>
    Before,

    /// <summary>The same, and of what was not synced a part is there.</summary>
    Torn,

    /// <summary>Of a rename the new name is there, and the old one too, upon the same clusters.</summary>
    Both,

    /// <summary>Of a rename the old name is gone, and the new one not there.</summary>
    Neither,
}

/// <summary>
/// A FAT volume in memory: names that lead to clusters. Removing a name frees its clusters whoever else has them; they keep their bytes
/// until something new is written.
/// </summary>
internal sealed class FatModel : IStorage
{
    private readonly Dictionary<string, Clusters> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Clusters> _freed = [];
    private int _steps;

    /// <summary>Bytes that it has in all.</summary>
    public long Capacity { get; init; } = 1 << 20;

    /// <summary>The step at which the power is cut; null for none.</summary>
    public int? CutAt { get; set; }

    /// <summary>How far that step gets.</summary>
    public Cut How { get; set; }

    /// <summary>Changes of the volume so far.</summary>
    public int Steps => _steps;

    public long FreeBytes => Capacity - _names.Values.Distinct().Where(c => !c.IsFreed).Sum(c => (long)c.Bytes.Count);

    /// <summary>The files by their names.</summary>
    public IReadOnlyDictionary<string, string> Files => _names.OrderBy(n => n.Key, StringComparer.Ordinal)
        .ToDictionary(n => n.Key, n => n.Value.IsOverwritten ? "overwritten" : System.Text.Encoding.ASCII.GetString([.. n.Value.Bytes]));

    /// <summary>A copy, as the machine finds it after the power is back.</summary>
    public FatModel Copy()
    {
        FatModel copy = new() { Capacity = Capacity };
        Dictionary<Clusters, Clusters> same = [];
        foreach ((string name, Clusters clusters) in _names)
        {
            same.TryAdd(clusters, new Clusters([.. clusters.Bytes]) { IsFreed = clusters.IsFreed, IsOverwritten = clusters.IsOverwritten });
            copy._names.Add(name, same[clusters]);
            if (clusters.IsFreed && !copy._freed.Contains(same[clusters]))
            {
                copy._freed.Add(same[clusters]);
            }
        }
        return copy;
    }

    /// <summary>Puts a file there, without a step.</summary>
    public FatModel Put(string path, string content)
    {
        _names[path] = new Clusters([.. System.Text.Encoding.ASCII.GetBytes(content)]) { Synced = content.Length };
        return this;
    }

    public IReadOnlyList<StoredName> List(string folder) =>
    [
        .. _names.Where(n => StorageSteps.Split(n.Key).Folder.Equals(folder, StringComparison.OrdinalIgnoreCase))
            .Select(n => new StoredName(StorageSteps.Split(n.Key).Name, n.Value.Bytes.Count, false))
            .OrderBy(n => n.Name, StringComparer.Ordinal),
    ];

    public IStoredFile? TryOpen(string path) => _names.TryGetValue(path, out Clusters? clusters) ? new Stored(this, clusters) : null;

    public IWrittenFile Create(string path)
    {
        if (_names.ContainsKey(path))
        {
            throw new IOException($"{path} is there");
        }
        Step();
        return new Stored(this, _names[path] = new Clusters([]));
    }

    public IWrittenFile Continue(string path, long length) => throw new NotSupportedException();

    public void Rename(string from, string to)
    {
        Clusters clusters = _names.TryGetValue(from, out Clusters? there) ? there : throw new IOException($"{from} is not there");
        if (_names.ContainsKey(to))
        {
            throw new IOException($"{to} is there: whose clusters go is a matter of luck");
        }
        Step(() => _names[to] = clusters, () => _names.Remove(from));
        _names[to] = clusters;
        _names.Remove(from);
    }

    public void Remove(string path)
    {
        if (!_names.TryGetValue(path, out Clusters? clusters))
        {
            return;
        }
        Step();
        if (clusters.IsOverwritten)
        {
            throw new InvalidOperationException($"removing {path} frees clusters that belong to another file now");
        }
        _names.Remove(path);
        clusters.IsFreed = true;
        _freed.Add(clusters);
    }

    public void MakeFolder(string path) => throw new NotSupportedException();

    public void SyncFolder(string folder) => Step();

    private void Step(Action? addName = null, Action? removeName = null)
    {
        if (_steps++ != CutAt)
        {
            return;
        }
        foreach (Clusters clusters in _names.Values)
        {
            int kept = How == Cut.Torn ? clusters.Synced + ((clusters.Bytes.Count - clusters.Synced) / 2) : clusters.Synced;
            clusters.Bytes.RemoveRange(kept, clusters.Bytes.Count - kept);
        }
        if (How == Cut.Both)
        {
            addName?.Invoke();
        }
        if (How == Cut.Neither)
        {
            removeName?.Invoke();
        }
        throw new PowerCutException();
    }

    private sealed class Clusters(List<byte> bytes)
    {
        public List<byte> Bytes { get; } = bytes;

        public int Synced { get; set; } = bytes.Count;

        public bool IsFreed { get; set; }

        public bool IsOverwritten { get; set; }
    }

    private sealed class Stored(FatModel volume, Clusters clusters) : IStoredFile, IWrittenFile
    {
        public long Length => clusters.Bytes.Count;

        public bool TryReadAt(long offset, Span<byte> buffer)
        {
            if (offset + buffer.Length > clusters.Bytes.Count)
            {
                return false;
            }
            clusters.Bytes.Skip((int)offset).Take(buffer.Length).ToArray().CopyTo(buffer);
            return true;
        }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            volume.Step();
            if (volume.FreeBytes < bytes.Length)
            {
                throw new IOException("no space left on device");
            }
            volume._freed.ForEach(f => f.IsOverwritten = true);
            clusters.Bytes.AddRange(bytes);
        }

        public void Sync()
        {
            volume.Step();
            clusters.Synced = clusters.Bytes.Count;
        }

        public void Dispose()
        {
        }
    }
}
