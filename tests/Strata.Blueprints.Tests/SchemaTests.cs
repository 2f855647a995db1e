using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

/// <summary>The schemas that editors use say the same as the readers.</summary>
public class SchemaTests
{
    private static readonly string[] s_validator =
    [
        "-c", "import json,sys,jsonschema\ns=json.load(open(sys.argv[1]))\nfor f in sys.argv[2:]:\n e=list(jsonschema.Draft202012Validator(s).iter_errors(json.load(open(f))))\n print(f,*[x.message for x in e],sep='|') if e else None\nprint('judged',len(sys.argv)-2)",
    ];

    [SkippableTheory]
    [InlineData("edition", "editions/")]
    [InlineData("edition", "examples/")]
    [InlineData("capability", "capabilities/")]
    [InlineData("kernel-profile", "kernel/profiles/")]
    [InlineData("kernel-rules", "kernel/rules/")]
    [InlineData("kernel-exceptions", "kernel/rules/exceptions/")]
    [InlineData("kernel-ladder", "kernel/ladder/rungs.yaml")]
    [InlineData("advice", "advice/advice.yaml")]
    [InlineData("server-rules", "advice/servers.yaml")]
    [InlineData("edition-tests", "editions/")]
    [InlineData("edition-tests", "examples/")]
    public void ShippedFiles_SatisfyTheirSchema(string schema, string folder)
    {
        string[] files = [.. Repository.Files.Where(f => f.StartsWith(folder, StringComparison.Ordinal) && IsOfKind(f))];
        Assert.NotEmpty(files);
        string said = Judge(schema, files.Select(Repository.Read));
        Assert.Equal($"judged {files.Length}\n", said);

        bool IsOfKind(string file) => Path.GetExtension(file) == ".yaml" && schema switch
        {
            "edition" => Path.GetFileName(file) == "edition.yaml",
            "edition-tests" when folder == "examples/" => Path.GetFileName(file) == "tests.yaml",
            "edition-tests" => Path.GetFileName(file) != "edition.yaml",
            _ => file.Count(c => c == '/') == folder.Count(c => c == '/'),
        };
    }

