using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>
/// What a project shows to the others is decided, not left over: <c>public/PROJECT.txt</c> lists its public types, and a change of it is
/// seen.
/// </summary>
public class PublicTypesTests
{
    private const string Lists = "tests/Strata.Tidy.Tests/public";

    /// <remarks>A type inside another is as public as the one around it and stands in no list.</remarks>
    [Theory]
    [MemberData(nameof(SourceCode.Projects), MemberType = typeof(SourceCode))]
    public void PublicTypes_AreThoseOfTheList(string project)
    {
        string[] declared = [.. SourceCode.Of(project).SelectMany(
            f => f.Types.Where(t => t.IsPublic).Select(t => $"{f.Namespace}.{t.Name}")).Distinct().Order(StringComparer.Ordinal)];
        string list = $"{Lists}/{project}.txt";
        string[] listed = Repository.Files.Contains(list) ? Repository.Read(list).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
        if (declared.SequenceEqual(listed, StringComparer.Ordinal))
        {
            return;
        }
        string renewed = Path.Combine(Repository.Root, "artifacts/public");
        Directory.CreateDirectory(renewed);
        File.WriteAllLines(Path.Combine(renewed, $"{project}.txt"), declared);
        Assert.Fail(string.Join('\n', [
            $"the public types of {project} are not those of {list}:",
            .. declared.Except(listed, StringComparer.Ordinal).Select(t => $"  + {t}"),
            .. listed.Except(declared, StringComparer.Ordinal).Select(t => $"  - {t}"),
            $"A type that no other project needs is internal. If all of these are meant: cp artifacts/public/{project}.txt {Lists}/",
        ]));
    }

    [Fact]
    public void EveryList_IsOfAProject() => Assert.Empty(Repository.Files
        .Where(f => Path.GetDirectoryName(f) == Lists
            && !Directory.Exists(Path.Combine(Repository.Root, "src", Path.GetFileNameWithoutExtension(f)))));
}
