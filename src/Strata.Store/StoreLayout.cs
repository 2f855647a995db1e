using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>Names of what lies in a store (docs/formats/store.md) and the check that this program understands it.</summary>
internal sealed class StoreLayout
{
    /// <summary>The layout written and read by this program.</summary>
    public const int Version = 1;

    private const string VersionPrefix = "strata-store ";
    private const int LongestVersionFile = 64;

    /// <summary>Names the parts of a store; touches nothing.</summary>
    /// <param name="root">Its folder.</param>
    public StoreLayout(string root)
    {
        Root = Path.GetFullPath(root);
        Objects = Path.Combine(Root, "cas");
        Actions = Path.Combine(Root, "ac");
        Temporary = Path.Combine(Root, "tmp");
        Partials = Path.Combine(Root, "partial");
        Documents = Path.Combine(Root, "documents");
        Damaged = Path.Combine(Root, "damaged");
        Trees = Path.Combine(Root, "trees");
        Blocks = Path.Combine(Root, "blocks");
        Locks = Path.Combine(Root, "locks");
        LockFile = Path.Combine(Root, "lock");
        VersionFile = Path.Combine(Root, "version");
    }

    /// <summary>The store's folder.</summary>
    public string Root { get; }

    /// <summary>Content-addressed objects: <c>cas/ab/abcd…</c>.</summary>
    public string Objects { get; }

    /// <summary>Results of actions: <c>ac/ab/abcd…</c>.</summary>
    public string Actions { get; }

    /// <summary>Unfinished files, one locked folder per open store.</summary>
    public string Temporary { get; }

    /// <summary>Downloads that were interrupted, named by the digest of the whole.</summary>
    public string Partials { get; }

    /// <summary>Last seen versions of changing documents.</summary>
    public string Documents { get; }

    /// <summary>Objects whose content does not match their name.</summary>
    public string Damaged { get; }

    /// <summary>Unpacked folders, named by digest.</summary>
    public string Trees { get; }

    /// <summary>Packs of compressed blocks and their indexes.</summary>
    public string Blocks { get; }

    /// <summary>Lock files of work in progress.</summary>
    public string Locks { get; }

    /// <summary>Held shared by every open store and exclusively by the clean-up.</summary>
    public string LockFile { get; }

    /// <summary>Says which layout this is.</summary>
    public string VersionFile { get; }

    /// <summary>Path of the object with that digest.</summary>
    public string ObjectPath(Sha256Digest digest) => Sharded(Objects, digest);

    /// <summary>Path of the entry of that action key.</summary>
    public string ActionPath(Sha256Digest key) => Sharded(Actions, key);

    /// <summary>Makes the folder when it is missing and checks the version.</summary>
    /// <exception cref="StrataException">
    /// It cannot be made, is no folder, can be written to by others, or was made by a newer program.
    /// </exception>
    /// <param name="sharedByGroup">True when the group of the folder may write to it.</param>
    public void Prepare(bool sharedByGroup)
    {
        try
        {
            if (!Directory.Exists(Root))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Root) ?? Root);
                FileHandles.MakePrivateFolder(Root);
            }
            StoreAccess.Check(Root, sharedByGroup);
            if (CheckVersion())
            {
                return;
            }
            string fresh = $"{VersionFile}.{Path.GetRandomFileName()}";
            File.WriteAllText(fresh, VersionPrefix + Version.ToString(CultureInfo.InvariantCulture) + "\n");
            int errno = FileHandles.Rename(fresh, VersionFile); // two first openers write the same words
            if (errno != 0)
            {
                throw PosixException.Of("write", VersionFile, errno);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, "open the store", Root, needed: null);
        }
    }

    private static string Sharded(string folder, Sha256Digest digest)
    {
        string name = digest.ToString();
        return Path.Combine(folder, name[..2], name);
    }

    private bool CheckVersion()
    {
        if (!File.Exists(VersionFile))
        {
            return false;
        }
        byte[] head = new byte[LongestVersionFile];
        int length;
        using (FileStream file = new(VersionFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        string text = Encoding.ASCII.GetString(head, 0, length).TrimEnd('\n');
        if (!text.StartsWith(VersionPrefix, StringComparison.Ordinal)
            || !int.TryParse(text.AsSpan(VersionPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            || version < 1)
        {
            throw new StrataException(
                $"cannot open the store {Root}: its file 'version' does not say '{VersionPrefix}<number>'",
                "Name another folder with --store, or remove this one; everything in it can be fetched and built again.");
        }
        return version <= Version
            ? true
            : throw new StrataException(
                $"cannot open the store {Root}: its layout is version {version}, this program knows versions up to {Version}",
                "Use the newer strata that made it, or name another folder with --store or STRATA_STORE.");
    }
}
