namespace Strata.Benchmarks.Peers;

/// <summary>Copies a folder with all that is below it; links are left out.</summary>
internal static class FolderCopy
{
    private static readonly EnumerationOptions s_all = new() { RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint };

    public static void Make(string source, string target)
    {
        foreach (string file in Directory.EnumerateFiles(source, "*", s_all))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
