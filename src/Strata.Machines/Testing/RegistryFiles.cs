using System.Text.Json.Nodes;

namespace Strata.Machines.Testing;

/// <summary>
/// What a registry answers to who pulls images (OCI distribution-spec 1.1, "Pull", and the tags of "Content Discovery"), as files by path.
/// </summary>
/// <remarks>
/// Nothing else of the specification: whoever pushes is told that the method is not allowed, and what is not there is not found.
/// </remarks>
internal static class RegistryFiles
{
    private const string Json = "application/json";
    private const string Version = "Docker-Distribution-API-Version: registry/2.0"; // what older clients look for

    /// <summary>The files, by path without the first slash; none without images.</summary>
    /// <param name="images">Names with their tags, <c>tools/app:1</c>, and the images.</param>
    /// <param name="keep">Writes a small text into a file and gives its path.</param>
    public static IReadOnlyDictionary<string, ServedFile> Of(
        IEnumerable<(string Name, ServedImage Image)> images, Func<string, string> keep)
    {
        Dictionary<string, ServedFile> files = new(StringComparer.Ordinal);
        Dictionary<string, List<string>> tags = new(StringComparer.Ordinal);
        foreach ((string name, ServedImage image) in images)
        {
            string[] parts = name.Split(':');
            string folder = $"v2/{parts[0]}";
            if (!tags.TryGetValue(parts[0], out List<string>? known))
            {
                tags.Add(parts[0], known = []);
            }
            known.Add(parts[1]);
            files[$"{folder}/manifests/{parts[1]}"] = FileOf(image.Root);
            foreach (ServedBlob blob in image.Blobs)
            {
                files[$"{folder}/{(blob.IsDocument ? "manifests" : "blobs")}/sha256:{blob.Digest}"] = FileOf(blob);
            }
        }
        foreach ((string repository, List<string> known) in tags)
        {
            JsonObject list = new()
            {
                ["name"] = repository,
                ["tags"] = new JsonArray([.. known.Order(StringComparer.Ordinal).Select(t => (JsonNode)t)]),
            };
            files[$"v2/{repository}/tags/list"] = new ServedFile(keep(list.ToJsonString())) { ContentType = Json, Headers = [Version] };
        }
        if (files.Count > 0)
        {
            files["v2/"] = new ServedFile(keep("{}")) { ContentType = Json, Headers = [Version] };
        }
        return files;
    }

    private static ServedFile FileOf(ServedBlob blob)
    {
        ServedFile file = new(blob.Path)
        {
            Offset = blob.Offset, Length = blob.Length, Headers = [Version, $"Docker-Content-Digest: sha256:{blob.Digest}"],
        };
        return blob.IsDocument ? file with { ContentType = blob.MediaType } : file;
    }
}
