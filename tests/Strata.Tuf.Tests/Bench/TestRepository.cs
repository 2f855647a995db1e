using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Json;

namespace Strata.Tuf.Tests.Bench;

/// <summary>A repository in memory, and all that can be wrong with one.</summary>
internal sealed class TestRepository(string expires = "2031-01-01T00:00:00Z") : IRepository
{
    public static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, JsonObject> _signed = new(StringComparer.Ordinal);

    /// <summary>The first version of each role at the top.</summary>
    public TestRepository Begin()
    {
        foreach (string role in (ReadOnlySpan<string>)["root", "targets", "snapshot", "timestamp"])
        {
            Keys[role] = [TestKey.Ecdsa()];
        }
        Edit("targets", s => s["targets"] = new JsonObject());
        Edit("snapshot", s => s["meta"] = new JsonObject());
        Publish("root", "targets", "snapshot", "timestamp");
        return this;
    }

    /// <summary>What the server has, by the names of files.</summary>
    public Dictionary<string, byte[]> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Files, by their paths there.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What was asked for.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Who signs.</summary>
    public Dictionary<string, List<TestKey>> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>Who counts, where others than those who sign do.</summary>
    public Dictionary<string, List<TestKey>> Counted { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, int> Thresholds { get; } = new(StringComparer.Ordinal);

    public bool HasDigests { get; set; }

    public bool IsConsistent { get; set; } = true;

    /// <summary>The version of a role.</summary>
    public long Version(string role) => long.Parse(_signed[role]["version"]!.ToString(), CultureInfo.InvariantCulture);

    /// <summary>What a role signs.</summary>
    public JsonObject Signed(string role) => _signed[role];

    /// <summary>Changes what a role signs the next time.</summary>
    public void Edit(string role, Action<JsonObject> change)
    {
        if (!_signed.TryGetValue(role, out JsonObject? signed))
        {
            signed = new JsonObject
            {
                ["_type"] = role is "root" or "snapshot" or "timestamp" ? role : "targets",
                ["spec_version"] = "1.0.31", ["version"] = 0, ["expires"] = expires,
            };
            _signed[role] = signed;
        }
        change(signed);
    }

    /// <summary>Leaves paths to a role.</summary>
    public void Delegate(string from, string to, string pattern, bool isTerminating = false, string? prefix = null)
    {
        Keys.TryAdd(to, [TestKey.Ecdsa()]);
        Edit(to, s => s["targets"] ??= new JsonObject());
        Edit(from, s =>
        {
            JsonObject delegations = (JsonObject)(s["delegations"] ??=
                new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() });
            foreach (TestKey key in CountedOf(to))
            {
                delegations["keys"]![key.Id] = key.ToJson();
            }
            JsonObject role = new()
            {
                ["name"] = to, ["keyids"] = new JsonArray([.. CountedOf(to).Select(k => (JsonNode)k.Id)]),
                ["threshold"] = Thresholds.GetValueOrDefault(to, 1), ["terminating"] = isTerminating,
            };
            role[prefix is null ? "paths" : "path_hash_prefixes"] = new JsonArray(prefix ?? pattern);
            ((JsonArray)delegations["roles"]!).Add(role);
        });
    }

    /// <summary>Adds a file to a role.</summary>
    public void Add(string role, string path, byte[] content)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        Edit(role, s => s["targets"]![path] = new JsonObject
        {
            ["length"] = content.Length, ["hashes"] = new JsonObject { ["sha256"] = digest },
        });
        string[] parts = path.Split('/');
        parts[^1] = IsConsistent ? $"{digest}.{parts[^1]}" : parts[^1];
        Files[string.Join('/', parts)] = content;
    }

    /// <summary>Publishes the next version of roles, in this order; timestamp and snapshot then name what is published.</summary>
    public void Publish(params ReadOnlySpan<string> roles)
    {
        foreach (string role in roles)
        {
            Edit(role, _ => { });
            _signed[role]["version"] = Version(role) + 1;
            switch (role)
            {
                case "root":
                    Edit(role, WriteRoles);
                    break;
                case "snapshot":
                    foreach (string targets in _signed.Keys.Where(r => r is not ("root" or "snapshot" or "timestamp")))
                    {
                        Edit(role, s => s["meta"]![$"{targets}.json"] ??= Claim(targets));
                        Edit(role, s => s["meta"]![$"{targets}.json"] = Claim(targets));
                    }
                    break;
                case "timestamp":
                    Edit(role, s => s["meta"] = new JsonObject { ["snapshot.json"] = Claim("snapshot") });
                    break;
                default:
                    break;
            }
            Put(role, Sign(role, _signed[role]));
        }
    }

    /// <summary>Puts a text where the version of the role lies.</summary>
    public void Put(string role, byte[] text) => Metadata[NameOf(role)] = text;

    /// <summary>What lies there.</summary>
    public byte[] Text(string role) => Metadata[NameOf(role)];

    /// <summary>Signs a text with the keys of a role.</summary>
    public byte[] Sign(string role, JsonObject signed)
    {
        using JsonDocument document = JsonDocument.Parse(signed.ToJsonString());
        byte[] content = CanonicalJson.Write(document.RootElement);
        JsonArray signatures = [.. Keys[role].Select(k => (JsonNode)new JsonObject
        {
            ["keyid"] = k.Id, ["sig"] = Convert.ToHexStringLower(k.Sign(content)),
        })];
        return Encoding.UTF8.GetBytes(new JsonObject { ["signatures"] = signatures, ["signed"] = signed.DeepClone() }.ToJsonString());
    }

    /// <inheritdoc/>
    public Task<byte[]?> MetadataAsync(string name, int most, CancellationToken cancellationToken)
    {
        Asked.Add(name);
        return Metadata.TryGetValue(name, out byte[]? text) && text.Length > most
            ? throw new StrataException($"{name} is longer than {most}")
            : Task.FromResult(text);
    }

    /// <inheritdoc/>
    public async Task TargetAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken)
    {
        Asked.Add(path);
        byte[] content = Files.TryGetValue(path, out byte[]? there) ? there : throw new StrataException($"no {path}");
        for (int at = 0; at < content.Length; at += 3)
        {
            await take(content.AsMemory(at, Math.Min(3, content.Length - at)));
        }
    }

    private List<TestKey> CountedOf(string role) => Counted.GetValueOrDefault(role, Keys[role]);

    private string NameOf(string role) => role == "timestamp" || (!IsConsistent && role != "root") ? $"{Uri.EscapeDataString(role)}.json"
        : string.Create(CultureInfo.InvariantCulture, $"{Version(role)}.{Uri.EscapeDataString(role)}.json");

    private JsonObject Claim(string role)
    {
        JsonObject claim = new() { ["version"] = Version(role) };
        if (HasDigests)
        {
            byte[] text = Text(role);
            claim["length"] = text.Length;
            claim["hashes"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(text)) };
        }
        return claim;
    }

    private void WriteRoles(JsonObject root)
    {
        root["consistent_snapshot"] = IsConsistent;
        JsonObject keys = [];
        JsonObject roles = [];
        foreach (string role in (ReadOnlySpan<string>)["root", "targets", "snapshot", "timestamp"])
        {
            foreach (TestKey key in CountedOf(role))
            {
                keys[key.Id] = key.ToJson();
            }
            roles[role] = new JsonObject
            {
                ["keyids"] = new JsonArray([.. CountedOf(role).Select(k => (JsonNode)k.Id)]),
                ["threshold"] = Thresholds.GetValueOrDefault(role, 1),
            };
        }
        root["keys"] = keys;
        root["roles"] = roles;
    }
}
