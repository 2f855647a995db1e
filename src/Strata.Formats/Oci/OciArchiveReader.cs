using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Oci;

/// <summary>A blob in an archive.</summary>
/// <param name="Descriptor">What it is; its bytes were compared with the digest.</param>
/// <param name="Offset">Where in the archive it begins, in bytes.</param>
/// <param name="IsDocument">True for a manifest or an index, which registries keep apart from other blobs.</param>
public sealed record OciArchiveBlob(OciDescriptor Descriptor, long Offset, bool IsDocument);

/// <summary>The image of an archive.</summary>
/// <param name="Root">Its manifest, or the index of those for several architectures.</param>
/// <param name="Blobs">All that it is made of, the root first, none twice.</param>
public sealed record OciArchiveImage(OciArchiveBlob Root, IReadOnlyList<OciArchiveBlob> Blobs);

/// <summary>
/// Reads an OCI image layout (image-spec 1.1, image-layout.md) in one tar archive: what <see cref="OciLayoutWriter"/> writes and
/// <c>skopeo</c> calls <c>oci-archive</c>. Nothing is unpacked: the blobs stay where they lie.
/// </summary>
/// <remarks>
/// Not supported: compressed archives, archives with several images (an index for several architectures is one), other digests than
/// SHA-256, blobs that lie elsewhere, the form of <c>docker save</c> without an index. At most <see cref="MostMembers"/> members and
/// documents of <see cref="OciIndex.MaxBytes"/>.
/// </remarks>
public static class OciArchiveReader
{
    /// <summary>Most members of an archive.</summary>
    public const int MostMembers = 4096;

    private const string Format = "OCI archive";
    private const string DigestStart = "sha256:";
    private const string Blobs = "blobs/sha256/";
    private const int LongestType = 255;

    private static readonly SearchValues<char> s_ofType =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&^_.+-/"); // RFC 6838 §4.2

    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    private static readonly string[] s_documents =
    [
        OciLayoutWriter.ManifestType, OciIndex.MediaType, "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ];

    /// <summary>Reads it, and compares every blob of its image with its digest.</summary>
    /// <param name="archive">The archive from its beginning; it can seek, and stays open.</param>
    /// <param name="cancellationToken">Looked at between blobs.</param>
    /// <exception cref="ImageFormatException">It is no such archive, or a blob is missing or not what its name says.</exception>
    public static OciArchiveImage Read(Stream archive, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        Dictionary<string, TarEntry> members = MembersOf(archive);
        if (!members.ContainsKey("oci-layout") || !members.TryGetValue("index.json", out TarEntry? index))
        {
            throw Wrong(0, "it has no files 'oci-layout' and 'index.json'");
        }
        IReadOnlyList<OciDescriptor> named = [.. Named(Bytes(archive, index), "index.json", index.DataOffset)];
        if (named.Count != 1)
        {
            throw Wrong(index.DataOffset, $"its index names {named.Count} images, expected one");
        }
        List<OciArchiveBlob> blobs = [];
        HashSet<Sha256Digest> seen = [named[0].Digest];
        Queue<OciDescriptor> open = new(named);
        while (open.TryDequeue(out OciDescriptor? blob))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = Blobs + blob.Digest;
            if (!members.TryGetValue(name, out TarEntry? member))
            {
                throw Wrong(0, $"{name} is missing");
            }
            if (member.Size != blob.Size || Digest(archive, member) != blob.Digest)
            {
                throw Wrong(member.DataOffset, $"{name} has other bytes than its name says, or another size than {blob.Size}");
            }
            bool isDocument = s_documents.Contains(blob.MediaType, StringComparer.Ordinal);
            blobs.Add(new OciArchiveBlob(blob, member.DataOffset, isDocument));
            foreach (OciDescriptor below in isDocument ? Named(Bytes(archive, member), name, member.DataOffset) : [])
            {
                if (seen.Add(below.Digest))
                {
                    open.Enqueue(below);
                }
            }
        }
        return blobs[0].IsDocument
            ? new OciArchiveImage(blobs[0], blobs)
            : throw Wrong(
                index.DataOffset, $"its image is a blob of type {blobs[0].Descriptor.MediaType}, expected a manifest or an index");
    }

    private static Dictionary<string, TarEntry> MembersOf(Stream archive)
    {
        Dictionary<string, TarEntry> members = new(StringComparer.Ordinal);
        TarReader reader = new(archive, TarLimits.Default with { MaxEntries = MostMembers });
        while (reader.Next() is TarEntry entry)
        {
            string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (entry.Kind == TarKind.File && !members.TryAdd(name, entry))
            {
                throw Wrong(entry.HeaderOffset, $"'{name}' is there twice");
            }
        }
        return members;
    }

    /// <summary>What a document is made of: an index of manifests, a manifest of its configuration and layers.</summary>
    private static List<OciDescriptor> Named(byte[] json, string name, long offset)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_strict);
            JsonElement root = document.RootElement;
            return root.TryGetProperty("manifests", out JsonElement manifests)
                ? [.. manifests.EnumerateArray().Select(DescriptorOf)]
                : [DescriptorOf(root.GetProperty("config")), .. root.GetProperty("layers").EnumerateArray().Select(DescriptorOf)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ImageFormatException(Format, offset, $"'{name}' is no index and no manifest: {e.Message}", e);
        }
    }

    // image-spec 1.1, descriptor.md; the type becomes a header of answers
    private static OciDescriptor DescriptorOf(JsonElement json)
    {
        string type = json.GetProperty("mediaType").GetString() ?? "";
        string digest = json.GetProperty("digest").GetString() ?? "";
        long size = json.GetProperty("size").GetInt64();
        return type.Length is > 0 and <= LongestType && !type.AsSpan().ContainsAnyExcept(s_ofType) && size >= 0
            && digest.StartsWith(DigestStart, StringComparison.Ordinal)
            && Sha256Digest.TryParse(digest.AsSpan(DigestStart.Length), out Sha256Digest parsed)
            ? new OciDescriptor(type, parsed, size)
            : throw new FormatException("a descriptor needs a 'mediaType', a 'digest' of SHA-256 and a 'size'");
    }

    private static byte[] Bytes(Stream archive, TarEntry member)
    {
        if (member.Size > OciIndex.MaxBytes)
        {
            throw Wrong(member.DataOffset, $"'{member.Name}' has {member.Size} bytes, allowed {OciIndex.MaxBytes}");
        }
        byte[] bytes = new byte[member.Size];
        archive.Position = member.DataOffset;
        archive.ReadExactly(bytes); // the reader of the archive has been behind it
        return bytes;
    }

    private static Sha256Digest Digest(Stream archive, TarEntry member)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        archive.Position = member.DataOffset;
        for (long left = member.Size; left > 0;)
        {
            int count = archive.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (count == 0)
            {
                throw Wrong(member.DataOffset, $"'{member.Name}' is cut off");
            }
            hash.AppendData(buffer, 0, count);
            left -= count;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return Sha256Digest.Finish(hash);
    }

    private static ImageFormatException Wrong(long offset, string problem) => new(Format, offset, problem);
}
