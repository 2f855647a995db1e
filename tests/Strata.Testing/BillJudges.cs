using Xunit;

namespace Strata.Testing;

/// <summary>
/// The schema of CycloneDX 1.6 and a reader of it that is not ours: both of cyclonedx-python-lib, as Debian packages it. And
/// license_expression, which knows the list of SPDX.
/// </summary>
public static class BillJudges
{
    private const string CycloneDx = """
        import json, sys
        from cyclonedx.model.bom import Bom
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
        text = open(sys.argv[1], encoding='utf-8').read()
        problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
        if problem:
            sys.exit(f'schema: {problem}')
        bom = Bom.from_json(json.loads(text))
        bom.validate()
        for c in sorted(bom.components, key=lambda c: c.bom_ref.value):
            licences = ' '.join(str(getattr(l, 'value', l.id if hasattr(l, 'id') else '')) for l in c.licenses)
            print('|'.join([c.type.value, c.name, c.version or '', c.purl.to_string() if c.purl else '', licences]))
        """;

    private const string Expressions = """
        import sys
        from license_expression import get_spdx_licensing
        known = get_spdx_licensing()
        for text in sys.argv[1:]:
            wrong = [k for k in known.unknown_license_keys(known.parse(text)) if not k.startswith('LicenseRef-')]
            if wrong:
                sys.exit(f'{text}: SPDX does not know {wrong}')
        """;

    private const string Schema = """
        import json, sys
        from jsonschema import validators
        schema = json.load(open(sys.argv[1], encoding='utf-8'))
        problems = [e.message for e in validators.validator_for(schema)(schema).iter_errors(json.load(open(sys.argv[2], encoding='utf-8')))]
        sys.exit('\n'.join(problems[:20]) if problems else 0)
        """;

    /// <summary>Has the document judged, and read: a line for each component, <c>type|name|version|purl|licence</c>.</summary>
    public static string[] ReadCycloneDx(byte[] document) =>
        Run(CycloneDx, WithFile(document, p => [p])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Has licence expressions judged.</summary>
    public static void CheckExpressions(IEnumerable<string> expressions) => Run(Expressions, () => ([.. expressions], () => { }));

    /// <summary>Has a document judged by a JSON schema in a file.</summary>
    public static void CheckSchema(string schema, byte[] document) => Run(Schema, WithFile(document, p => [schema, p]));

    private static Func<(string[], Action)> WithFile(byte[] content, Func<string, string[]> arguments) => () =>
    {
        TemporaryFolder folder = new();
        File.WriteAllBytes(folder["document.json"], content);
        return (arguments(folder["document.json"]), folder.Dispose);
    };

    private static string Run(string script, Func<(string[] Arguments, Action Clean)> prepare)
    {
        (string[] arguments, Action clean) = prepare();
        try
        {
            (int exitCode, string said) = Oracle.Run("python3", ["-W", "ignore", "-c", script, .. arguments]);
            Skip.If(said.Contains("ModuleNotFoundError", StringComparison.Ordinal)
                && Environment.GetEnvironmentVariable("CI") is null or "", "this python3 has no cyclonedx; './test' installs one that has");
            return exitCode == 0 ? said : throw new InvalidOperationException($"refused: {said}");
        }
        finally
        {
            clean();
        }
    }
}
