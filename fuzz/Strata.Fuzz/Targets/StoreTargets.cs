using Strata.Core;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Store.Downloads;
using Strata.Store.Remotes;

namespace Strata.Fuzz.Targets;

/// <summary>What the store keeps, and what a remote cache sends.</summary>
internal static class StoreTargets
{
    private static readonly ActionKey s_key = new("layer", 3, Sha256Digest.Of("key"u8));
    private static readonly Uri s_source = new("https://host/debian/dists/trixie/InRelease");

    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("action-entry", ReadEntry, () => [ActionEntryFormat.Write(s_key, Result())])
        {
            Readers = [typeof(ActionEntryFormat)], Words = s_words,
        },
        new FuzzTarget("action-entry-sealed", ReadSealedEntry, () => [ActionEntryFormat.Write(s_key, Result())[..^69]])
        {
            Readers = [typeof(ActionEntryFormat)], Words = s_words,
        },
        new FuzzTarget("action-notes", ReadNotes, () => [ActionEntryFormat.WriteNotes(Result().Notes)])
        {
            Readers = [typeof(ActionEntryFormat)], Words = s_words,
        },
        new FuzzTarget("action-message", ReadMessage, () => [ActionResultMessage.Write(s_key.Digest, Result())])
        {
            Readers = [typeof(ActionResultMessage), typeof(ProtobufReader)], Words = s_words,
        },
        new FuzzTarget("document", input => DocumentFile.Read(input.ToArray(), s_source), () =>
            [new DocumentFile(s_source, "\"tag\"", "Sat, 11 Jan 2025 10:20:30 GMT", "content"u8.ToArray()).Write()])
        {
            Readers = [typeof(DocumentFile)], Words = ["etag ", "size ", "sha256 ", "\n", "\n\n"],
        },
        new FuzzTarget("block-index", ReadBlockIndex, () =>
            [BlockPackFormat.WriteIndex(4096, [new BlockEntry(s_key.Digest, 0, 10, 20, 5)])])
        {
            Readers = [typeof(BlockPackFormat)], Allowed = [],
        },
        new FuzzTarget("block-header", ReadBlockHeader, () => [BlockHeader()])
        {
            Readers = [typeof(BlockPackFormat)], Allowed = [], MostBytes = BlockPackFormat.HeaderSize,
        },
    ];

    private static readonly string[] s_words = ["output ", "note ", "key ", "end ", "\n", " 0 ", "../", "a/b"];

    private static ActionResult Result() => new(
        [new ActionOutput("a/image", Sha256Digest.Of("i"u8), 5), new ActionOutput("b", Sha256Digest.Of(""u8), 0)],
        [new("note", "text with ä"), new("other", "")]);

    private static void ReadEntry(ReadOnlySpan<byte> entry)
    {
        // of another step, perhaps: a digest names one
        byte[] written = ActionEntryFormat.Write(s_key, ActionEntryFormat.Read(entry, s_key.Digest));
        Property.WritesTheSame(written, ActionEntryFormat.Write(s_key, ActionEntryFormat.Read(written, s_key.Digest)));
    }

    private static void ReadSealedEntry(ReadOnlySpan<byte> body) =>
        ReadEntry([.. body, .. System.Text.Encoding.ASCII.GetBytes($"end {Sha256Digest.Of(body)}\n")]);

    private static void ReadNotes(ReadOnlySpan<byte> text) =>
        Property.WritesTheSame(text, ActionEntryFormat.WriteNotes(ActionEntryFormat.ReadNotes(text)));

    private static void ReadMessage(ReadOnlySpan<byte> message)
    {
        byte[] written = ActionResultMessage.Write(s_key.Digest, ActionResultMessage.Read(message, s_key.Digest));
        Property.WritesTheSame(written, ActionResultMessage.Write(s_key.Digest, ActionResultMessage.Read(written, s_key.Digest)));
    }

    private static void ReadBlockIndex(ReadOnlySpan<byte> index)
    {
        if (BlockPackFormat.TryReadIndex(index, out _, out int count))
        {
            for (int i = 0; i < count; i++)
            {
                BlockPackFormat.ReadEntry(index.Slice(BlockPackFormat.IndexHeadSize + (i * BlockPackFormat.EntrySize),
                    BlockPackFormat.EntrySize));
            }
        }
    }

    private static byte[] BlockHeader()
    {
        byte[] header = new byte[BlockPackFormat.HeaderSize];
        BlockPackFormat.WriteHeader(header, s_key.Digest, 10, 20, Sha256Digest.Of("s"u8));
        return header;
    }

    private static void ReadBlockHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length == BlockPackFormat.HeaderSize)
        {
            BlockPackFormat.TryReadHeader(header, 0, out _, out _);
        }
    }
}
