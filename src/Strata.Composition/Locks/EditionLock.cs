using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Store;

namespace Strata.Composition.Locks;

/// <summary>Every input of an edition's build: the packages of the guest and the tools that shape the image.</summary>
/// <param name="Guest">Packages of the guest, its kernel included.</param>
/// <param name="Tools">Packages of the build's tools.</param>
/// <param name="Kernel">Source and compiler of a kernel that is built; null for a stock kernel.</param>
/// <param name="Builds">Packages that software of one's own is built with; null when nothing is.</param>
public sealed record EditionLock(PackageLock Guest, PackageLock Tools, PackageLock? Kernel = null, PackageLock? Builds = null)
{
    /// <summary>Name of the file, beside a blueprint and beside results.</summary>
    public const string FileName = "strata.lock";

    private const int MostBytes = 64 << 20;

    /// <summary>Identity: digest of <see cref="Write"/>.</summary>
    public Sha256Digest Digest => Sha256Digest.Of(Write());

    /// <summary>The bytes of the file: one JSON object of the locks, each in its canonical form.</summary>
    public byte[] Write() =>
    [
        .. "{\n\"guest\": "u8, .. Trim(PackageLockFile.Write(Guest)), .. ",\n\"tools\": "u8, .. Trim(PackageLockFile.Write(Tools)),
        .. Kernel is null ? default(ReadOnlySpan<byte>) : [.. ",\n\"kernel\": "u8, .. Trim(PackageLockFile.Write(Kernel))],
        .. Builds is null ? default(ReadOnlySpan<byte>) : [.. ",\n\"builds\": "u8, .. Trim(PackageLockFile.Write(Builds))], .. "\n}\n"u8,
    ];

    /// <summary>Reads a lock.</summary>
    /// <exception cref="StrataException">The file is missing or faulty.</exception>
    public static EditionLock Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                ForeignFolder.ReadFile(path, depth: 1, MostBytes), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new EditionLock(Part(document, "guest", path), Part(document, "tools", path),
                document.RootElement.TryGetProperty("kernel", out _) ? Part(document, "kernel", path) : null,
                document.RootElement.TryGetProperty("builds", out _) ? Part(document, "builds", path) : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // half a character in an escape
        {
            throw new StrataException($"cannot read the lock {path}: {e.Message}", "'strata lock NAME' writes it anew.", e);
        }
    }

    private static PackageLock Part(JsonDocument document, string name, string path) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out JsonElement part)
            ? PackageLockFile.Read(Encoding.UTF8.GetBytes(part.GetRawText()), $"{path}, part '{name}'")
            : throw new StrataException($"cannot read the lock {path}: it has no part '{name}'", "'strata lock NAME' writes it anew.");

    private static ReadOnlySpan<byte> Trim(byte[] json) => json.AsSpan().TrimEnd((byte)'\n');
}
