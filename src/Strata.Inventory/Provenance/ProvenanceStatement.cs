using System.Text.Json;
using Strata.Core;
using Strata.Inventory.Bills;

namespace Strata.Inventory.Provenance;

/// <summary>Writes provenance as an in-toto Statement v1 with a SLSA Provenance v1 predicate.</summary>
/// <remarks>
/// Forms: in-toto attestation framework, <c>spec/v1/statement.md</c> and <c>resource_descriptor.md</c>; slsa.dev, <c>provenance/v1</c>.
/// What each parameter means: docs/formats/provenance.md, which is what <see cref="BuildType"/> names.
/// </remarks>
public static class ProvenanceStatement
{
    /// <summary>Ending of its files.</summary>
    public const string Ending = "intoto.json";

    /// <summary>How an image is made of the parameters; the document is part of the program's source.</summary>
    public const string BuildType = "pkg:generic/strata#docs/formats/provenance.md";

    internal const string StatementType = "https://in-toto.io/Statement/v1";
    internal const string PredicateType = "https://slsa.dev/provenance/v1";
    internal const string LockName = "strata.lock";

    private const string Builder = "pkg:generic/strata";

    /// <summary>The statement; the same build gives the same bytes.</summary>
    public static byte[] Write(BuildProvenance build)
    {
        ArgumentNullException.ThrowIfNull(build);
        using MemoryStream bytes = new();
        BillJson.Write(bytes, json => Write(build, json));
        return bytes.ToArray();
    }

    private static void Write(BuildProvenance build, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("_type", StatementType);
        json.WriteStartArray("subject");
        foreach (ProvenanceSubject subject in build.Subjects)
        {
            json.WriteStartObject();
            json.WriteString("name", subject.Name);
            WriteDigest(json, subject.Digest);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("predicateType", PredicateType);
        json.WriteStartObject("predicate");
        json.WriteStartObject("buildDefinition");
        json.WriteString("buildType", BuildType);
        WriteParameters(build, json);
        WriteInputs(build, json);
        json.WriteEndObject();
        json.WriteStartObject("runDetails");
        json.WriteStartObject("builder");
        json.WriteString("id", Builder);
        json.WriteStartObject("version");
        json.WriteString("strata", build.Tool);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteParameters(BuildProvenance build, Utf8JsonWriter json)
    {
        json.WriteStartObject("externalParameters");
        json.WriteString("edition", build.Edition);
        json.WriteString("version", build.Version);
        json.WriteString("architecture", build.Architecture);
        json.WriteString("image", build.Kind);
        json.WriteString("blueprintSha256", build.Blueprint.ToString());
        if (build.Certificate is Sha256Digest certificate)
        {
            json.WriteString("certificateSha256", certificate.ToString());
        }
        json.WriteEndObject();
        if (build.Kernel is not ProvenanceKernel kernel)
        {
            return;
        }
        json.WriteStartObject("internalParameters");
        json.WriteStartObject("kernel");
        json.WriteString("release", kernel.Release);
        json.WriteString("profile", kernel.Profile);
        json.WriteString("imageSha256", kernel.Image.ToString());
        json.WriteString("configSha256", kernel.Config.ToString());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInputs(BuildProvenance build, Utf8JsonWriter json)
    {
        json.WriteStartArray("resolvedDependencies");
        json.WriteStartObject();
        json.WriteString("name", LockName);
        WriteDigest(json, build.Lock);
        json.WriteEndObject();
        foreach (ProvenanceInput input in build.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("name", input.Name);
            json.WriteString("uri", input.Uri);
            WriteDigest(json, input.Digest);
            json.WriteStartObject("annotations");
            json.WriteString("role", input.Role);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteDigest(Utf8JsonWriter json, Sha256Digest digest)
    {
        json.WriteStartObject("digest");
        json.WriteString("sha256", digest.ToString());
        json.WriteEndObject();
    }
}
