using System.Globalization;
using Strata.Blueprints.Names;
using Strata.Core;
using Strata.Packages.Solving;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Something that a program makes out of files of one's own: what it is given, what is started, what is taken of it.</summary>
/// <remarks>Limits: 64 builds and 64 outputs of each; those of <see cref="OwnFiles"/> for what goes in and what comes out.</remarks>
public sealed record OwnBuild
{
    /// <summary>The folder that it works in.</summary>
    public static GuestPath Folder { get; } = GuestPath.Parse("/build");

    private const int Most = 64;

    /// <summary>Its name: lower-case letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>Where it stands, for messages.</summary>
    public required string Place { get; init; }

    /// <summary>Packages whose programs it uses, and where they stand; what they depend on comes along.</summary>
    public required IReadOnlyList<YamlScalar> Packages { get; init; }

    /// <summary>Its files, below <see cref="Folder"/>.</summary>
    public required IReadOnlyList<OwnFile> Files { get; init; }

    /// <summary>Links among its files.</summary>
    public required IReadOnlyList<(GuestPath Path, string Target)> Links { get; init; }

    /// <summary>A program and its arguments; no shell is involved.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What is taken, at least one.</summary>
    public required IReadOnlyList<BuildOutput> Outputs { get; init; }

    /// <summary>Everything that decides what comes out, but for the packages: two builds of the same lines are the same.</summary>
    public IEnumerable<string> InputLines =>
    [
        .. Command.Select(c => $"run {c}\0"),
        .. Files.Select(f => string.Create(CultureInfo.InvariantCulture, $"file {f.Path}\0{f.Mode:X}\0{Sha256Digest.Of(f.Bytes.Span)}\0")),
        .. Links.Select(l => $"link {l.Path}\0{l.Target}\0"),
        .. Outputs.Select(o => string.Create(CultureInfo.InvariantCulture, $"output {o.From}\0{o.Path}\0{o.Mode:X}\0{o.Owner is null}\0")),
    ];

