using System.Reflection;
using Strata.Core;

namespace Strata.Packages.Keys;

/// <summary>Public keys that are trusted.</summary>
/// <param name="Name">For messages: <c>debian-archive-trixie-stable.gpg</c>.</param>
/// <param name="Content">Binary OpenPGP keys (RFC 9580 §10.1), without armour.</param>
public sealed record Keyring(string Name, ReadOnlyMemory<byte> Content)
{
    /// <summary>Most bytes of a file of keys; vendors' have a few KB, keys with hundreds of signatures on them some 100 KB.</summary>
    public const int MaxBytes = 1 << 20;

    private const string Prefix = "keyrings/";

    /// <summary>The keys of Debian's archive that came with Strata; their fingerprints are in <c>keyrings/README.md</c>.</summary>
    public static IReadOnlyList<Keyring> Debian { get; } = ReadEmbedded();

    /// <summary>SHA-256 of the keys without armour: the same however they were written down.</summary>
    public Sha256Digest Digest => Sha256Digest.Of(Content.Span);

    /// <summary>The keys that it holds.</summary>
    /// <exception cref="ImageFormatException">It holds something else.</exception>
    public IReadOnlyList<PublicKey> ReadKeys() => PublicKeys.Read(Content, Name);

    /// <summary>For people: <c>docker.asc (7EA0A9C3F273FCD8)</c>.</summary>
    /// <exception cref="ImageFormatException">It holds something else than keys.</exception>
    public override string ToString() => $"{Name} ({string.Join(", ", ReadKeys().Select(k => k.Id))})";

    /// <summary>Takes keys in binary form or in ASCII armour.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="content">The bytes of the file.</param>
    /// <exception cref="ImageFormatException">It holds no public keys, or something else besides.</exception>
    public static Keyring Of(string name, ReadOnlyMemory<byte> content)
    {
        if (content.Length > MaxBytes)
        {
            throw new ImageFormatException(name, MaxBytes, $"it has more than {MaxBytes} bytes");
        }
        Keyring keyring = new(name, KeyArmour.IsIn(content.Span) ? KeyArmour.Remove(content.Span, name) : content);
        keyring.ReadKeys();
        return keyring;
    }

    /// <summary>Reads the keys of a file, in binary form or in ASCII armour.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ImageFormatException">It holds no public keys, or something else besides.</exception>
    public static Keyring FromFile(string path) => Of(Path.GetFileName(path), File.ReadAllBytes(path));

    private static Keyring[] ReadEmbedded()
    {
        Assembly assembly = typeof(Keyring).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name =>
                {
                    using Stream stream = assembly.GetManifestResourceStream(name)!;
                    byte[] content = new byte[stream.Length];
                    stream.ReadExactly(content);
                    return new Keyring(name[Prefix.Length..], content);
                }),
        ];
    }
}
