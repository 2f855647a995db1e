using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Oci;
using Strata.Formats.Streams;
using Strata.Formats.Tar;
using Strata.Machines.Containers;

namespace Strata.Editions.Testing;

/// <summary>Container images that were built, as tests start them.</summary>
internal static class ContainerImages
{
    private const int LargestFile = 4 << 20; // of accounts

    /// <summary>Reads an archive of ours, compares all of it with its digests, and tells what is started and how.</summary>
    /// <param name="path">The archive, which stays where it is as long as containers of it are started.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageFormatException">It is not what was written.</exception>
    public static ContainerImage Open(string path, CancellationToken cancellationToken)
    {
        using FileStream archive = File.OpenRead(path);
        OciArchiveImage image = OciArchiveReader.Read(archive, cancellationToken);
        using JsonDocument manifest = JsonDocument.Parse(Bytes(archive, image.Root));
        using JsonDocument document = JsonDocument.Parse(Bytes(archive, BlobOf(image, manifest.RootElement.GetProperty("config"))));
        JsonElement config = document.RootElement.GetProperty("config");
        Layer[] layers = [.. manifest.RootElement.GetProperty("layers").EnumerateArray().Select(l => new Layer(path, BlobOf(image, l)))];
        return new ContainerImage
        {
            Layers = [.. layers.Select(l => (Func<Stream, CancellationToken, Task>)l.WriteAsync)],
            Entrypoint = Texts(config, "Entrypoint"),
            Command = Texts(config, "Cmd"),
            Environment = Texts(config, "Env"),
            User = Text(config, "User") ?? "",
            WorkingDirectory = Text(config, "WorkingDir") ?? "/",
            Volumes = config.TryGetProperty("Volumes", out JsonElement volumes) ? [.. volumes.EnumerateObject().Select(v => v.Name)] : [],
            StopSignal = Text(config, "StopSignal") ?? "SIGTERM",
            HealthCheck = config.TryGetProperty("Healthcheck", out JsonElement check)
                ? [.. Texts(check, "Test").Skip(1)] : [], // behind 'CMD'
            Accounts = new ContainerAccounts(TextOf(layers, "etc/passwd"), TextOf(layers, "etc/group")),
        };
    }

    private static OciArchiveBlob BlobOf(OciArchiveImage image, JsonElement descriptor)
    {
        string digest = descriptor.GetProperty("digest").GetString()!; // the reader of the archive has seen that it is there
        return image.Blobs.First(b => digest.EndsWith(b.Descriptor.Digest.ToString(), StringComparison.Ordinal));
    }

    private static byte[] Bytes(FileStream archive, OciArchiveBlob blob)
    {
        byte[] bytes = new byte[blob.Descriptor.Size];
        archive.Position = blob.Offset;
        archive.ReadExactly(bytes);
        return bytes;
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;

    private static string[] Texts(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(t => t.GetString() ?? "")] : [];

    /// <summary>A small file as the uppermost layer has it; empty when none has it.</summary>
    private static string TextOf(IEnumerable<Layer> layers, string name) =>
        layers.Reverse().Select(l => l.TextOf(name)).FirstOrDefault(t => t is not null) ?? "";

    /// <summary>One layer in its archive.</summary>
    private sealed record Layer(string Path, OciArchiveBlob Blob)
    {
        private CompressionKind Kind => Blob.Descriptor.MediaType.Split('+')[^1] switch
        {
            "gzip" => CompressionKind.Gzip,
            "zstd" => CompressionKind.Zstd,
            _ => CompressionKind.None,
        };

        public async Task WriteAsync(Stream output, CancellationToken cancellationToken)
        {
            await using FileStream archive = File.OpenRead(Path);
            await using Stream plain = Open(archive);
            await plain.CopyToAsync(output, cancellationToken);
        }

        public string? TextOf(string name)
        {
            using FileStream archive = File.OpenRead(Path);
            using Stream plain = Open(archive);
            TarReader reader = new(plain);
            while (reader.Next() is TarEntry entry)
            {
                if (entry is { Kind: TarKind.File, Size: <= LargestFile } && entry.Name == name)
                {
                    using StreamReader text = new(reader.Content, Encoding.UTF8);
                    return text.ReadToEnd();
                }
            }
            return null;
        }

        private Stream Open(FileStream archive) =>
            Decompression.Open(new RangeStream(archive, Blob.Offset, Blob.Descriptor.Size), Kind);
    }
}
