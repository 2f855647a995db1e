using System.Reflection;

namespace Strata.Packages.Releases;

/// <summary>Public keys that are trusted.</summary>
/// <param name="Name">For messages: <c>debian-archive-trixie-stable.gpg</c>.</param>
/// <param name="Content">Binary OpenPGP keys (RFC 9580 §10.1), without armour.</param>
public sealed record Keyring(string Name, ReadOnlyMemory<byte> Content)
{
    private const string Prefix = "keyrings/";

    /// <summary>The keys of Debian's archive that came with Strata; their fingerprints are in <c>keyrings/README.md</c>.</summary>
    public static IReadOnlyList<Keyring> Debian { get; } = ReadEmbedded();

    /// <summary>Reads the keys of a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Keyring FromFile(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path));

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
