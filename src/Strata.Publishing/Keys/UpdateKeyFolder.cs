using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;
using Strata.Tuf.Publishing;

namespace Strata.Publishing.Keys;

/// <summary>
/// The keys that sign what is published, in the folder <c>updates</c> of an owner's keys: for each <c>ROLE-NUMBER.pub</c>, its public half
/// (SubjectPublicKeyInfo, PEM), and <c>ROLE-NUMBER.key</c>, its private one (PKCS #8, PEM), for the owner alone. Private halves may be
/// missing: they can lie elsewhere. Those that were replaced are in <c>retired</c> below it; they sign what has to be signed by the keys
/// of before.
/// </summary>
/// <remarks>One program at a time has it open: two that publish would write the same version.</remarks>
public sealed class UpdateKeyFolder : IDisposable
{
    /// <summary>Name of the folder below that of an owner's keys.</summary>
    public const string FolderName = "updates";

    /// <summary>Most keys of the root.</summary>
    public const int MostRootKeys = 16;

    private const string RetiredName = "retired";
    private const int MostKeys = 256;
    private const int LargestFile = 64 * 1024;
    private const int Iterations = 600_000; // of PBKDF2 with SHA-256: OWASP's number of 2023
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly string[] s_roles = ["root", "targets", "snapshot", "timestamp"];

    private readonly FileLock _hold;

    private UpdateKeyFolder(string path, FileLock hold, IReadOnlyList<MetadataKey> keys, IReadOnlyList<MetadataKey> retired) =>
        (FolderPath, _hold, Keys, Retired) = (path, hold, keys, retired);

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <summary>Keys that count from the next root on, by name.</summary>
    public IReadOnlyList<MetadataKey> Keys { get; }

