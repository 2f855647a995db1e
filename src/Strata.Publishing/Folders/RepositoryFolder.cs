using System.Security.Cryptography;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;
using Strata.Tuf.Metadata;
using Strata.Tuf.Publishing;
using Strata.Updates.Releases;

namespace Strata.Publishing.Folders;

/// <summary>
/// What is published, as files that any server hands out: <c>metadata/</c>, <c>targets/</c> with the releases, and <c>strata/cas/</c> with
/// what they name. All but <c>metadata/timestamp.json</c> keeps its content for good.
/// </summary>
/// <param name="path">The folder.</param>
public sealed class RepositoryFolder(string path) : IPublishedFiles
{
    /// <summary>Folder of metadata below it.</summary>
    public const string Metadata = "metadata";

    /// <summary>Folder of files that metadata vouches for.</summary>
    public const string TargetFiles = "targets";

    /// <summary>The folder.</summary>
    public string FolderPath => path;

    /// <inheritdoc/>
    public byte[]? TryRead(string name, int most) => TryReadFile(Path.Combine(path, Metadata, name), most);

    /// <inheritdoc/>
    public void Write(string name, byte[] content) => WriteFile(Path.Combine(path, Metadata, name), content);

    /// <summary>Reads a file that metadata vouches for; null when it is not there.</summary>
    /// <param name="target">What metadata says of it.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="StrataException">It cannot be read, or is another file.</exception>
    public byte[]? TryReadTarget(TargetFile target, int most)
    {
        ArgumentNullException.ThrowIfNull(target);
        string file = PathOf(target);
        return TryReadFile(file, most) is not byte[] content ? null
            : Convert.ToHexStringLower(SHA256.HashData(content)) == target.Digests["sha256"] ? content
            : throw new StrataException($"cannot read {file}: its bytes are not those of its name", "Take it from a copy.");
    }

    /// <summary>Writes a file under its digest; metadata makes it one that clients ask for.</summary>
    /// <param name="name">Its path: names of lower-case letters, digits and <c>+ - . _</c>.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="StrataException">It cannot be written.</exception>
    public TargetFile WriteTarget(string name, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        TargetFile target = new(name, content.Length, new Dictionary<string, string> { ["sha256"] = digest });
        WriteFile(PathOf(target), content);
        return target;
    }

    /// <summary>Copies an object; one that is there already stays.</summary>
    /// <param name="digest">SHA-256 of its bytes.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its bytes, and whether it was new.</returns>
    /// <exception cref="StrataException">It is another one, or cannot be written.</exception>
    public async Task<(long Size, bool IsNew)> AddAsync(
        Sha256Digest digest, Func<Sha256Digest, Stream> open, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        string file = Path.Combine(path, Medium.PathOf(digest));
        string aside = Path.Combine(Path.GetDirectoryName(file)!, $".new-{digest}");
        try
        {
            await using Stream source = open(digest);
            if (new FileInfo(file) is { Exists: true } there && there.Length == source.Length)
            {
                return (source.Length, false);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using (FileStream copy = new(aside, FileMode.Create, FileAccess.Write))
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                byte[] buffer = new byte[1 << 17];
                for (int count; (count = await source.ReadAsync(buffer, cancellationToken)) > 0;)
                {
                    hash.AppendData(buffer, 0, count);
                    await copy.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
                if (new Sha256Digest(hash.GetHashAndReset()) != digest)
                {
                    throw new StrataException(
                        $"cannot publish {digest.ToShortString()}: its bytes are not those of its digest", "Build again.");
                }
                copy.Flush(flushToDisk: true);
            }
            File.SetUnixFileMode(aside, (UnixFileMode)Modes.File);
            File.Move(aside, file, overwrite: true);
            FileHandles.SyncFolder(Path.GetDirectoryName(file)!);
            return (source.Length, true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot publish {file}: {e.Message}", innerException: e);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    /// <summary>Opens an object. The bytes are not checked here.</summary>
    /// <exception cref="IOException">It is not there, or cannot be opened.</exception>
    public Stream Open(Sha256Digest digest) =>
        new FileStream(Path.Combine(path, Medium.PathOf(digest)), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    // §6.2: the digest stands before the name
    private string PathOf(TargetFile target)
    {
        string[] parts = target.Path.Split('/');
        parts[^1] = $"{target.Digests["sha256"]}.{parts[^1]}";
        return Path.Combine([path, TargetFiles, .. parts]);
    }

    private static byte[]? TryReadFile(string file, int most)
    {
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.Length > most)
            {
                throw new StrataException($"cannot read {file}: it has {stream.Length} bytes, allowed are {most}");
            }
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {file}: {e.Message}", innerException: e);
        }
    }

    private static void WriteFile(string file, byte[] content)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            DurableFile.Replace(file, content, Modes.File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot write {file}: {e.Message}", innerException: e);
        }
    }
}
