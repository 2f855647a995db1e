using System.Text.Json;
using Strata.Core;

namespace Strata.Inventory.Provenance;

/// <summary>What a statement says of an image: enough to build it again and to know whether it is the one that was meant.</summary>
/// <param name="Edition">Name of the edition.</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">Debian architecture.</param>
/// <param name="Kind">Name of the kind of image.</param>
/// <param name="Blueprint">SHA-256 over the blueprint and all files that it takes in.</param>
/// <param name="Lock">SHA-256 of the lock.</param>
/// <param name="Tool">Version of the program that built it.</param>
/// <param name="Certificate">SHA-256 of the certificate that firmware has to know; null for an image that is not signed.</param>
/// <param name="Subjects">Its files, and of a container image also the digest of its manifest; at least one.</param>
public sealed record StatedBuild(
    string Edition, string Version, string Architecture, string Kind, Sha256Digest Blueprint, Sha256Digest Lock, string Tool,
    Sha256Digest? Certificate, IReadOnlyList<ProvenanceSubject> Subjects)
{
    /// <summary>Largest statement that is read, in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Most files of an image.</summary>
    public const int MostSubjects = 1000;

    /// <summary>Reads what <see cref="ProvenanceStatement.Write(BuildProvenance)"/> wrote.</summary>
    /// <param name="statement">An in-toto statement.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <exception cref="StrataException">It is none, or strata did not write it.</exception>
    public static StatedBuild Read(ReadOnlyMemory<byte> statement, string name)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(
                statement, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new StrataException(
                $"cannot read the statement {name}: {e.Message}", "'strata build --provenance' writes it beside an image.", e);
        }
    }

    private static StatedBuild Read(JsonElement root)
    {
        Expect(Text(root, "_type"), ProvenanceStatement.StatementType);
        Expect(Text(root, "predicateType"), ProvenanceStatement.PredicateType);
        JsonElement predicate = root.GetProperty("predicate");
        JsonElement definition = predicate.GetProperty("buildDefinition");
        Expect(Text(definition, "buildType"), ProvenanceStatement.BuildType);
        JsonElement parameters = definition.GetProperty("externalParameters");
        JsonElement locked = definition.GetProperty("resolvedDependencies").EnumerateArray().First();
        Expect(Text(locked, "name"), ProvenanceStatement.LockName);
        JsonElement subjects = root.GetProperty("subject");
        return subjects.GetArrayLength() is > 0 and <= MostSubjects
            ? new StatedBuild(
                Text(parameters, "edition"), Text(parameters, "version"), Text(parameters, "architecture"), Text(parameters, "image"),
                Sha256Digest.Parse(Text(parameters, "blueprintSha256")), DigestOf(locked),
                Text(predicate.GetProperty("runDetails").GetProperty("builder").GetProperty("version"), "strata"),
                parameters.TryGetProperty("certificateSha256", out JsonElement certificate)
                    ? Sha256Digest.Parse(certificate.GetString() ?? "") : null,
                [.. subjects.EnumerateArray().Select(s => new ProvenanceSubject(Text(s, "name"), DigestOf(s)))])
            : throw new FormatException($"it is of {subjects.GetArrayLength()} files, expected 1 to {MostSubjects}");
    }

    private static Sha256Digest DigestOf(JsonElement of) => Sha256Digest.Parse(Text(of.GetProperty("digest"), "sha256"));

    private static string Text(JsonElement of, string name) =>
        of.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static void Expect(string found, string expected)
    {
        if (found != expected)
        {
            throw new FormatException($"expected '{expected}', found '{(found.Length > 200 ? found[..200] : found)}'");
        }
    }
}
