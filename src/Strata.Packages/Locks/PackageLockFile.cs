using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Core;

namespace Strata.Packages.Locks;

/// <summary>A lock as a file: JSON in one canonical form, so that equal locks are equal bytes and differences are short.</summary>
/// <remarks>
/// UTF-8 without mark, two blanks of indentation, line feeds, members in a fixed order. Reading refuses unknown and repeated members and
/// everything that <see cref="PackageLock"/> refuses. Limit: 64 MiB.
/// </remarks>
public static class PackageLockFile
{
    private const int MaxBytes = 64 << 20;

    /// <summary>The bytes of a lock; they end in a line feed.</summary>
    public static byte[] Write(PackageLock packages)
    {
        ArgumentNullException.ThrowIfNull(packages);
        LockDocument document = new()
        {
            Format = PackageLock.CurrentFormat,
            Architecture = packages.Architecture,
            Releases = packages.Releases,
            Request = packages.Request,
            Packages = packages.Packages,
        };
        return [.. JsonSerializer.SerializeToUtf8Bytes(document, LockJson.Canonical.LockDocument), (byte)'\n'];
    }

    /// <summary>Reads and checks a lock.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="name">What a person calls it: <c>editions/nano/lock.json</c>.</param>
    /// <exception cref="StrataException">It breaks a rule; the message names the place.</exception>
    public static PackageLock Read(ReadOnlySpan<byte> content, string name)
    {
        const string Hint = "A lock is written by 'strata lock NAME'; do not edit it by hand.";
        if (content.Length > MaxBytes)
        {
            throw new StrataException($"cannot read lock {name}: it has more than {MaxBytes} bytes", Hint);
        }
        try
        {
            LockDocument document = JsonSerializer.Deserialize(content, LockJson.Canonical.LockDocument)
                ?? throw new StrataException($"cannot read lock {name}: it is null", Hint);
            return document.Format == PackageLock.CurrentFormat
                ? new PackageLock(document.Architecture, document.Releases, document.Request, document.Packages)
                : throw new StrataException($"cannot read lock {name}: it has format {document.Format}, this program reads {PackageLock.CurrentFormat}",
                    "Use the version of Strata that wrote it, or make it anew with 'strata lock NAME'.");
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? $"line {(line + 1).ToString(CultureInfo.InvariantCulture)}: " : "";
            throw new StrataException($"cannot read lock {name}: {place}{e.Message.Split(" Path:", 2)[0]}", Hint, e);
        }
        catch (ArgumentException e)
        {
            throw new StrataException($"cannot read lock {name}: {e.Message}", Hint, e);
        }
    }
}

/// <summary>The members of the file, in their order.</summary>
internal sealed class LockDocument
{
    public required int Format { get; init; }

    public required string Architecture { get; init; }

    public required IReadOnlyList<LockedRelease> Releases { get; init; }

    public required LockedRequest Request { get; init; }

    public required IReadOnlyList<LockedPackage> Packages { get; init; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(Sha256DigestJson), typeof(SecondsJson)])]
[JsonSerializable(typeof(LockDocument))]
internal sealed partial class LockJson : JsonSerializerContext
{
    /// <summary>As generated, with <c>&gt;=</c> and <c>+</c> written as they are: the file is for people and is never part of a web page.</summary>
    public static LockJson Canonical { get; } =
        new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

internal sealed class Sha256DigestJson : JsonConverter<Sha256Digest>
{
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Sha256Digest.TryParse(reader.GetString(), out Sha256Digest digest)
            ? digest
            : throw new JsonException("the value is no SHA-256 digest of 64 lower-case hex digits");

    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Points in time to the second, UTC: <c>2026-09-12T07:55:41Z</c>.</summary>
internal sealed class SecondsJson : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTime.TryParseExact(reader.GetString(), Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)
            ? new DateTimeOffset(time, TimeSpan.Zero)
            : throw new JsonException("the value is no time such as 2026-09-12T07:55:41Z");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString(Form, CultureInfo.InvariantCulture));
}
