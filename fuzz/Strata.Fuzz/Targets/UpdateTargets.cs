using System.Text;
using Strata.Agent.Sources;
using Strata.Tuf.Json;
using Strata.Tuf.Keys;
using Strata.Tuf.Metadata;
using Strata.Tuf.Publishing;

namespace Strata.Fuzz.Targets;

/// <summary>What a repository of updates says, before any signature was looked at.</summary>
internal static class UpdateTargets
{
    private const string Key = """
        {"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"}}
        """;

    private const string File = """
        {"signatures":[{"keyid":"a","sig":"00"}],
        "signed":{"_type":"ROLE","spec_version":"1.0.31","version":3,"expires":"2030-01-01T00:00:00Z",MEMBERS}}
        """;

    private static readonly string[] s_words =
    [
        .. PackageTargets.s_jsonWords, "\"_type\"", "\"spec_version\"", "\"version\"", "\"expires\"", "\"keys\"", "\"roles\"", "\"keyids\"",
        "\"threshold\"", "\"meta\"", "\"length\"", "\"hashes\"", "\"sha256\"", "\"delegations\"", "\"paths\"", "\"terminating\"",
        "-1", "9223372036854775807",
    ];

    public static IEnumerable<FuzzTarget> All =>
    [
        Of("tuf-root", text => RootMetadata.Read(text), "root", """
            "consistent_snapshot":true,"keys":{"a":KEY},"roles":{"root":{"keyids":["a"],"threshold":1},
            "targets":{"keyids":["a"],"threshold":1},
            "snapshot":{"keyids":["a"],"threshold":1},"timestamp":{"keyids":["a"],"threshold":1}}
            """, typeof(RootMetadata), typeof(SignedMetadata), typeof(RoleKeys), typeof(MetadataReader), typeof(PublicKey)),
        Of("tuf-timestamp", text => TimestampMetadata.Read(text), "timestamp", """
            "meta":{"snapshot.json":{"version":7,"length":90,
            "hashes":{"sha256":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}}}
            """, typeof(TimestampMetadata), typeof(VersionedClaim)),
        Of("tuf-snapshot", text => SnapshotMetadata.Read(text), "snapshot", """
            "meta":{"targets.json":{"version":7},"a.json":{"version":1}}
            """, typeof(SnapshotMetadata)),
        Of("tuf-targets", ReadTargets, "targets", """
            "targets":{"a/b.efi":{"length":1,"hashes":{"sha256":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}}},
            "delegations":{"keys":{"a":KEY},"roles":[{"name":"c","keyids":["a"],"threshold":1,"paths":["*/x*y?"],"terminating":true}]}
            """, typeof(TargetsMetadata), typeof(Delegation), typeof(FileClaim)),
        new FuzzTarget("http-answer", ReadAnswer, () =>
            ["HTTP/1.1 206 Part\r\nContent-Length: 5\r\nContent-Range: bytes 2-6/9\r\nContent-Encoding: identity\r\n\r\nabcde"u8.ToArray()])
        {
            Readers = [typeof(HttpAnswer)], Words = ["HTTP/2 302 \r\n", "Content-Range: bytes ", "Content-Length: ", "\r\n\r\n"],
        },
        Of("tuf-draft", ReadDraft, "targets", "\"targets\":{}", typeof(MetadataDraft)),
    ];

    private static FuzzTarget Of(string name, Action<byte[]> read, string role, string members, params IReadOnlyList<Type> readers) =>
        new(name, input => read(input.ToArray()), () => [Encoding.UTF8.GetBytes(
            File.Replace("ROLE", role, StringComparison.Ordinal).Replace("MEMBERS", members, StringComparison.Ordinal)
                .Replace("KEY", Key, StringComparison.Ordinal))])
        {
            Readers = readers, Words = s_words,
        };

    private static void ReadAnswer(ReadOnlySpan<byte> text)
    {
        HttpAnswer answer = HttpAnswer.Read(text[..(HttpAnswer.EndIn(text) ?? text.Length)]);
        Property.Holds(answer.Status is >= 100 and <= 599 && (answer.RangeFrom ?? 0) >= 0 && (answer.Length ?? 0) >= 0, "no such answer");
    }

    private static void ReadDraft(byte[] text)
    {
        MetadataDraft draft = MetadataDraft.Read(text, "targets");
        if (!MetadataDraft.Read(draft.Text, "targets").ToSign.AsSpan().SequenceEqual(draft.ToSign))
        {
            throw new InvalidOperationException("what travels on is something else");
        }
    }

    private static void ReadTargets(byte[] text)
    {
        foreach (Delegation delegation in TargetsMetadata.Read(text).Delegations)
        {
            delegation.Covers("a/xby");
        }
    }
}
