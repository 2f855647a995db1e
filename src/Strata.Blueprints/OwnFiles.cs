using System.Text;
using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>What stands under <c>files:</c> of a capability: files given as text or by their source, and whole folders.</summary>
/// <remarks>
/// A blueprint may be somebody else's: sources are read below its own folder and nowhere else. Limits: 64 MiB a file, 256 MiB and 20,000
/// names a folder.
/// </remarks>
internal sealed class OwnFiles
{
    private const long LargestFile = 64L << 20;
    private const long LargestFolder = 256L << 20;
    private const int MostNames = 20_000;

    private readonly FaultList _faults;
    private readonly string _folder;
    private readonly List<OwnFile> _files = [];
    private readonly List<OwnDirectory> _directories = [];
    private readonly List<(GuestPath Path, string Target)> _links = [];

    private OwnFiles(string folder, FaultList faults) => (_folder, _faults) = (folder, faults);

    /// <summary>Regular files.</summary>
    public IReadOnlyList<OwnFile> Files => _files;

    /// <summary>Directories of folders.</summary>
    public IReadOnlyList<OwnDirectory> Directories => _directories;

    /// <summary>Symbolic links of folders.</summary>
    public IReadOnlyList<(GuestPath Path, string Target)> Links => _links;

    /// <summary>Reads the section.</summary>
    /// <param name="reader">The capability.</param>
    /// <param name="folder">Folder of its file, in which sources are looked up.</param>
    public static OwnFiles Read(MappingReader reader, string folder)
    {
        OwnFiles own = new(folder, reader.Faults);
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("files"))
        {
            if (MappingReader.Of(value, $"file '{key.Text}'", reader.Faults) is MappingReader file)
            {
                own.ReadEntry(key, file);
            }
        }
        return own;
    }

    /// <summary>Takes what is in a folder that somebody else's program wrote to: a file, or a folder with all that is below it.</summary>
    /// <param name="own">The folder.</param>
    /// <param name="source">Relative to it.</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="owner">Whose it becomes.</param>
    /// <exception cref="StrataException">It is not there, or something in it is neither a file nor a link within the folder.</exception>
    internal static OwnFiles Take(ForeignFolder own, string source, GuestPath path, OwnerNames? owner)
    {
        OwnFiles taken = new(source, new FaultList());
        if (own.TryList(source, MostNames) is { } names)
        {
            FolderWalk walk = new(own, source, new FolderTarget(path, owner, [], []));
            walk.Take("", names);
            taken._files.AddRange(walk.Files);
            taken._directories.AddRange(walk.Directories);
            taken._links.AddRange(walk.Links);
            return taken;
        }
        (byte[] bytes, bool isProgram) = own.ReadProgram(source, LargestFile);
        taken._files.Add(new OwnFile(path, isProgram ? Modes.Program : Modes.File, bytes, owner));
        return taken;
    }

    private void ReadEntry(YamlScalar key, MappingReader file)
    {
        GuestPath? path = file.ToPath(key);
        YamlScalar? modeText = file.Scalar("mode");
        int mode = modeText is null ? Modes.File : file.ToMode(modeText, "mode") ?? Modes.File;
        OwnerNames? owner = OwnerNames.Read(file);
        YamlScalar? content = file.Scalar("content");
        YamlScalar? source = file.Scalar("source");
        IReadOnlyList<YamlScalar> include = file.Texts("include");
        IReadOnlyList<YamlScalar> exclude = file.Texts("exclude");
        file.Done();
        if (content is null == source is null)
        {
            _faults.Add(key, $"file '{key.Text}' needs either 'content' or 'source'");
            return;
        }
        if (source?.Text.TrimEnd('/') is "" or ".")
        {
            _faults.Add(source, $"'{source.Text}' is the folder of this file itself; expected a file or folder in it");
            return;
        }
        if (path is not GuestPath place)
        {
            return;
        }
        if (content is not null)
        {
            RefusePatterns(include, exclude, "a text");
            _files.Add(new OwnFile(place, mode, Encoding.UTF8.GetBytes(content.Text), owner));
            return;
        }
        try
        {
            using ForeignFolder own = new(_folder);
            if (own.TryList(source!.Text, MostNames) is { } names)
            {
                if (modeText is not null)
                {
                    _faults.Add(
                        modeText, "'mode' for a whole folder; its files keep their own: 0755 for one that may be run, else 0644");
                }
                ReadFolder(own, source, names, new FolderTarget(place, owner, Patterns(include), Patterns(exclude)));
            }
            else if (own.TryRead(source.Text, LargestFile) is byte[] bytes)
            {
                RefusePatterns(include, exclude, "a file");
                _files.Add(new OwnFile(place, mode, bytes, owner));
            }
            else
            {
                // people put it beside the blueprint first
                string above = Path.Exists(Path.Combine(_folder, "..", source.Text))
                    ? "; there is one in the folder above: move it here" : "";
                _faults.Add(source, $"'{source.Text}' does not exist beside this file{above}");
            }
        }
        catch (StrataException e)
        {
            _faults.Add(source!, $"{e.Message}; expected a file or folder of its own below the folder of this file");
        }
    }

    private void RefusePatterns(IReadOnlyList<YamlScalar> include, IReadOnlyList<YamlScalar> exclude, string what)
    {
        foreach (YamlScalar pattern in include.Concat(exclude))
        {
            _faults.Add(pattern, $"'{pattern.Text}' chooses among the files of a folder, and the source is {what}");
        }
    }

    // people write them as they see the folder, without the slash that stands for it here
    private List<(PathPattern, YamlScalar)> Patterns(IReadOnlyList<YamlScalar> texts)
    {
        List<(PathPattern, YamlScalar)> patterns = [];
        foreach (YamlScalar text in texts)
        {
            if (PathPattern.TryParse("/" + text.Text, out string? problem) is PathPattern pattern)
            {
                patterns.Add((pattern, text));
            }
            else
            {
                _faults.Add(text, $"'{text.Text}' is no pattern of paths below the folder, such as static/ or **.pyc: {problem}");
            }
        }
        return patterns;
    }

    private void ReadFolder(ForeignFolder own, YamlScalar source, IReadOnlyList<ForeignName> names, FolderTarget target)
    {
        FolderWalk walk = new(own, source.Text.TrimEnd('/'), target);
        walk.Take("", names);
        foreach (YamlScalar unused in target.Include.Where(i => !walk.Used.Contains(i.Pattern)).Select(i => i.Place))
        {
            _faults.Add(unused, $"'{unused.Text}' below 'include' is nothing in the folder '{source.Text}'");
        }
        if (walk.Files.Count + walk.Links.Count == 0 && target.Include.Count == 0)
        {
            _faults.Add(source, $"the folder '{source.Text}' has no file that would be taken");
        }
        _files.AddRange(walk.Files);
        _directories.AddRange(walk.Directories);
        _links.AddRange(walk.Links);
    }

    /// <summary>Where the files of a folder go, and which of them.</summary>
    private sealed record FolderTarget(
        GuestPath Path, OwnerNames? Owner, IReadOnlyList<(PathPattern Pattern, YamlScalar Place)> Include,
        IReadOnlyList<(PathPattern Pattern, YamlScalar Place)> Exclude);

    /// <summary>
    /// Goes through a folder; a directory comes along with what is taken from it, since version control keeps no empty one.
    /// </summary>
    private sealed class FolderWalk(ForeignFolder own, string source, FolderTarget target)
    {
        private readonly HashSet<GuestPath> _directories = [];
        private long _bytes;
        private int _names;

        public List<OwnFile> Files { get; } = [];

        public List<OwnDirectory> Directories { get; } = [];

        public List<(GuestPath Path, string Target)> Links { get; } = [];

        public HashSet<PathPattern> Used { get; } = [];

        public void Take(string folder, IReadOnlyList<ForeignName> names)
        {
            if ((_names += names.Count) > MostNames)
            {
                throw new StrataException($"cannot take the folder '{source}': it has more than {MostNames} names");
            }
            foreach (ForeignName name in names)
            {
                string below = $"{folder}/{name.Name}";
                string file = source + below;
                if (!GuestPath.TryParse(below, out GuestPath relative, out string? problem)
                    || !GuestPath.TryParse(target.Path.IsRoot ? below : target.Path + below, out GuestPath path, out problem))
                {
                    throw new StrataException($"cannot take '{file}': {problem}");
                }
                if (target.Exclude.Any(e => e.Pattern.Matches(relative)))
                {
                    continue;
                }
                if (name.IsFolder)
                {
                    Take(below, own.TryList(file, MostNames) ?? throw new StrataException($"cannot take '{file}': it is gone"));
                }
                else if (IsIncluded(relative))
                {
                    AddDirectories(path.Parent);
                    Add(name, file, folder, path);
                }
            }
        }

        private bool IsIncluded(GuestPath relative)
        {
            List<PathPattern> matching = [.. target.Include.Select(i => i.Pattern).Where(p => p.Matches(relative))];
            Used.UnionWith(matching);
            return matching.Count > 0 || target.Include.Count == 0;
        }

        private void Add(ForeignName name, string file, string folder, GuestPath path)
        {
            if (name.LinkTarget is string leads)
            {
                if (!StaysInside(leads, depth: folder.Count(c => c == '/')))
                {
                    throw new StrataException(
                        $"cannot take '{file}': it is a link to {leads}, which leads out of the folder; "
                        + "'links:' may say where it should lead");
                }
                Links.Add((path, leads));
                return;
            }
            (byte[] bytes, bool isProgram) = own.ReadProgram(file, LargestFile);
            if ((_bytes += bytes.Length) > LargestFolder)
            {
                throw new StrataException($"cannot take the folder '{source}': it has more than {new ByteSize(LargestFolder)}");
            }
            Files.Add(new OwnFile(path, isProgram ? Modes.Program : Modes.File, bytes, target.Owner));
        }

        // those of root are made by whatever lies in them, and one that somebody else describes stays as it is
        private void AddDirectories(GuestPath path)
        {
            if (target.Owner is not null && path.IsAtOrBelow(target.Path) && !path.IsRoot && _directories.Add(path))
            {
                AddDirectories(path.Parent);
                Directories.Add(new OwnDirectory(path, Modes.Folder, target.Owner));
            }
        }

        // the way to the link has no links, so as many steps up as it is deep stay inside, and so do names after them
        private static bool StaysInside(string target, int depth)
        {
            string[] steps = target.Split('/');
            int up = steps.TakeWhile(s => s == "..").Count();
            return !target.StartsWith('/') && up <= depth && !steps.Skip(up).Contains("..");
        }
    }
}