    /// <summary>Keys that were replaced.</summary>
    public IReadOnlyList<MetadataKey> Retired { get; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<MetadataKey> All => [.. Keys, .. Retired];

    /// <summary>Makes keys: some for the root, one for each other role.</summary>
    /// <param name="keys">An owner's folder of keys; made when it is missing.</param>
    /// <param name="rootKeys">How many for the root.</param>
    /// <param name="passphrase">Encrypts the private halves; null leaves them as they are.</param>
    /// <returns>Their names.</returns>
    /// <exception cref="StrataException">There are some already, or they cannot be written.</exception>
    public static IReadOnlyList<string> Create(string keys, int rootKeys, string? passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(keys);
        string folder = Path.Combine(keys, FolderName);
        if (rootKeys is < 1 or > MostRootKeys)
        {
            throw new StrataException($"cannot make {rootKeys} keys of the root: expected 1 to {MostRootKeys}");
        }
        return Writing(folder, () =>
        {
            if (Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.pub").Any())
            {
                throw new StrataException(
                    $"cannot make keys in {folder}: some are there already",
                    "Keys are never written over; '--replace NAME' makes one in the place of another.");
            }
            Directory.CreateDirectory(folder, Secret | UnixFileMode.UserExecute);
            string[] names = [.. s_roles.SelectMany(r => Enumerable.Range(1, r == "root" ? rootKeys : 1).Select(n => NameOf(r, n)))];
            Array.ForEach(names, n => Make(folder, n, passphrase));
            return names;
        });
    }

    /// <summary>Makes a key in the place of another, which is retired. What is published learns of it with the next root.</summary>
    /// <param name="keys">An owner's folder of keys.</param>
    /// <param name="name">The other: <c>root-2</c>.</param>
    /// <param name="passphrase">Encrypts the private half; null leaves it as it is.</param>
    /// <returns>The name of the new one.</returns>
    /// <exception cref="StrataException">There is no such key, or it cannot be written.</exception>
    public static string Replace(string keys, string name, string? passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(keys);
        string folder = Path.Combine(keys, FolderName);
        return Writing(folder, () =>
        {
            string[] there = [.. NamesIn(folder)];
            if (!there.Contains(name))
            {
                throw new StrataException(
                    $"cannot replace the key '{name}': {folder} has no {name}.pub", $"It has {string.Join(", ", there)}.");
            }
            string retired = Path.Combine(folder, RetiredName);
            string role = RoleOf(name)!;
            int last = there.Concat(NamesIn(retired)).Where(n => RoleOf(n) == role).Max(NumberOf);
            string made = NameOf(role, last + 1);
            Make(folder, made, passphrase);
            Directory.CreateDirectory(retired, Secret | UnixFileMode.UserExecute);
            foreach (string ending in (string[])[".key", ".pub"]) // the one that is looked for goes last
            {
                if (File.Exists(Path.Combine(folder, name + ending)))
                {
                    File.Move(Path.Combine(folder, name + ending), Path.Combine(retired, name + ending));
                }
            }
            return made;
        });
    }

    /// <summary>True when a private half lies in the folder and is encrypted.</summary>
    public static bool IsEncrypted(string keys)
    {
        string folder = Path.Combine(keys, FolderName);
        return new[] { folder, Path.Combine(folder, RetiredName) }.Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*.key")).Any(f => IsEncryptedPem(ReadText(f)));
    }

    /// <summary>Opens the keys.</summary>
    /// <param name="keys">An owner's folder of keys.</param>
    /// <param name="passphrase">Asked for when a private half is encrypted.</param>
    /// <exception cref="StrataException">There are none, one is damaged, or somebody else has them open.</exception>
    public static UpdateKeyFolder Open(string keys, Func<string> passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(keys);
        ArgumentNullException.ThrowIfNull(passphrase);
        string folder = Path.Combine(keys, FolderName);
        return Writing(folder, () =>
        {
            if (!Directory.Exists(folder) || !NamesIn(folder).Any())
            {
                throw new StrataException(
                    $"cannot open the keys in {folder}: there are none", $"'strata keys updates {keys}' makes some.");
            }
            FileLock hold = FileLock.TryAcquire(Path.Combine(folder, ".lock"), exclusive: true) ?? throw new StrataException(
                $"cannot open the keys in {folder}: another program publishes with them", "Wait until it has ended.");
            List<MetadataKey> opened = [];
            try
            {
                opened.AddRange(NamesIn(folder).Select(n => OpenKey(folder, n, passphrase)));
                int count = opened.Count;
                string retired = Path.Combine(folder, RetiredName);
                opened.AddRange(NamesIn(retired).Select(n => OpenKey(retired, n, passphrase)));
                return new UpdateKeyFolder(folder, hold, [.. opened.Take(count)], [.. opened.Skip(count)]);
            }
            catch
            {
                opened.ForEach(k => k.Dispose());
                hold.Dispose();
                throw;
            }
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MetadataKey key in All)
        {
            key.Dispose();
        }
        _hold.Dispose();
    }

    private static void Make(string folder, string name, string? passphrase)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string secret = passphrase is null ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(
                passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        Write(".key", secret, Modes.SecretFile);
        Write(".pub", key.ExportSubjectPublicKeyInfoPem(), Modes.File);

        void Write(string ending, string pem, int mode) =>
            DurableFile.Replace(Path.Combine(folder, name + ending), Encoding.ASCII.GetBytes(pem + "\n"), mode);
    }

    private static MetadataKey OpenKey(string folder, string name, Func<string> passphrase)
    {
        ECDsa key = ECDsa.Create();
        string file = Path.Combine(folder, name + ".pub");
        try
        {
            key.ImportFromPem(ReadText(file));
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                throw new StrataException($"cannot read {file}: it is no key on the curve P-256");
            }
            byte[] publicHalf = key.ExportSubjectPublicKeyInfo();
            file = Path.Combine(folder, name + ".key");
            bool canSign = File.Exists(file);
            if (canSign)
            {
                ImportPrivate(key, file, passphrase);
                if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicHalf))
                {
                    throw new StrataException($"cannot sign with {file}: it is not the key of {name}.pub");
                }
            }
            return new MetadataKey(RoleOf(name)!, name, key, canSign);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new StrataException($"cannot read {file}: it is no key of ECDSA as PEM", innerException: e);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static void ImportPrivate(ECDsa key, string file, Func<string> passphrase)
    {
        if ((File.GetUnixFileMode(file) & ~(Secret | UnixFileMode.UserExecute)) != 0)
        {
            throw new StrataException($"cannot sign with {file}: others than its owner may read or write it", $"Say 'chmod 600 {file}'.");
        }
        string pem = ReadText(file);
        if (!IsEncryptedPem(pem))
        {
            key.ImportFromPem(pem);
            return;
        }
        try
        {
            key.ImportFromEncryptedPem(pem, passphrase());
        }
        catch (CryptographicException e)
        {
            throw new StrataException($"cannot open {file}: the passphrase is not the one it was encrypted with", innerException: e);
        }
    }

    private static IEnumerable<string> NamesIn(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }
        string[] names = [.. Directory.EnumerateFiles(folder, "*.pub").Take(MostKeys + 1).Select(f => Path.GetFileNameWithoutExtension(f))];
        return names.Length > MostKeys ? throw new StrataException($"cannot open the keys in {folder}: there are more than {MostKeys}")
            : names.FirstOrDefault(n => RoleOf(n) is null) is string other
                ? throw new StrataException(
                    $"cannot open the keys in {folder}: '{other}.pub' is no name of a key",
                    $"Keys are called ROLE-NUMBER: {string.Join(", ", s_roles.Select(r => NameOf(r, 1)))}.")
                : names.Order(StringComparer.Ordinal);
    }

    private static string NameOf(string role, int number) => string.Create(CultureInfo.InvariantCulture, $"{role}-{number}");

    private static string? RoleOf(string name) =>
        s_roles.FirstOrDefault(r => name.StartsWith(r + "-", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(r.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && name == NameOf(r, number));

    private static int NumberOf(string name) => int.Parse(name.AsSpan(name.IndexOf('-') + 1), CultureInfo.InvariantCulture);

    private static bool IsEncryptedPem(string pem) => pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);

    private static string ReadText(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > LargestFile)
        {
            throw new StrataException($"cannot read {file}: it has {stream.Length} bytes, expected at most {LargestFile}");
        }
        using StreamReader reader = new(stream, Encoding.ASCII);
        return reader.ReadToEnd();
    }

    private static T Writing<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot use the keys in {folder}: {e.Message}", innerException: e);
        }
    }
}
