using System.Text.RegularExpressions;
using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>A source file of the product, without what is no code: comments and the contents of strings on one line.</summary>
/// <param name="Path">From the root of the checkout.</param>
/// <param name="Code">The rest.</param>
public sealed partial record SourceCode(string Path, string Code)
{
    /// <summary>Its namespace; null when it declares none.</summary>
    public string? Namespace { get; } = NamespaceLine().Match(Code) is { Success: true } line ? line.Groups[1].Value : null;

    /// <summary>The types that it declares outside of others.</summary>
    public IEnumerable<(string Name, bool IsPublic)> Types =>
        TypeLine().Matches(Code).Select(m => (m.Groups["name"].Value, m.Groups["public"].Success));

    /// <summary>Names of the projects of <c>src</c>.</summary>
    public static TheoryData<string> Projects =>
        [.. Directory.EnumerateDirectories(System.IO.Path.Combine(Repository.Root, "src")).Select(d => System.IO.Path.GetFileName(d)!)
            .Order(StringComparer.Ordinal)];

    /// <summary>The sources of a project of <c>src</c>.</summary>
    public static IReadOnlyList<SourceCode> Of(string project) =>
    [
        .. Repository.Files.Where(f => f.StartsWith($"src/{project}/", StringComparison.Ordinal)
            && f.EndsWith(".cs", StringComparison.Ordinal))
            .Select(f => new SourceCode(f, NoCode().Replace(Repository.Read(f), ""))),
    ];

    /// <summary>Namespaces and types of the product that it names in full; a namespace of the file itself is among them.</summary>
    public IEnumerable<string> NamesOfOurs() => FullName().Matches(Code).Select(m => m.Value);

    [GeneratedRegex(@"//.*|""(\\.|[^""\\\n])*""")]
    private static partial Regex NoCode();

    [GeneratedRegex(@"^namespace (\S+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^((?<public>public)|internal) ([a-z]+ )*(((class|struct|record|enum|interface) )+|delegate [^\n(]*?\b)(?<name>[A-Z]\w*)(?=[\s(:;<{]|$)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"\bStrata(\.[A-Z]\w*)+")]
    private static partial Regex FullName();
}