    internal static IReadOnlyList<OwnBuild> ReadAll(MappingReader reader, string folder)
    {
        List<OwnBuild> builds = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("builds"))
        {
            if (MappingReader.Of(value, $"build '{key.Text}'", reader.Faults) is not MappingReader build)
            {
                continue;
            }
            if (!NamePatterns.Name().IsMatch(key.Text))
            {
                build.Faults.Add(key, $"'{key.Text}' is no name of a build; expected lower-case letters, digits and dashes");
            }
            builds.Add(ReadOne(build, key, folder));
            build.Done();
        }
        if (builds.Count > Most)
        {
            reader.Faults.Add(reader.Value("builds")!, $"'builds' has {builds.Count}; at most {Most} are done");
        }
        return builds;
    }

    private static OwnBuild ReadOne(MappingReader build, YamlScalar name, string folder)
    {
        OwnFiles own = OwnFiles.Read(build, folder);
        foreach (GuestPath outside in own.Files.Select(f => f.Path).Concat(own.Links.Select(l => l.Path))
            .Where(p => !p.IsAtOrBelow(Folder) || p == Folder))
        {
            build.Faults.Add(build.Value("files")!, $"'{outside}' lies elsewhere than the files of a build do; expected {Folder}/…");
        }
        if (own.Files.FirstOrDefault(f => f.Owner is not null) is not null || own.Directories.Count > 0)
        {
            build.Faults.Add(build.Value("files")!, "files of a build belong to whoever builds; 'owner' and 'group' are for 'outputs'");
        }
        IReadOnlyList<YamlScalar> packages = build.Texts("packages", required: true);
        foreach (YamlScalar package in packages)
        {
            CheckPackage(package, build.Faults);
        }
        IReadOnlyList<YamlScalar> command = build.Texts("command", required: true);
        if (command.Count == 0 && build.Value("command") is YamlSequence { Items.Count: 0 } nothing)
        {
            build.Faults.Add(nothing, $"the command of build '{name.Text}' is empty; expected a program and its arguments");
        }
        foreach (YamlScalar argument in command.Where(c => c.Text.Contains('\0', StringComparison.Ordinal)))
        {
            build.Faults.Add(argument, "a NUL; no program can be given one");
        }
        return new OwnBuild
        {
            Name = name.Text,
            Place = $"{name.File}:{name.Line}:{name.Column}",
            Packages = packages,
            Files = own.Files,
            Links = own.Links,
            Command = [.. command.Select(c => c.Text)],
            Outputs = ReadOutputs(build, name),
        };
    }

    private static void CheckPackage(YamlScalar package, FaultList faults)
    {
        try
        {
            if (!PackageRoot.Parse(package.Text).IsOfInstaller)
            {
                return;
            }
            faults.Add(package, $"'{package.Text}' is a package of the installer; a build takes ordinary ones");
        }
        catch (ImageFormatException e)
        {
            faults.Add(package, $"'{package.Text}' is no package: {e.Problem}");
        }
    }

    private static List<BuildOutput> ReadOutputs(MappingReader build, YamlScalar name)
    {
        List<BuildOutput> outputs = [];
        foreach ((YamlScalar key, YamlValue value) in build.Pairs("outputs"))
        {
            if (MappingReader.Of(value, $"output '{key.Text}'", build.Faults) is not MappingReader output)
            {
                continue;
            }
            YamlScalar? from = output.Scalar("from", required: true);
            YamlScalar? mode = output.Scalar("mode");
            OwnerNames? owner = OwnerNames.Read(output);
            int? permissions = mode is null ? null : output.ToMode(mode, "mode");
            output.Done();
            string below = $"{Folder}/{from?.Text.TrimEnd('/')}";
            bool isInside = GuestPath.TryParse(below, out GuestPath inside, out _) && inside.ToString() == below && inside != Folder;
            if (from is not null && !isInside)
            {
                build.Faults.Add(from, $"'{from.Text}' is no path below {Folder}; expected one such as hello or out/bin");
            }
            else if (from is not null && build.ToPath(key) is GuestPath path)
            {
                outputs.Add(new BuildOutput(path, from.Text.TrimEnd('/'), permissions, owner, $"{key.File}:{key.Line}:{key.Column}"));
            }
        }
        if (build.Value("outputs") is null or YamlMapping { Items.Count: 0 })
        {
            build.Faults.Add(name, $"build '{name.Text}' has no 'outputs', and nothing else of it gets into the image");
        }
        else if (outputs.Count > Most)
        {
            build.Faults.Add(build.Value("outputs")!, $"'outputs' has {outputs.Count}; at most {Most} are taken");
        }
        return outputs;
    }
}

/// <summary>A file or folder that a build leaves, and what becomes of it.</summary>
/// <param name="Path">Where it goes in the image.</param>
/// <param name="From">Where the build leaves it, relative to <see cref="OwnBuild.Folder"/>.</param>
/// <param name="Mode">Permissions of a file; those that it has as far as it matters when null.</param>
/// <param name="Owner">Whose it is; root's when null.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record BuildOutput(GuestPath Path, string From, int? Mode, OwnerNames? Owner, string Place)
{
    /// <summary>Takes it out of the folder that the build worked in.</summary>
    /// <exception cref="StrataException">It is not there, or is or holds what can be no part of an image.</exception>
    public (IReadOnlyList<OwnFile> Files, IReadOnlyList<OwnDirectory> Directories, IReadOnlyList<(GuestPath Path, string Target)> Links)
        Take(ForeignFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        OwnFiles taken = OwnFiles.Take(folder, From, Path, Owner);
        bool isFile = taken is { Files: [{ Path: GuestPath only }], Links: [] } && only == Path;
        if (Mode is int mode)
        {
            return isFile ? ([taken.Files[0] with { Mode = mode }], [], [])
                : throw new StrataException($"cannot give {From} a mode: it is a folder, whose files keep their own");
        }
        return taken.Files.Count + taken.Links.Count > 0 ? (taken.Files, taken.Directories, taken.Links)
            : throw new StrataException($"cannot take {From}: it is a folder without a file");
    }
}
