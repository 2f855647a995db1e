using Strata.Core;
using Strata.Device.Posix;
using Strata.Tuf.Client;
using Strata.Tuf.Publishing;

namespace Strata.Publishing.Folders;

/// <summary>
/// A folder that travels to keys and back: <c>root.json</c> or <c>targets.json</c>, metadata with the signatures that it has so far;
/// <c>ROLE.tosign</c>, the bytes that are signed, for other programs; and what those made, <c>KEY.sig</c>: ECDSA with SHA-256, DER.
/// </summary>
public static class DraftFolder
{
    private const string ToSign = ".tosign";
    private const string Signature = ".sig";
    private const int LargestSignature = 256;

    private static readonly string[] s_roles = ["root", "targets"]; // the others sign where it is published

    /// <summary>The file of a role.</summary>
    public static string FileOf(string folder, string role) => Path.Combine(folder, role + ".json");

    /// <summary>Writes a draft in the place of one that is there.</summary>
    /// <exception cref="StrataException">It cannot be written, or the folder holds something else.</exception>
    public static void Write(string folder, MetadataDraft draft)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(draft);
        Working(folder, () =>
        {
            Directory.CreateDirectory(folder);
            string? other = Directory.EnumerateFileSystemEntries(folder).Select(f => Path.GetFileName(f)!).FirstOrDefault(n =>
                n != draft.Role + ".json" && n != draft.Role + ToSign && Path.GetExtension(n) != Signature);
            if (other is not null)
            {
                throw new StrataException($"cannot write to {folder}: it holds {other}", "Name a folder for this alone.");
            }
            DurableFile.Replace(FileOf(folder, draft.Role), draft.Text, Modes.File);
            DurableFile.Replace(Path.Combine(folder, draft.Role + ToSign), draft.ToSign, Modes.File);
            return true;
        });
    }

    /// <summary>Reads the draft of a folder.</summary>
    /// <exception cref="StrataException">There is none, or more than one, or it is damaged.</exception>
    public static MetadataDraft Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Working(folder, () => s_roles.Where(r => File.Exists(FileOf(folder, r))).ToArray() switch
        {
            [string role] => MetadataDraft.Read(ReadFile(FileOf(folder, role), UpdateClient.MostTargetsBytes), role),
            _ => throw new StrataException(
                $"cannot read {folder}: expected one of root.json and targets.json in it",
                "'strata publish … --prepare FOLDER' writes one."),
        });
    }

    /// <summary>Takes the signatures beside a draft.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="keys">Whose signatures are looked for.</param>
    /// <exception cref="StrataException">One is no signature of the draft by its key.</exception>
    public static MetadataDraft TakeSignatures(string folder, MetadataDraft draft, IEnumerable<MetadataKey> keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Working(folder, () =>
        {
            foreach (MetadataKey key in keys)
            {
                string file = Path.Combine(folder, key.Name + Signature);
                if (File.Exists(file))
                {
                    draft = draft.TryWith(key, ReadFile(file, LargestSignature)) ?? throw new StrataException(
                        $"cannot take {file}: it is no signature of {draft.Role}{ToSign} by {key.Name}",
                        $"'openssl dgst -sha256 -sign {key.Name}.key -out {key.Name}{Signature} {draft.Role}{ToSign}' makes one.");
                }
            }
            return draft;
        });
    }

    private static byte[] ReadFile(string file, int most)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        byte[] content = new byte[stream.Length <= most ? stream.Length
            : throw new StrataException($"cannot read {file}: it has {stream.Length} bytes, allowed are {most}")];
        stream.ReadExactly(content);
        return content;
    }

    private static T Working<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException or ImageFormatException)
        {
            throw new StrataException($"cannot use {folder}: {e.Message}", innerException: e);
        }
    }
}
