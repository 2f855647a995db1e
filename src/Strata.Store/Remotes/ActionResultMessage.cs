using System.Buffers;
using System.Text;
using Strata.Core;
using Strata.Store.Actions;

namespace Strata.Store.Remotes;

/// <summary>
/// The part of <c>build.bazel.remote.execution.v2.ActionResult</c> that we write and read (Bazel Remote Execution API v2,
/// <c>remote_execution.proto</c>), in the protobuf wire format (protobuf.dev, "Encoding").
/// </summary>
/// <remarks>
/// <para>
/// Written: <c>output_files</c> = 2 { <c>path</c> = 1, <c>digest</c> = 2 { <c>hash</c> = 1, <c>size_bytes</c> = 2 } }, <c>exit_code</c> = 4
/// (0, so absent),
/// <c>stdout_raw</c> = 5 with the key and our notes, <c>execution_metadata</c> = 9 { <c>worker</c> = 1 }.
/// </para>
/// <para>
/// Read strictly: results with directories or links are not ours and refused; other unknown fields, which servers add, are skipped.
/// Not supported: groups, digests other than SHA-256. Limits as in <see cref="ActionResult"/> and <see cref="LongestMessage"/>.
/// </para>
/// </remarks>
internal static class ActionResultMessage
{
    /// <summary>Longest message in bytes.</summary>
    public const int LongestMessage = 32 * 1024 * 1024;

    private const string Format = "ActionResult";
    private const string Worker = "strata";

    private static class Field // numbers in remote_execution.proto
    {
        public const int OutputFiles = 2;
        public const int OutputDirectories = 3;
        public const int ExitCode = 4;
        public const int StdoutRaw = 5;
        public const int ExecutionMetadata = 9;
        public const int OutputFileSymlinks = 10;
        public const int OutputDirectorySymlinks = 11;
        public const int OutputSymlinks = 12;

        public const int FilePath = 1;
        public const int FileDigest = 2;
        public const int FileContents = 5;

        public const int DigestHash = 1;
        public const int DigestSizeBytes = 2;

        public const int MetadataWorker = 1;
    }

    /// <summary>The message of a result.</summary>
    /// <param name="key">Of the action; in the message, so that a result under another action's name is known for what it is.</param>
    /// <param name="result">What the action made.</param>
    public static byte[] Write(Sha256Digest key, ActionResult result)
    {
        ArrayBufferWriter<byte> message = new();
        ArrayBufferWriter<byte> file = new();
        ArrayBufferWriter<byte> digest = new();
        foreach (ActionOutput output in result.Outputs)
        {
            digest.ResetWrittenCount();
            file.ResetWrittenCount();
            ProtobufWriter.Bytes(digest, Field.DigestHash, Encoding.ASCII.GetBytes(output.Digest.ToString()));
            ProtobufWriter.Number(digest, Field.DigestSizeBytes, output.Size);
            ProtobufWriter.Bytes(file, Field.FilePath, Encoding.UTF8.GetBytes(output.Name));
            ProtobufWriter.Bytes(file, Field.FileDigest, digest.WrittenSpan);
            ProtobufWriter.Bytes(message, Field.OutputFiles, file.WrittenSpan);
        }
        ProtobufWriter.Bytes(message, Field.StdoutRaw, [.. KeyLine(key), .. ActionEntryFormat.WriteNotes(result.Notes)]);
        file.ResetWrittenCount();
        ProtobufWriter.Bytes(file, Field.MetadataWorker, Encoding.ASCII.GetBytes(Worker));
        ProtobufWriter.Bytes(message, Field.ExecutionMetadata, file.WrittenSpan);
        return message.WrittenSpan.ToArray();
    }

    /// <summary>Reads a message.</summary>
    /// <param name="message">What the server sent.</param>
    /// <param name="key">Of the action that was asked for.</param>
    /// <exception cref="ImageFormatException">It breaks a rule, or is of a failed, foreign or other action.</exception>
    public static ActionResult Read(ReadOnlySpan<byte> message, Sha256Digest key)
    {
        if (message.Length > LongestMessage)
        {
            throw new ImageFormatException(Format, 0, $"has {message.Length} bytes, allowed {LongestMessage}");
        }
        SortedDictionary<string, ActionOutput> outputs = new(StringComparer.Ordinal);
        ReadOnlySpan<byte> said = default;
        ProtobufReader reader = new(Format, message, 0);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case Field.OutputFiles:
                    ActionOutput output = ReadFile(reader.Message());
                    if (outputs.Count == ActionResult.MostOutputs || !outputs.TryAdd(output.Name, output))
                    {
                        throw reader.Wrong($"output '{output.Name}' occurs twice or is one of more than {ActionResult.MostOutputs}");
                    }
                    break;
                case Field.ExitCode:
                    if (reader.Number() is not 0 and var code)
                    {
                        throw reader.Wrong($"exit_code is {unchecked((int)code)}, expected 0");
                    }
                    break;
                case Field.StdoutRaw:
                    said = reader.Bytes();
                    break;
                case Field.OutputDirectories or Field.OutputFileSymlinks or Field.OutputDirectorySymlinks or Field.OutputSymlinks:
                    throw reader.Wrong($"has field {field}: directories and links are not supported");
                default:
                    reader.Skip();
                    break;
            }
        }
        byte[] keyLine = KeyLine(key);
        return said.StartsWith(keyLine)
            ? new ActionResult(outputs.Values, ActionEntryFormat.ReadNotes(said[keyLine.Length..]))
            : throw reader.Wrong($"is not the result of action {key.ToShortString()}: its stdout_raw does not begin with that key");
    }

    private static byte[] KeyLine(Sha256Digest key) => Encoding.ASCII.GetBytes($"key {key}\n");

    private static ActionOutput ReadFile(ProtobufReader reader)
    {
        string? path = null;
        Sha256Digest? digest = null;
        long size = 0;
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case Field.FilePath when path is null:
                    path = reader.Text(ActionNames.LongestName);
                    break;
                case Field.FileDigest when digest is null:
                    (digest, size) = ReadDigest(reader.Message());
                    break;
                case Field.FilePath or Field.FileDigest or Field.FileContents:
                    throw reader.Wrong($"output_files has field {field}, which is not allowed or not twice");
                default:
                    reader.Skip();
                    break;
            }
        }
        return path is not null && digest is { } known && ActionNames.IsName(path)
            ? new ActionOutput(path, known, size)
            : throw reader.Wrong($"output_files needs a digest and a valid path, has '{path}'");
    }

    private static (Sha256Digest Digest, long Size) ReadDigest(ProtobufReader reader)
    {
        string? hash = null;
        ulong? size = null;
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case Field.DigestHash when hash is null:
                    hash = reader.Text(2 * Sha256Digest.Size);
                    break;
                case Field.DigestSizeBytes when size is null:
                    size = reader.Number();
                    break;
                case Field.DigestHash or Field.DigestSizeBytes:
                    throw reader.Wrong($"digest has field {field} twice");
                default:
                    reader.Skip();
                    break;
            }
        }
        ulong bytes = size ?? 0; // proto3: a zero is not written
        return Sha256Digest.TryParse(hash, out Sha256Digest digest) && bytes <= long.MaxValue
            ? (digest, (long)bytes)
            : throw reader.Wrong($"digest '{hash}' of {bytes} bytes is no SHA-256 with a size");
    }
}
