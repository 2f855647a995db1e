using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>The examples as somebody finds them: copied, then tested by what they declare.</summary>
public class ExampleTests
{
    [SkippableTheory]
    [InlineData("web", "./web")]
    [InlineData("python-app", "app-machine")]
    public void Test_Example_DoesWhatItsTestsDeclare(string example, string edition)
    {
        using TemporaryFolder folder = new();
        string work = Example.CopyTo(folder, example);
        StrataProgram.Outcome tested = StrataProgram.Run(
            edition.StartsWith('.') ? Path.GetDirectoryName(work)! : work, "test", edition);
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("1 of 1 tests passed", tested.All, StringComparison.Ordinal);
    }
}

/// <summary>A folder below <c>examples</c>.</summary>
internal static class Example
{
    /// <summary>Copies it, so that results do not lie among the sources.</summary>
    /// <returns>The copy.</returns>
    public static string CopyTo(TemporaryFolder folder, string example)
    {
        string source = Path.Combine(Repository.Root, "examples", example);
        string target = folder[example];
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return target;
    }
}
