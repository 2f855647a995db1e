using Strata.Updates.Storage;

namespace Strata.Testing.Storage;

/// <summary>What a power cut can leave: made from what was there before and from the operations until then.</summary>
/// <remarks>
/// Content that was not synced is gone, there, or torn: zeros from some byte on, or shorter. Names that were not synced are each there
/// or not, whatever their order. What was synced is there.
/// </remarks>
public static class CrashStates
{
    /// <summary>What becomes of what was not synced.</summary>
    public enum Fate
    {
        /// <summary>Nothing of it is there.</summary>
        Dropped,

        /// <summary>All of it is there.</summary>
        Kept,

        /// <summary>Names are there, contents are not: files of the right length, full of zeros.</summary>
        NamesBeforeContents,

        /// <summary>Contents are there, names are not.</summary>
        ContentsBeforeNames,

        /// <summary>Each name by chance; each content by chance whole, gone, cut or with zeros at its end.</summary>
        Torn,
    }

    /// <summary>A storage as it is found after a power cut.</summary>
    /// <param name="before">Files of it before the first operation, all of them durable.</param>
    /// <param name="folders">Folders of it before.</param>
    /// <param name="storage">Whose operations count; the log may have those of others.</param>
    /// <param name="operations">Those until the cut.</param>
    /// <param name="fate">What becomes of what was not synced.</param>
    /// <param name="random">For <see cref="Fate.Torn"/>.</param>
    /// <param name="log">Log of the storage that is made.</param>
    /// <param name="isFat">Without a journal: of a rename that was not synced both names may be there.</param>
    public static MemoryStorage After(
        IReadOnlyList<(string Path, byte[] Content)> before, IEnumerable<string> folders, MemoryStorage storage,
        IEnumerable<StorageOperation> operations, Fate fate, Random random, List<StorageOperation> log,
        bool isFat = false)
    {
        Dictionary<string, Name> names = new(StringComparer.Ordinal);
        Dictionary<int, Content> contents = [];
        foreach (string folder in folders)
        {
            names[folder] = new Name(IsFolder: true, File: -1);
        }
        for (int i = 0; i < before.Count; i++) // MemoryStorage.Put numbers files in this order
        {
            names[before[i].Path] = new Name(IsFolder: false, i);
            contents[i] = new Content([.. before[i].Content]);
        }
        List<(string Folder, Action Apply)> pending = [];
        bool isHalf = false; // of a rename only the new name is there yet
        foreach (StorageOperation operation in operations.Where(o => ReferenceEquals(o.Storage, storage)))
        {
            switch (operation)
            {
                case Created made:
                    contents[made.File] = new Content([]);
                    Pend(made.Path, () => names[made.Path] = new Name(IsFolder: false, made.File));
                    break;
                case FolderMade made:
                    Pend(made.Path, () => names[made.Path] = new Name(IsFolder: true, -1));
                    break;
                case Removed removed:
                    Pend(removed.Path, () => names.Remove(removed.Path));
                    break;
                case Renamed renamed: // one step of a journal: both names change or none
                    Pend(renamed.To, () =>
                    {
                        if (!isHalf && names.TryGetValue(renamed.From, out Name old) && old.File == renamed.File)
                        {
                            names.Remove(renamed.From);
                        }
                        names[renamed.To] = new Name(IsFolder: false, renamed.File);
                    });
                    break;
                case Appended added:
                    contents[added.File].Now.AddRange(added.Bytes);
                    break;
                case Cut cut:
                    Content content = contents[cut.File];
                    content.Now.RemoveRange((int)cut.Length, content.Now.Count - (int)cut.Length);
                    break;
                case FileSynced synced:
                    contents[synced.File].Durable = [.. contents[synced.File].Now];
                    break;
                case FolderSynced synced:
                    foreach ((string _, Action apply) in pending.Where(p => p.Folder == synced.Folder))
                    {
                        apply();
                    }
                    pending.RemoveAll(p => p.Folder == synced.Folder);
                    break;
            }
        }
        foreach ((string _, Action apply) in pending)
        {
            isHalf = isFat && fate == Fate.Torn && random.Next(3) == 0;
            bool isThere = fate switch
            {
                Fate.Kept or Fate.NamesBeforeContents => true,
                Fate.Torn => random.Next(2) == 0,
                _ => false,
            };
            if (isThere)
            {
                apply();
            }
        }
        return Built(names, contents, fate, random, log, storage.Room);

        void Pend(string path, Action apply) => pending.Add((StorageSteps.Split(path).Folder, apply));
    }

    private static MemoryStorage Built(
        Dictionary<string, Name> names, Dictionary<int, Content> contents, Fate fate, Random random, List<StorageOperation> log,
        long room)
    {
        MemoryStorage result = new(log, room);
        foreach ((string path, Name _) in names.Where(n => n.Value.IsFolder))
        {
            if (IsReachable(path))
            {
                result.PutFolder(path);
            }
        }
        foreach ((string path, Name name) in names.Where(n => !n.Value.IsFolder).OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            if (IsReachable(path))
            {
                result.Put(path, contents[name.File].AfterCut(fate, random));
            }
        }
        return result;

        // what lies in a folder whose own name is not there is lost with it
        bool IsReachable(string path)
        {
            string folder = StorageSteps.Split(path).Folder;
            return folder.Length == 0 || (names.TryGetValue(folder, out Name above) && above.IsFolder && IsReachable(folder));
        }
    }

    private readonly record struct Name(bool IsFolder, int File);

    private sealed class Content(List<byte> durable)
    {
        public List<byte> Durable { get; set; } = durable;

        public List<byte> Now { get; } = [.. durable];

        public byte[] AfterCut(Fate fate, Random random)
        {
            if (Now.SequenceEqual(Durable))
            {
                return [.. Durable];
            }
            return fate switch
            {
                Fate.Dropped => [.. Durable],
                Fate.Kept or Fate.ContentsBeforeNames => [.. Now],
                Fate.NamesBeforeContents => Zeroed(Shared),
                _ => random.Next(4) switch
                {
                    0 => [.. Durable],
                    1 => [.. Now],
                    2 => Zeroed(random.Next(Shared, Now.Count + 1)),
                    _ => [.. Now.Take(random.Next(Shared, Now.Count + 1))],
                },
            };
        }

        // what is durable and was not cut since
        private int Shared => Durable.Zip(Now).TakeWhile(p => p.First == p.Second).Count();

        private byte[] Zeroed(int from)
        {
            byte[] torn = [.. Now];
            torn.AsSpan(Math.Min(from, torn.Length)).Clear();
            return torn;
        }
    }
}
