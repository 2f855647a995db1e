namespace Strata.Core.Trees;

/// <summary>Where the bytes of a regular file are. A reference: the bytes themselves stay in the store until a writer asks for them.</summary>
/// <param name="Size">Length in bytes.</param>
/// <param name="Digest">SHA-256 of the bytes; readers check it.</param>
public abstract record FileContent(long Size, Sha256Digest Digest);

/// <summary>Bytes carried along: small files of a blueprint and results of effects.</summary>
/// <param name="Bytes">The bytes.</param>
public sealed record InlineContent(ReadOnlyMemory<byte> Bytes) : FileContent(Bytes.Length, Sha256Digest.Of(Bytes.Span))
{
    /// <summary>UTF-8 bytes of a text.</summary>
    public static InlineContent FromText(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));
}

/// <summary>A whole object of the store, named by <see cref="FileContent.Digest"/>.</summary>
public sealed record StoredContent(long Size, Sha256Digest Digest) : FileContent(Size, Digest);

/// <summary>A member of a package's data archive.</summary>
/// <param name="Size">Length in bytes.</param>
/// <param name="Digest">SHA-256 of the member.</param>
/// <param name="Package">SHA-256 of the package file, an object of the store.</param>
/// <param name="Offset">First byte of the member in the <em>decompressed</em> data archive.</param>
public sealed record PackageContent(long Size, Sha256Digest Digest, Sha256Digest Package, long Offset) : FileContent(Size, Digest);

/// <summary>Opens contents for reading. Cheap when called in the order of <see cref="FileTree.InContentOrder"/>; not safe for concurrent use.</summary>
public interface IContentReader : IDisposable
{
    /// <summary>
    /// A stream of exactly <see cref="FileContent.Size"/> bytes, valid until the next call. Reading to the end checks the digest.
    /// </summary>
    Stream Open(FileContent content);
}
