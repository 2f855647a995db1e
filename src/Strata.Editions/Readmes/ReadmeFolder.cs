using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Blueprints;
using Strata.Core;

namespace Strata.Editions.Readmes;

/// <summary>Turns a README back into the folder of a blueprint.</summary>
public static class ReadmeFolder
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5); // of a search in a message

    /// <summary>Writes the files and reads the edition that they make.</summary>
    /// <param name="name">Name of the README, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <param name="target">A folder that is not there, or is empty.</param>
    /// <param name="home">Folder of what strata comes with.</param>
    /// <param name="load">Reads the edition of a folder.</param>
    /// <returns>The edition's folder, and what to tell people: files of strata that are not those of the README.</returns>
    /// <exception cref="StrataException">
    /// The README or the blueprint in it cannot be understood; places are lines of the README. Nothing is left in the folder then.
    /// </exception>
    public static (string Edition, IReadOnlyList<string> Warnings) Make(
        string name, string text, string target, string home, Func<string, Blueprint> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        ReadmeReader readme = ReadmeReader.Read(name, text);
        target = Path.GetFullPath(target);
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new StrataException($"cannot turn {name} back into a blueprint: {target} exists and is not an empty folder",
                "Choose another name.");
        }
        bool isOurs = !Directory.Exists(target);
        try
        {
            foreach (ReadmeFile file in readme.Files)
            {
                string path = Path.Combine(target, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, file.Bytes);
                File.SetUnixFileMode(path, (UnixFileMode)(file.IsProgram ? Modes.Program : Modes.File));
            }
            string edition = Path.GetDirectoryName(
                Path.Combine(target, readme.Files.First(f => Path.GetFileName(f.Path) == "edition.yaml").Path))!;
            load(edition);
            return (edition, [.. ShippedFiles.Differences(readme.Shipped, home)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(target, isOurs);
            throw new StrataException($"cannot turn {name} back into a blueprint: {e.Message}", innerException: e);
        }
        catch (StrataException e)
        {
            Remove(target, isOurs);
            throw new StrataException(PlacesIn(readme, name, target, e.Message), e.Hint, e);
        }
    }

    /// <summary>A message with lines of the README in place of lines of the files made of it.</summary>
    private static string PlacesIn(ReadmeReader readme, string name, string target, string message)
    {
        foreach (ReadmeFile file in readme.Files)
        {
            string full = Path.Combine(target, file.Path);
            foreach (string shown in (string[])[full, Path.GetRelativePath(Environment.CurrentDirectory, full)])
            {
                message = Regex.Replace(
                    message, $@"(?<![^\s'(]){Regex.Escape(shown)}:(\d{{1,7}}):",
                    m => string.Create(CultureInfo.InvariantCulture,
                        $"{name}:{file.Line - 1 + int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)}:"),
                    RegexOptions.CultureInvariant, s_deadline);
            }
        }
        return message;
    }

    private static void Remove(string target, bool isOurs)
    {
        if (isOurs && Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
            return;
        }
        foreach (string entry in Directory.Exists(target) ? Directory.GetFileSystemEntries(target) : [])
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }
    }
}
