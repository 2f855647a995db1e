using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Keys;

namespace Strata.Trust.Firmware;

/// <summary>
/// Files that make firmware in setup mode believe an owner, kept beside the keys: made once with the keys that sign them, so that a build
/// needs those no more.
/// </summary>
public static class EnrolmentFiles
{
    /// <summary>Folder below that of the keys.</summary>
    public const string Folder = "enrol";

    /// <summary>What does not start any more; there when something was revoked.</summary>
    internal const string Revoked = "dbx.auth";

    private const int LargestFile = 64 * 1024;
    private static readonly string[] s_names = ["PK.auth", "KEK.auth", "db.auth"];

    /// <summary>Writes them anew.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="passphrase">Asked for when a key is encrypted.</param>
    /// <param name="now">Noted where certificates of others were changed: firmware takes what is later than before.</param>
    /// <exception cref="StrataException">A key is missing, or the folder cannot be written.</exception>
    public static void Write(KeyFolder keys, Func<string> passphrase, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        KeyHistory.Read(keys.FolderPath).NoteOthers(OtherCertificates.DigestOf(keys), now);
        IReadOnlyDictionary<string, byte[]> files = Enrolment.Files(keys, passphrase);
        string folder = Path.Combine(keys.FolderPath, Folder);
        try
        {
            Directory.CreateDirectory(folder);
            foreach ((string name, byte[] content) in files)
            {
                DurableFile.Replace(Path.Combine(folder, name), content, Modes.File);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot write {folder}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Reads them: all of them, with what was revoked, or none where there are none.</summary>
    /// <exception cref="StrataException">Some are missing, or too large.</exception>
    public static IReadOnlyDictionary<string, byte[]> Read(KeyFolder keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (string name in (string[])[.. s_names, Revoked])
        {
            string path = Path.Combine(keys.FolderPath, Folder, name);
            if (!File.Exists(path))
            {
                continue;
            }
            long size = new FileInfo(path).Length;
            if (size > LargestFile)
            {
                throw new StrataException($"cannot read {path}: it has {size} bytes, expected at most {LargestFile}");
            }
            files[name] = File.ReadAllBytes(path);
        }
        return files.Count == 0 || s_names.All(files.ContainsKey) ? files : throw new StrataException(
            $"cannot take {Path.Combine(keys.FolderPath, Folder)}: {s_names.First(n => !files.ContainsKey(n))} is missing, "
            + $"and firmware needs all of {string.Join(", ", s_names)}",
            "'strata keys enrol FOLDER' writes them anew.");
    }
}
