using System.IO.Enumeration;

namespace Strata.Testing;

/// <summary>The checkout that the tests run from.</summary>
public static class Repository
{
    private static readonly string[] s_notOurs = [".git", "artifacts", "bin", "obj", "out", "TestResults", ".out"];

    /// <summary>Its folder: the nearest one above the test that has the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>All files that belong to the checkout, relative, sorted; links are not followed.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. new FileSystemEnumerable<string>(Root, (ref FileSystemEntry e) => Path.GetRelativePath(Root, e.ToFullPath()), new EnumerationOptions
        {
            RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None,
        })
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry e) =>
                (e.Attributes & FileAttributes.ReparsePoint) == 0 && Array.IndexOf(s_notOurs, e.FileName.ToString()) < 0,
        }.Order(StringComparer.Ordinal),
    ];

    /// <summary>Text of a file of the checkout.</summary>
    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Strata.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new InvalidOperationException("the tests do not run below a checkout");
    }
}
