using System.Text;
using Strata.Blueprints.Hosted;
using Strata.Blueprints.Names;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Packages.Relations;
using Strata.Store;
using Strata.Updates.Releases;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Reads <c>capabilities/NAME.yaml</c>. Faults are collected, none is thrown.</summary>
internal static class CapabilityFile
{
    // the layer of what is made for the whole system, and no layer at all (caps=none)
    private static readonly string[] s_reserved = [Capability.SystemName, LayerSelection.NoneWord];

    /// <summary>Reads one file; what is wrong goes to <paramref name="faults"/>, what is right is returned.</summary>
    public static Capability? Load(string path, string shownAs, FaultList faults)
    {
        YamlMapping? mapping = YamlFile.Read(ForeignFolder.ReadFile(path, depth: 2, YamlLimits.Standard.MaxCharacters), shownAs, faults);
        return mapping is null ? null : Read(mapping, Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path), faults);
    }

    /// <summary>Reads a parsed file. Own files with a <c>source</c> are looked up below <paramref name="folder"/>.</summary>
    public static Capability Read(YamlMapping mapping, string folder, string expectedName, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        MappingReader reader = new(mapping, faults);
        YamlScalar? name = reader.Scalar("capability", required: true);
        if (name is not null && name.Text != expectedName)
        {
            faults.Add(name, $"the capability is named '{name.Text}' but its file '{expectedName}.yaml'; expected the same name");
        }
        if (name is not null && !NamePatterns.Name().IsMatch(name.Text))
        {
            faults.Add(name, $"'{name.Text}' is no name; expected lower-case letters, digits and dashes");
        }
        if (name is not null && ProblemOfName(name.Text) is string problem)
        {
            faults.Add(name, problem);
        }
        Capability parts = ReadParts(reader, folder, name?.Text ?? expectedName, mapping.File);
        Capability capability = parts with
        {
            Description = reader.Text("description", required: true) ?? "",
            Requires = [.. reader.Texts("requires").Select(Reference.To), .. EngineOf(parts)],
            Services = [.. ServiceWords.ReadAll(reader, mayChange: false).Select(w => w.ToService(faults)), .. parts.Services],
            DevicePrograms = ReadDevicePrograms(reader, faults),
            InitSystem = ReadInitSystem(reader),
            Machine = MachinePart.Read(reader),
        };
        MappingReader? kernel = reader.Mapping("kernel");
        if (kernel is not null)
        {
            capability = capability with
            {
                KernelModules = kernel.Texts("modules"),
                OptionalModules = [.. kernel.Texts("optional-modules").Select(t => t.Text)],
                KernelFragments = kernel.Texts("fragments"),
                OptionalFragments = kernel.Texts("optional-fragments"),
                FirmwarePackages = kernel.Texts("firmware"),
            };
            kernel.Done();
        }
        MappingReader? budget = reader.Mapping("budget");
        if (budget is not null)
        {
            capability = capability with { LayerBudget = budget.Size("layer") };
            budget.Done();
        }
        reader.Done();
        return capability;
    }

    /// <summary>What a capability brings, in the words that a blueprint may use for itself too.</summary>
    internal static Capability ReadParts(MappingReader reader, string folder, string name, string file)
    {
        FaultList faults = reader.Faults;
        OwnFiles own = OwnFiles.Read(reader, folder);
        IReadOnlyList<HostedContainer> containers = HostedWords.ReadAll(reader, folder);
        return new Capability
        {
            Name = name,
            File = file,
            Description = "",
            Packages = ReadPackages(reader, folder, faults),
            Files =
            [
                .. own.Files, // two containers of one image have its files once
                .. containers.SelectMany(c => c.Files).DistinctBy(f => f.Path).Select(f => new OwnFile(f.Path, Modes.File, f.Bytes)),
            ],
            Builds = OwnBuild.ReadAll(reader, folder),
            Directories = [.. ReadDirectories(reader, faults), .. own.Directories],
            Links = [.. ReadLinks(reader, faults), .. own.Links],
            Replaces =
            [
                .. reader.Texts("replaces").Select(t => (Path: reader.ToPath(t), Place: Place(t)))
                    .Where(r => r.Path is not null).Select(r => (r.Path!.Value, r.Place)),
            ],
            Users = ReadUsers(reader, faults),
            Groups = ReadGroups(reader, faults),
            Effects = ReadEffects(reader, faults),
            Units = UnitWishes.Read(reader),
            Containers = containers,
            Services = [.. containers.Select(c => c.Service)],
        };
    }

    /// <summary>The capability that what is brought needs besides, for its containers.</summary>
    internal static IEnumerable<Reference> EngineOf(Capability parts) =>
        parts.Containers.Take(1).Select(c => new Reference(HostedContainer.CapabilityName, c.Place));

    /// <summary>Why no capability may have a name; null when it may.</summary>
    internal static string? ProblemOfName(string name) =>
        s_reserved.Contains(name) ? $"'{name}' has a meaning of its own among layers; expected another name" : null;

    internal static List<PathPattern> ReadPatterns(MappingReader reader, string key)
    {
        List<PathPattern> patterns = [];
        foreach (YamlScalar text in reader.Texts(key))
        {
            if (PathPattern.TryParse(text.Text, out string? problem) is PathPattern pattern)
            {
                patterns.Add(pattern);
            }
            else
            {
                reader.Faults.Add(text, $"'{text.Text}' is no path pattern: {problem}");
            }
        }
        return patterns;
    }

    private static string Place(YamlValue value) => $"{value.File}:{value.Line}:{value.Column}";

    private static List<PackageSlice> ReadPackages(MappingReader reader, string folder, FaultList faults)
    {
        List<PackageSlice> slices = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("packages"))
        {
            if (MappingReader.Of(value, $"package '{key.Text}'", faults) is not MappingReader package)
            {
                continue;
            }
            PackageSlice slice = new()
            {
                Package = key.Text,
                Place = Place(key),
                Version = ReadVersion(package),
                Programs = [.. package.Texts("programs").Select(t => t.Text)],
                Files = ReadPatterns(package, "files"),
                Plugins = ReadPatterns(package, "plugins"),
                Except = ReadPatterns(package, "except"),
                Modes = ReadModes(package),
                FollowDependencies = package.Choice("dependencies", "follow", "follow", "ignore") == "follow",
                Deb = ReadDeb(package.Scalar("deb"), key.Text, folder, faults),
                IsWholeWithDepends = package.Choice("whole-with", "", "depends").Length > 0,
            };
            if (slice.IsWholeWithDepends && !(slice.IsWhole && slice.FollowDependencies))
            {
                string other = slice.IsWhole ? "'dependencies: ignore' leaves them out" : "the lines beside it take a slice";
                faults.Add(package.Value("whole-with")!, $"'whole-with: depends' takes package '{key.Text}' and all it depends on, and {other}");
            }
            if (slice is { Version: not null, Deb: not null })
            {
                faults.Add(package.Value("version")!, "'version' chooses among those of archives, and 'deb' is a file that has one");
            }
            slices.Add(slice);
            package.Done();
        }
        return slices;
    }

    private static string? ReadVersion(MappingReader package)
    {
        if (package.Scalar("version") is YamlScalar version && VersionConstraint.ProblemOfWish(version.Text) is string problem)
        {
            package.Faults.Add(version, $"'version' is '{version.Text}': {problem}; expected such as 1.26.3-3 or 1.26.*");
            return null;
        }
        return package.Text("version");
    }

    private static (YamlScalar, OwnPackage)? ReadDeb(YamlScalar? file, string name, string folder, FaultList faults)
    {
        if (file is null)
        {
            return null;
        }
        try
        {
            OwnPackage package = OwnPackage.Read(folder, file.Text);
            if (package.Locked.Name == name)
            {
                return (file, package);
            }
            faults.Add(file, $"'{file.Text}' is package '{package.Locked.Name}'; expected '{name}', under whose name it stands");
        }
        catch (StrataException e)
        {
            faults.Add(file, $"{e.Message}; expected a .deb file below the folder of this file");
        }
        return null;
    }

    private static List<(GuestPath, int, string)> ReadModes(MappingReader package)
    {
        List<(GuestPath, int, string)> modes = [];
        foreach ((YamlScalar key, YamlValue value) in package.Pairs("modes"))
        {
            if (value is not YamlScalar text)
            {
                package.Faults.Add(value, $"the mode of {key.Text} is {value.Kind}; expected octal permissions such as 0755");
            }
            else if (package.ToMode(text, key.Text) is int mode && package.ToPath(key) is GuestPath path)
            {
                modes.Add((path, mode, Place(key)));
            }
        }
        return modes;
    }

    private static List<TakenProgram> ReadDevicePrograms(MappingReader reader, FaultList faults)
    {
        List<TakenProgram> taken = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("device-programs"))
        {
            if (value is not YamlScalar name)
            {
                faults.Add(value, $"the device program of '{key.Text}' is {value.Kind}; expected its name");
            }
            else if (DeviceProgram.All.FirstOrDefault(p => p.Name == name.Text) is not DeviceProgram program)
            {
                IEnumerable<string> known = DeviceProgram.All.Select(p => p.Name);
                faults.Add(
                    name,
                    $"'{name.Text}' is no device program{NearMiss.Suggestion(name.Text, known)}; known: {string.Join(", ", known)}");
            }
            else if (reader.ToPath(key) is GuestPath path)
            {
                taken.Add(new TakenProgram(path, program));
            }
        }
        return taken;
    }

    private static List<OwnDirectory> ReadDirectories(MappingReader reader, FaultList faults)
    {
        List<OwnDirectory> directories = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("directories"))
        {
            if (MappingReader.Of(value, $"directory '{key.Text}'", faults) is MappingReader directory)
            {
                int mode = directory.Mode("mode", Modes.Folder);
                OwnerNames? owner = OwnerNames.Read(directory);
                directory.Done();
                if (reader.ToPath(key) is GuestPath path)
                {
                    directories.Add(new OwnDirectory(path, mode, owner));
                }
            }
        }
        return directories;
    }

    private static List<(GuestPath, string)> ReadLinks(MappingReader reader, FaultList faults)
    {
        List<(GuestPath, string)> links = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("links"))
        {
            if (value is not YamlScalar target)
            {
                faults.Add(value, $"the target of link '{key.Text}' is {value.Kind}; expected a path");
            }
            else if (target.Text.Length == 0 || target.Text.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(target.Text) > GuestPath.MaxLength)
            {
                faults.Add(target, $"the target of link '{key.Text}' must have 1 to {GuestPath.MaxLength} bytes and no NUL");
            }
            else if (reader.ToPath(key) is GuestPath path)
            {
                links.Add((path, target.Text));
            }
        }
        return links;
    }

    private static List<UserAccount> ReadUsers(MappingReader reader, FaultList faults)
    {
        List<UserAccount> users = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("users"))
        {
            if (MappingReader.Of(value, $"user '{key.Text}'", faults) is MappingReader user)
            {
                CheckAccountName(key, faults);
                users.Add(new UserAccount(
                    key.Text,
                    ReadId(user, key),
                    user.Text("group"),
                    ReadPasswdPath(user, "home") ?? "/nonexistent",
                    ReadPasswdPath(user, "shell") ?? "/usr/sbin/nologin",
                    ReadGecos(user)));
                user.Done();
            }
        }
        return users;
    }

    private static string? ReadPasswdPath(MappingReader user, string key)
    {
        if (user.Scalar(key) is not YamlScalar text || user.ToPath(text) is not GuestPath path)
        {
            return null;
        }
        if (text.Text.AsSpan().ContainsAny(':', '\n'))
        {
            user.Faults.Add(text, $"'{key}' cannot contain ':' or a line feed (passwd(5))");
        }
        return path.ToString();
    }

    private static string ReadGecos(MappingReader user)
    {
        YamlScalar? text = user.Scalar("description");
        if (text is not null && text.Text.AsSpan().ContainsAny(':', '\n', '\0'))
        {
            user.Faults.Add(text, "a description cannot contain ':' or a line feed (passwd(5))");
            return "";
        }
        return text?.Text ?? "";
    }

    private static List<GroupAccount> ReadGroups(MappingReader reader, FaultList faults)
    {
        List<GroupAccount> groups = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("groups"))
        {
            if (MappingReader.Of(value, $"group '{key.Text}'", faults) is MappingReader group)
            {
                CheckAccountName(key, faults);
                IReadOnlyList<YamlScalar> members = group.Texts("members");
                foreach (YamlScalar member in members)
                {
                    CheckAccountName(member, faults);
                }
                groups.Add(new GroupAccount(key.Text, ReadId(group, key), [.. members.Select(t => t.Text)]));
                group.Done();
            }
        }
        return groups;
    }

    private static int ReadId(MappingReader reader, YamlScalar key)
    {
        if (reader.Value("id") is null)
        {
            reader.Faults.Add(key, $"'{key.Text}' needs an 'id': fixed numbers keep images reproducible");
            return 0;
        }
        return (int)(reader.Number("id", 0, 65534) ?? 0);
    }

    private static void CheckAccountName(YamlScalar key, FaultList faults)
    {
        if (!NamePatterns.Account().IsMatch(key.Text))
        {
            faults.Add(key, $"'{key.Text}' is no account name; expected lower-case letters, digits, '_' and '-', at most 31");
        }
    }

    private static ProvidedInit? ReadInitSystem(MappingReader reader)
    {
        MappingReader? provides = reader.Mapping("provides");
        YamlScalar? name = provides?.Scalar("init-system");
        InitSystemKind? kind = name is null ? null : provides!.Choice("init-system", [.. InitSystemNames.All]);
        provides?.Done();
        return kind is null ? null : new ProvidedInit(kind.Value, name!);
    }

    private static List<EffectUse> ReadEffects(MappingReader reader, FaultList faults)
    {
        List<EffectUse> effects = [];
        foreach ((YamlScalar key, YamlValue value) in reader.Pairs("effects"))
        {
            if (MappingReader.Of(value, $"effect '{key.Text}'", faults) is not MappingReader)
            {
                continue;
            }
            Dictionary<string, IReadOnlyList<string>> settings = new(StringComparer.Ordinal);
            foreach ((YamlScalar setting, YamlValue list) in (value as YamlMapping)?.Items ?? [])
            {
                if (list is YamlSequence sequence && sequence.Items.All(i => i is YamlScalar))
                {
                    settings.Add(setting.Text, [.. sequence.Items.Select(i => ((YamlScalar)i).Text)]);
                }
                else
                {
                    faults.Add(list, $"setting '{setting.Text}' is {list.Kind}; expected a list of texts");
                }
            }
            effects.Add(new EffectUse(key.Text, settings, Place(key)));
        }
        return effects;
    }
}
