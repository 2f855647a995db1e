using System.Buffers;
using System.IO.Enumeration;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Strata.Core;
using Strata.Store;

namespace Strata.Images.DevicePrograms;

/// <summary>The files that a program consists of, found from its project file: what a change of them changes.</summary>
/// <remarks>
/// A project's sources are the <c>*.cs</c> and <c>*.xml</c> files below it, what it imports, and those of the projects that it references,
/// in turn; with them what MSBuild takes for all projects, the list of the compiler's packages and the lock of the linker.
/// </remarks>
internal static class ProgramSources
{
    private const int LargestProject = 1 << 20;

    private static readonly string[] s_shared =
        ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", DevicePackages.ListPath];

    private static readonly SearchValues<char> s_special = SearchValues.Create("$*?;@%"); // of MSBuild

    /// <summary>Digest of the names and contents of all of them.</summary>
    /// <param name="home">Folder of the checkout.</param>
    /// <param name="project">The project file, relative to it.</param>
    /// <param name="target">For which processor.</param>
    /// <exception cref="StrataException">A project is not there, or refers to something in a way that is not understood here.</exception>
    public static Sha256Digest DigestOf(string home, string project, DeviceTarget target)
    {
        StringBuilder lines = new();
        foreach (string file in Of(home, project, target))
        {
            lines.Append(file).Append(' ').Append(Sha256Digest.Of(File.ReadAllBytes(Path.Combine(home, file))).ToString()).Append('\n');
        }
        return Sha256Digest.Of(Encoding.UTF8.GetBytes(lines.ToString()));
    }

    /// <summary>Their paths, relative to the checkout and sorted.</summary>
    /// <inheritdoc cref="DigestOf" path="//param"/>
    /// <inheritdoc cref="DigestOf" path="//exception"/>
    public static IReadOnlyCollection<string> Of(string home, string project, DeviceTarget target)
    {
        SortedSet<string> files = new(StringComparer.Ordinal);
        files.UnionWith(s_shared.Append($"toolbox/{target.ToolSet}.lock").Where(s => File.Exists(Path.Combine(home, s))));
        Stack<string> open = new([project]);
        while (open.TryPop(out string? next))
        {
            if (!files.Add(next))
            {
                continue;
            }
            XElement root = Read(home, next);
            foreach (string imported in Named(root, "Import", "Project", next))
            {
                open.Push(imported);
            }
            foreach (string referenced in Named(root, "ProjectReference", "Include", next))
            {
                open.Push(referenced);
            }
            if (next.EndsWith(".csproj", StringComparison.Ordinal))
            {
                files.UnionWith(SourcesBelow(Path.Combine(home, Path.GetDirectoryName(next)!)).Select(f => Path.GetRelativePath(home, f)));
            }
        }
        return files;
    }

    internal static XElement Read(string home, string file)
    {
        try
        {
            using ForeignFolder folder = new(home);
            return XElement.Parse(folder.ReadText(file, LargestProject).TrimStart('\uFEFF'));
        }
        catch (XmlException e)
        {
            throw new StrataException($"cannot find the sources of a program: {file} is no project file: {e.Message}", innerException: e);
        }
    }

    private static IEnumerable<string> Named(XElement root, string element, string attribute, string file)
    {
        foreach (XElement found in root.Descendants(element))
        {
            string name = ((string?)found.Attribute(attribute) ?? "").Replace('\\', '/');
            yield return name.Length > 0 && !name.AsSpan().ContainsAny(s_special)
                ? Path.GetFullPath(Path.Combine("/" + Path.GetDirectoryName(file), name))[1..] // nothing of the host is asked
                : throw new StrataException(
                    $"cannot find the sources of a program: {file} has {element} {attribute}=\"{name}\", which only MSBuild could resolve",
                    "Write a plain relative path.");
        }
    }

    private static FileSystemEnumerable<string> SourcesBelow(string folder) => new(
        folder, (ref FileSystemEntry e) => e.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
    {
        ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory
            && (e.FileName.EndsWith(".cs", StringComparison.Ordinal) || e.FileName.EndsWith(".xml", StringComparison.Ordinal)),
        ShouldRecursePredicate = (ref FileSystemEntry e) =>
            (e.Attributes & FileAttributes.ReparsePoint) == 0 && e.FileName is not ("bin" or "obj"),
    };
}
