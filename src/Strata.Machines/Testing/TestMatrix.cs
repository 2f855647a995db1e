using System.Globalization;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>One way to run a test: what is added to its name and what its machine has besides.</summary>
/// <param name="Suffix">Such as <c>-bios-cd</c>; empty for a test without variants.</param>
/// <param name="Machine">Keys that stand over those of <c>machine:</c>; null for none.</param>
internal sealed record TestVariant(string Suffix, YamlMapping? Machine);

/// <summary>Reads <c>matrix:</c> of a test: keys of a machine, each with a list of values; the test is run with every combination.</summary>
internal static class TestMatrix
{
    private static readonly string[] s_keys = ["image", "type", "firmware", "medium", "memory"];

    /// <summary>The variants of a test, in the order of the lists, the last key changing fastest.</summary>
    public static IReadOnlyList<TestVariant> Of(YamlValue test, FaultList faults)
    {
        TestVariant plain = new("", null);
        if (test is not YamlMapping map || map.Items.FirstOrDefault(i => i.Key.Text == "matrix").Value is not { } node)
        {
            return [plain];
        }
        TestSection section = TestSection.Of(node, "'matrix'", s_keys, faults);
        if (node is not YamlMapping matrix || matrix.Items.Count == 0)
        {
            if (node is YamlMapping)
            {
                faults.Add(node, "'matrix' is empty");
            }
            return [plain];
        }
        List<TestVariant> variants = [new("", new YamlMapping(matrix.File, matrix.Line, matrix.Column, []))];
        foreach ((YamlScalar key, YamlValue _) in matrix.Items)
        {
            List<YamlScalar> values = [];
            foreach (YamlValue value in section.Items(key.Text))
            {
                if (value is YamlScalar { Text.Length: > 0 } text)
                {
                    values.Add(text);
                }
                else
                {
                    faults.Add(value, $"'{key.Text}' has {value.Kind}, expected a text or a list of texts");
                }
            }
            if (values.Count == 0 || variants.Count * values.Count > EditionTestFile.MaximumTests)
            {
                faults.Add(key, string.Create(CultureInfo.InvariantCulture, $"'matrix' makes no variants or more than {EditionTestFile.MaximumTests}"));
                return [plain];
            }
            variants = [.. variants.SelectMany(v => values.Select(value => new TestVariant($"{v.Suffix}-{NameOf(value.Text)}", With(v.Machine!, key, value))))];
        }
        return variants;
    }

    private static YamlMapping With(YamlMapping machine, YamlScalar key, YamlScalar value) => machine with { Items = [.. machine.Items, (key, value)] };

    /// <summary>A value as a part of a name: <c>96 MiB</c> becomes <c>96mib</c>.</summary>
    private static string NameOf(string value) => string.Concat(value.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));
}
