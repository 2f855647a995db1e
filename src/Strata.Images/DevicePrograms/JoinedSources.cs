using System.Text;
using System.Xml.Linq;
using Strata.Core;
using Strata.Store;

namespace Strata.Images.DevicePrograms;

/// <summary>
/// A program and the projects that it uses as one assembly: MSBuild then reads one project and starts one compiler, which costs less than
/// half of what one project after the other does (docs/decisions/0105-a-cold-build-does-less.md).
/// </summary>
/// <remarks>
/// What a project says beyond its sources, packages and friends could not be said for one part of an assembly: such a program is compiled
/// a project after the other.
/// </remarks>
internal static class JoinedSources
{
    /// <summary>Name of the file that MSBuild imports.</summary>
    public const string FileName = "joined.targets";

    private const string AttributesName = "AssemblyInfo.cs";
    private const int LargestAttributes = 1 << 16;

    // friends are of the same assembly now, and every program is compiled ahead of time
    private static readonly HashSet<string> s_known = new(StringComparer.Ordinal)
    {
        "Project", "PropertyGroup", "ItemGroup", "ProjectReference", "PackageReference", "InternalsVisibleTo", "IsAotCompatible",
    };

    /// <summary>Writes what turns the program's own project into one of all sources.</summary>
    /// <param name="home">Folder of the checkout.</param>
    /// <param name="project">The program's project file, relative to it.</param>
    /// <param name="target">For which processor.</param>
    /// <param name="folder">Gets the files; below the build's folder, whose path no program carries.</param>
    /// <returns>Path of the file to import; null when a project that the program uses says something that cannot be joined.</returns>
    /// <exception cref="StrataException">A file of attributes has something else.</exception>
    public static string? TryWrite(string home, string project, DeviceTarget target, string folder)
    {
        IReadOnlyCollection<string> files = ProgramSources.Of(home, project, target);
        IEnumerable<string> projects = files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal) && f != project);
        XElement[] used = [.. projects.Select(f => ProgramSources.Read(home, f))];
        if (used.SelectMany(p => p.DescendantsAndSelf()).Any(e => !s_known.Contains(e.Name.LocalName)))
        {
            return null;
        }
        string[] attributes = [.. files.Where(f => Path.GetFileName(f) == AttributesName)];
        Directory.CreateDirectory(folder);
        string joined = Path.Combine(folder, AttributesName);
        File.WriteAllText(joined, Join(attributes.Select(f => (f, ReadText(home, f)))));
        XElement items = new("ItemGroup",
            new XElement("ProjectReference", new XAttribute("Remove", "@(ProjectReference)")),
            new XElement("Compile", new XAttribute("Remove", "@(Compile)"))); // in our order: that of a folder is not the same everywhere
        IEnumerable<string> sources = files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)).Except(attributes);
        foreach (string source in sources.Select(f => Path.Combine(home, f)).Append(joined))
        {
            items.Add(new XElement("Compile", new XAttribute("Include", DeviceProgramBuilder.Escape(source))));
        }
        items.Add(used.SelectMany(p => p.Descendants("PackageReference")).Select(p => new XElement(p)));
        string path = Path.Combine(folder, FileName);
        File.WriteAllText(path, new XElement("Project", items).ToString());
        return path;
    }

    /// <summary>The attributes of several assemblies as those of one, each once.</summary>
    internal static string Join(IEnumerable<(string File, string Text)> files)
    {
        SortedSet<string> usings = new(StringComparer.Ordinal);
        SortedSet<string> attributes = new(StringComparer.Ordinal);
        foreach ((string file, string text) in files)
        {
            foreach (string line in text.TrimStart('\uFEFF').Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
            {
                SortedSet<string> lines = line.StartsWith("using ", StringComparison.Ordinal) ? usings
                    : line.StartsWith("[assembly: ", StringComparison.Ordinal) ? attributes
                    : throw new StrataException(
                        $"cannot join the sources of a program of the device: {file} has the line '{line}'",
                        "It may have 'using' and '[assembly: ...]', each on a line of its own.");
                lines.Add(line);
            }
        }
        return new StringBuilder().AppendJoin('\n', usings.Concat(attributes)).Append('\n').ToString();
    }

    private static string ReadText(string home, string file)
    {
        using ForeignFolder folder = new(home);
        return folder.ReadText(file, LargestAttributes);
    }
}