    [SkippableTheory]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: [a, a]\n", "non-unique")]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\nbuget: {}\n", "buget")]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\narchives: {a: {suites: [s]}}\n",
        "'packages' is a required property")]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\narchives: {a: {folder: d, urls: [\"http://x\"]}}\n",
        "should not be valid under")]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\narchives: {own: {suites: [s], packages: [p]}}\n",
        "own")]
    [InlineData("edition", "edition: e\nversion: \"1\"\ncapabilities: []\n", "'kernel' is a required property")]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\n", "is not valid under any")]
    [InlineData("edition", "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\nset: {a: b}\n", "should not be valid under")]
    [InlineData("edition", "edition: e\nextends: b\nwithout: a\n", "is not of type 'array'")]
    [InlineData("edition", "edition: e\nextends: b\nvariables: {a: {defalt: x}}\n", "defalt")]
    [InlineData("capability", "capability: c\ndescription: d\ndevice-programs: {/a: early-init, /b: no-such}\n", "'no-such' is not one of")]
    [InlineData("capability", "capability: c\ndescription: d\ndevice-programs: {a: early-init}\n", "does not match")]
    [InlineData("capability", "capability: c\ndescription: d\nusers: {a: {}}\n", "'id' is a required property")]
    [InlineData("capability", "capability: c\ndescription: d\nservices: {a: {command: []}}\n", "a")]
    [InlineData("capability", "capability: c\ndescription: d\nservices: {a: {command: [x]}}\n", "does not match")]
    [InlineData("capability", "capability: c\ndescription: d\nservices: {A_b: {command: [/x]}}\n", "A_b")]
    [InlineData("capability", "capability: c\ndescription: d\nunits: {enable: [nginx]}\n", "nginx")]
    [InlineData("capability", "capability: c\ndescription: d\nunits: {drop-ins: {a.service: {Service: {Nice: {}}}}}\n", "{}")]
    [InlineData("capability", "capability: c\ndescription: d\ncontainers: {a: {}}\n", "'image' is a required property")]
    [InlineData("capability", "capability: c\ndescription: d\ncontainers: {a: {image: nginx}}\n", "is not valid under any")]
    [InlineData("capability", "capability: c\ndescription: d\nprovides: {init-system: sysv}\n", "sysv")]
    [InlineData("kernel-rules", "title: t\nsource: s\nrules: [{symbol: A, expected: y}]\n", "'reason' is a required property")]
    [InlineData("kernel-exceptions", "exceptions: [{symbol: A, reason: r, because: s}]\n", "because")]
    [InlineData("kernel-ladder", "rungs: []\n", "[]")]
    [InlineData("edition-tests", "format: 1\ntests: [{name: a, ready: r, steps: [{run: x, type: y}]}]\n", "is not valid under any")]
    [InlineData("edition-tests", "format: 1\ntests: [{name: a, container: {comand: [x]}, steps: [{ends: 0}]}]\n", "comand")]
    [InlineData("edition-tests", "format: 1\ntests: [{name: a, container: {}, steps: [{stop: 256}]}]\n", "is not valid under any")]
    [InlineData("edition-tests", "format: 1\ntests: [{name: a, container: {}, steps: [{fetch: 'https://a/'}]}]\n", "not valid")]
    public void WrongFiles_BreakIt(string schema, string yaml, string problem)
    {
        string said = Judge(schema, [yaml]);
        Assert.Contains("|", said, StringComparison.Ordinal);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void WordsThatBothKnow_MeanTheSame()
    {
        JsonNode edition = JsonNode.Parse(Repository.Read("schemas/edition.schema.json"))!;
        JsonNode capability = JsonNode.Parse(Repository.Read("schemas/capability.schema.json"))!;
        string[] other = ["description", "kernel", "budget"];
        string[] both = [.. Names("properties").Except(other)];
        Assert.Equal(
            [
                "builds", "containers", "directories", "effects", "files", "groups", "links", "machine", "packages", "replaces", "services",
                "units", "users",
            ],
            both);
        Assert.All(both, w => Assert.Equal(Words(capability, w), Words(edition, w)));
        Assert.All(Names("$defs"), w => Assert.Equal(capability["$defs"]![w]!.ToJsonString(), edition["$defs"]![w]!.ToJsonString()));

        // an edition may change services of its capabilities too, but in the same words
        static string Words(JsonNode schema, string word)
        {
            JsonNode words = schema["properties"]![word]!;
            return (word == "services" ? words["additionalProperties"]!["properties"]! : words).ToJsonString();
        }

        IEnumerable<string> Names(string part) => capability[part]!.AsObject().Select(p => p.Key)
            .Intersect(edition[part]!.AsObject().Select(p => p.Key)).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("edition", "", "")]
    [InlineData("edition", "budget: {PROBE: x}", "budget")]
    [InlineData("edition", "run: {PROBE: x}", "run")]
    [InlineData("edition", "variables: {v: {default: x, PROBE: x}}\ntitle: ${v}", "variables/additionalProperties")]
    [InlineData("edition", "archives: {a: {suites: [s], components: [c], packages: [p], PROBE: x}}", "archives/additionalProperties")]
    [InlineData("edition", "files: {/p: {content: x, PROBE: x}}", "files/additionalProperties")]
    [InlineData("capability", "", "")]
    [InlineData("capability", "packages: {p: {PROBE: x}}", "packages/additionalProperties")]
    [InlineData("capability", "files: {/p: {content: x, PROBE: x}}", "files/additionalProperties")]
    [InlineData("edition", "builds: {p: {packages: [p], command: [c], outputs: {/o: {from: o}}, PROBE: x}}", "builds/additionalProperties")]
    [InlineData("capability", "directories: {/p: {PROBE: x}}", "directories/additionalProperties")]
    [InlineData("capability", "users: {p: {id: 1, PROBE: x}}", "users/additionalProperties")]
    [InlineData("capability", "groups: {p: {id: 1, PROBE: x}}", "groups/additionalProperties")]
    [InlineData("capability", "services: {p: {command: [/x], PROBE: x}}", "services/additionalProperties")]
    [InlineData("edition", "services: {p: {command: [/x], PROBE: x}}", "services/additionalProperties")]
    [InlineData("capability", "containers: {p: {image: r.example/p:1, PROBE: x}}", "containers/additionalProperties")]
    [InlineData("capability", "containers: {p: {image: r.example/p:1, health: {command: [c], PROBE: x}}}",
        "containers/additionalProperties/health")]
    [InlineData("capability", "kernel: {PROBE: x}", "kernel")]
    [InlineData("capability", "provides: {PROBE: x}", "provides")]
    public void Keys_OfReaderAndSchema_AreTheSame(string schema, string yaml, string place)
    {
        // a key far from every other makes the reader tell all it knows
        const string Stranger = "qqqqqqqqqqqqqqqqqqqqqqqq";
        FaultList faults = new();
        string head = schema == "edition" ? "edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\n" : "capability: c\ndescription: d\n";
        YamlMapping mapping = YamlFile.Parse(head + (yaml.Length == 0 ? Stranger + ": x" : yaml.Replace("PROBE", Stranger, StringComparison.Ordinal)), "f", faults)!;
        _ = schema == "edition" ? (object)EditionFile.Read(mapping, "/nowhere", faults) : CapabilityFile.Read(mapping, "/nowhere", "c", faults);
        string message = Assert.Single(faults.Faults).Message;
        string[] known = message[(message.IndexOf("known here: ", StringComparison.Ordinal) + 12)..].Split(", ");

        JsonNode node = JsonNode.Parse(Repository.Read($"schemas/{schema}.schema.json"))!;
        foreach (string step in place.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (step == "additionalProperties" ? node : node["properties"]!)[step]!;
        }
        Assert.Equal(node["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal), known);
        Assert.False((bool)node["additionalProperties"]!);
    }

    private static string Judge(string schema, IEnumerable<string> texts)
    {
        using TemporaryFolder folder = new();
        List<string> files = [];
        foreach (string text in texts)
        {
            FaultList faults = new();
            YamlMapping mapping = YamlFile.Parse(text, "f.yaml", faults)!;
            Assert.Empty(faults.Faults);
            files.Add(folder[files.Count.ToString("D3", CultureInfo.InvariantCulture)]);
            File.WriteAllText(files[^1], ToJson(mapping)!.ToJsonString());
        }
        (int exitCode, string output) = Oracle.Run("python3", [.. s_validator, Path.Combine(Repository.Root, $"schemas/{schema}.schema.json"), .. files]);
        Skip.If(output.Contains("No module named", StringComparison.Ordinal), "python3 has no jsonschema here");
        Assert.True(exitCode == 0, output);
        return output;
    }

    // the core schema of YAML 1.2.2, chapter 10.3: what a plain text means
    private static JsonNode? ToJson(YamlValue value) => value switch
    {
        YamlMapping mapping => new JsonObject(mapping.Items.Select(i => KeyValuePair.Create(i.Key.Text, ToJson(i.Value)))),
        YamlSequence sequence => new JsonArray([.. sequence.Items.Select(ToJson)]),
        YamlScalar { IsPlain: true, Text: "" } => null,
        YamlScalar { IsPlain: true, Text: "true" or "false" } flag => JsonValue.Create(flag.Text == "true"),
        YamlScalar { IsPlain: true } number when long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) => JsonValue.Create(n),
        YamlScalar { IsPlain: true } real when double.TryParse(real.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double d) => JsonValue.Create(d),
        YamlScalar text => JsonValue.Create(text.Text),
        _ => throw new JsonException(value.Kind),
    };
}
