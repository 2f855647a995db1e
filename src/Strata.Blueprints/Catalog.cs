using System.Security.Cryptography;
using System.Text;
using Strata.Blueprints.Extending;
using Strata.Blueprints.Names;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Kernel.Profiles;
using Strata.Packages.Keys;
using Strata.Packages.Locks;
using Strata.Packages.Sources;
using Strata.Settings.Words;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>An edition with everything its blueprint names, capabilities in the order in which they build on each other.</summary>
/// <param name="Edition">The edition.</param>
/// <param name="Capabilities">All of them, each after those it requires.</param>
/// <param name="RequiredBy">For a capability that the edition does not name itself: the one that asked for it.</param>
/// <param name="KernelPackage">Package of the stock kernel for the edition's architecture; null without a kernel and when one is
/// built.</param>
/// <param name="KernelProfile">The kernel that is built, with the fragments that capabilities ask for; null without one and for a stock
/// kernel.</param>
/// <param name="Digest">Over every file that was read for it.</param>
public sealed record Blueprint(
    Edition Edition,
    IReadOnlyList<Capability> Capabilities,
    IReadOnlyDictionary<string, string> RequiredBy,
    string? KernelPackage,
    KernelProfile? KernelProfile,
    Sha256Digest Digest)
{
    /// <summary>What edition and capabilities say of the machine, together.</summary>
    public MachineWords Machine { get; init; } = MachineWords.None;

    /// <summary>Files with an owner's words about maintainer scripts: <c>effects/*.yaml</c> beside the blueprint, by name.</summary>
    public IReadOnlyList<string> RuleFiles { get; init; } = [];

    /// <summary>
    /// Package files that lie beside the blueprint and its capabilities: those that are named, one for each name, then those of folders.
    /// </summary>
    public IReadOnlyList<OwnPackage> OwnPackages { get; } =
    [
        .. Capabilities.SelectMany(c => c.Packages).Select(p => p.Deb?.Package).OfType<OwnPackage>().DistinctBy(p => p.Locked.Name),
        .. Edition.FolderPackages.Select(p => p.Package),
    ];
}

/// <summary>Finds editions, capabilities and kernels by name in folders.</summary>
/// <param name="folders">
/// Searched in order; each may hold <c>editions/NAME/edition.yaml</c>, <c>capabilities/NAME.yaml</c> <c>kernel/NAME.yaml</c>
/// and <c>kernel/profiles/NAME.yaml</c>.
/// </param>
/// <param name="given">Values of variables, for every edition that is read; none when null.</param>
public sealed class Catalog(IReadOnlyList<string> folders, VariableValues? given = null)
{
    /// <summary>The folders searched, in order.</summary>
    public IReadOnlyList<string> Folders { get; } = folders;

    /// <summary>Names of the editions that can be built, sorted.</summary>
    public IReadOnlyList<string> EditionNames() => Names("editions", f => Directory.EnumerateDirectories(f)
        .Where(d => File.Exists(Path.Combine(d, "edition.yaml"))).Select(d => Path.GetFileName(d)));

    /// <summary>Names of the capabilities, sorted; with an init system, those that only it has too.</summary>
    public IReadOnlyList<string> CapabilityNames(InitSystemKind? init = null)
    {
        List<string> names = Names("capabilities", YamlNames);
        IEnumerable<string> more = init is InitSystemKind kind ? Names(Path.Combine("capabilities", InitSystemNames.Of(kind)), YamlNames)
            : [];
        return [.. names.Union(more, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Every capability that an edition with an init system can have, by name.</summary>
    /// <exception cref="StrataException">A file is faulty.</exception>
    public IReadOnlyList<Capability> Capabilities(InitSystemKind init)
    {
        FaultList faults = new();
        List<Capability> capabilities = [];
        foreach (string path in CapabilityNames(init).Select(n => FindCapability(n, init)).OfType<string>())
        {
            if (CapabilityFile.Load(path, Shown(path), faults) is Capability capability)
            {
                capabilities.Add(capability);
            }
        }
        faults.ThrowIfAny("the capabilities");
        return capabilities;
    }

    /// <summary>Folder of an edition: by name in the catalogue, or a path to a folder or to its <c>edition.yaml</c>.</summary>
    /// <exception cref="StrataException">There is none.</exception>
    public string FindEdition(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (EditionReader.IsPath(nameOrPath) && File.Exists(nameOrPath) && Path.GetFileName(nameOrPath) != EditionLevel.FileName)
        {
            throw new StrataException(
                $"cannot take {nameOrPath} for an edition: its file is called {EditionLevel.FileName}, in a folder of its own",
                "What belongs to an edition (its lock, tests, files) lies beside that file; so several editions are several folders.");
        }
        IEnumerable<string> places = EditionReader.PlacesOf(nameOrPath, Folders);
        if (EditionReader.IsPath(nameOrPath))
        {
            places = [nameOrPath, Path.Combine(nameOrPath, "edition.yaml")];
        }
        else
        {
            places = places.Append(Path.Combine(nameOrPath, "edition.yaml"));
        }
        return places.Where(File.Exists).Select(p => Path.GetDirectoryName(Path.GetFullPath(p))!).FirstOrDefault()
            ?? throw new StrataException(
                $"cannot find edition '{nameOrPath}'{NearMiss.Suggestion(nameOrPath, EditionNames())}",
                $"Known editions: {string.Join(", ", EditionNames())}. 'strata init NAME' makes a new one; a path to a folder with an edition.yaml works too.");
    }

    /// <summary>Reads an edition and everything it names; every fault of every file is reported at once.</summary>
    /// <exception cref="StrataException">A file is missing or faulty.</exception>
    public Blueprint Load(string nameOrPath)
    {
        string folder = FindEdition(nameOrPath);
        FaultList faults = new();
        IReadOnlyList<EditionLevel> levels = new EditionReader(Folders, EditionNames, Shown, faults).Read(folder);
        if (levels.Count == 0)
        {
            faults.ThrowIfAny($"blueprint {nameOrPath}");
            throw new StrataException($"cannot read blueprint {nameOrPath}");
        }
        EditionChain chain = EditionChain.Of(levels, given ?? VariableValues.None, EditionPart.IsWord, faults);
        faults.ThrowIfAny($"blueprint {nameOrPath}"); // what lacks a value, or what it extends, would have many more
        Edition edition = EditionFile.Read(chain, faults);
        Resolution resolution = new(new Catalog([.. edition.Folders, .. Folders]), edition.Init?.Kind, faults);
        // what writes the files that others read at the start comes before them, wherever the edition names it
        foreach (Reference capability in edition.Capabilities.OrderBy(c => c.Name != Capability.FirstStartName))
        {
            resolution.Add(capability, requiredBy: null);
        }
        if (edition.Init is ProvidedInit init)
        {
            resolution.Add(new Reference(Capability.InitName, init.Place), edition.Name);
        }
        if (MachinePart.NeedsStart(edition, resolution.Ordered) is (string who, YamlMapping words))
        {
            resolution.Add(new Reference(Capability.MachineName, words), who);
        }
        foreach (Reference engine in edition.Parts.Select(p => p.Own).OfType<Capability>().SelectMany(CapabilityFile.EngineOf))
        {
            resolution.Add(engine, edition.Name);
        }
        if (edition.HasKernel && resolution.Ordered.Find(c => c.Name == Capability.FirstStartName) is Capability first)
        {
            // its owner may say words that need it, whatever the image says
            resolution.Add(new Reference(Capability.MachineName, first.Services[0].Place), first.Name);
        }
        if (edition is { HasKernel: true, State.Sealed: YamlValue place } && resolution.Ordered.Exists(c => c.InitSystem is not null))
        {
            resolution.Add(new Reference(Capability.ProvenName, place), edition.Name);
        }
        if (edition is { HasKernel: true, Health: EditionHealth health })
        {
            resolution.Add(new Reference(Capability.TrialName, health.Place), edition.Name);
        }
        TakenAway away = new(chain, ClosureOf, faults);
        Capability? below = null;
        foreach (EditionPart part in edition.Parts)
        {
            List<Service> services = ChangeServices(part, resolution.Ordered, away, faults);
            if (part.Own is Capability own && own with { Services = [.. services, .. own.Services] } is { IsEmpty: false } whole)
            {
                below = AddOwn(whole, below, edition, resolution.Ordered, faults);
            }
        }
        (string? kernelPackage, KernelProfile? profile, IReadOnlyList<string> kernelFiles) = FindKernel(edition, resolution.Ordered, faults);
        faults.ThrowIfAny($"blueprint {edition.Name}"); // what is unknown or misread may be the very thing that claims another
        Claims.Check(edition, resolution.Ordered, profile, faults);
        MachineWords machine = MachinePart.Whole(edition, resolution.Ordered, faults);
        faults.ThrowIfAny($"blueprint {edition.Name}");
        string[] rules = [.. edition.Folders.SelectMany(RuleFilesIn)];
        string[] files = [.. levels.Select(l => l.Path), .. kernelFiles, .. resolution.Files, .. rules, .. away.Files];
        return new Blueprint(edition, resolution.Ordered, resolution.RequiredBy, kernelPackage, profile,
            DigestOf(files, resolution.Ordered, edition.Archives, chain.ValuesDigest))
        {
            RuleFiles = rules,
            Machine = machine,
        };

        (IReadOnlyList<Capability> Capabilities, IReadOnlyList<string> Files) ClosureOf(IEnumerable<YamlScalar> names)
        {
            // what is wrong with those that stay is told where they are read for good
            Resolution closure = new(new Catalog([.. edition.Folders, .. Folders]), edition.Init?.Kind, new FaultList());
            foreach (YamlScalar name in names)
            {
                closure.Add(Reference.To(name), requiredBy: null);
            }
            return (closure.Ordered, closure.Files);
        }
    }

    // an owner's words about maintainer scripts, read where the scripts are
    private static string[] RuleFilesIn(string folder)
    {
        string rules = Path.Combine(folder, "effects");
        return Directory.Exists(rules) ? [.. Directory.EnumerateFiles(rules, "*.yaml").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>What a blueprint says of services of its capabilities becomes so; what is left are services of its own.</summary>
    private static List<Service> ChangeServices(EditionPart part, List<Capability> capabilities, TakenAway away, FaultList faults)
    {
        List<Service> own = [];
        foreach (ServiceWords words in part.Services)
        {
            string name = words.Place.Text;
            int at = capabilities.FindIndex(c => c.Services.Any(s => s.Name == name));
            if (at >= 0)
            {
                capabilities[at] = capabilities[at] with
                {
                    Services =
                    [
                        .. capabilities[at].Services.Where(s => s.Name != name || !words.IsOff)
                            .Select(s => s.Name == name ? words.Change(s, faults) : s),
                    ],
                };
            }
            else if (away.HadService(name, words.Place))
            {
                // nothing is left of it that could be changed
            }
            else if (words.IsOff)
            {
                IEnumerable<string> known = capabilities.SelectMany(c => c.Services).Select(s => s.Name);
                string near = NearMiss.Suggestion(name, known);
                faults.Add(words.Place, $"no capability of this edition has a service '{name}' to switch off{near}");
            }
            else
            {
                own.Add(words.ToService(faults));
            }
        }
        return own;
    }

    // what the edition brings itself lies upon what is always mounted, or its layer would hold a C library of its own
    private static Capability? AddOwn(Capability own, Capability? below, Edition edition, List<Capability> capabilities, FaultList faults)
    {
        if (capabilities.Find(c => c.Name == own.Name) is Capability other)
        {
            faults.Add(new Fault(
                own.File, 1, 1,
                $"what this file brings itself is a capability '{own.Name}', and so is {other.File}; name one of them otherwise"));
            return below;
        }
        IEnumerable<Reference> always = capabilities
            .Where(c => edition.Base.Count == 0 ? c == capabilities[0] : edition.Base.Any(b => b.Name == c.Name))
            .Append(below).OfType<Capability>().DistinctBy(c => c.Name)
            .Select(c => new Reference(c.Name, edition.Kernel.Place));
        IEnumerable<Reference> engine = CapabilityFile.EngineOf(own).Where(e => always.All(a => a.Name != e.Name));
        own = own with { Requires = [.. always, .. engine] };
        capabilities.Add(own);
        return own;
    }

    private static Sha256Digest DigestOf(
        IEnumerable<string> files, IEnumerable<Capability> capabilities, IEnumerable<PackageArchive> archives, Sha256Digest? values)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in files)
        {
            hash.AppendData(Sha256Digest.Of(ForeignFolder.ReadFile(path, depth: 1, YamlLimits.Standard.MaxCharacters)).Bytes);
        }
        foreach (Capability capability in capabilities)
        {
            // of a folder no file says what is in it, so names and modes count too; NUL stands in no path and in no target
            string names = string.Concat([
                .. capability.Files.Select(f => $"{f.Path}\0{f.Mode:X}\0{Sha256Digest.Of(f.Bytes.Span)}\0"),
                .. capability.Links.Select(l => $"{l.Path}\0{l.Target}\0"),
            ]);
            hash.AppendData(Sha256Digest.Of(Encoding.UTF8.GetBytes(names)).Bytes);
            foreach (OwnBuild build in capability.Builds)
            {
                hash.AppendData(Sha256Digest.Of(Encoding.UTF8.GetBytes(string.Concat(build.InputLines))).Bytes);
            }
        }
        foreach (Keyring keyring in archives.SelectMany(a => a.Keyrings))
        {
            hash.AppendData(keyring.Digest.Bytes);
        }
        if (values is Sha256Digest given)
        {
            hash.AppendData(given.Bytes);
        }
        return Sha256Digest.Finish(hash);
    }

    private static IEnumerable<string> YamlNames(string folder) =>
        Directory.EnumerateFiles(folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f));

    private static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private List<string> Names(string kind, Func<string, IEnumerable<string>> list) =>
    [
        .. Folders.Select(f => Path.Combine(f, kind)).Where(Directory.Exists).SelectMany(list).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    // what is no name would be a path, and lead out of the folders
    private string? FindFile(string kind, string name) =>
        !NamePatterns.Name().IsMatch(name) ? null : Folders.Select(f => Path.Combine(f, kind, name + ".yaml")).FirstOrDefault(File.Exists);

    private (string? Package, KernelProfile? Profile, IReadOnlyList<string> Files) FindKernel(
        Edition edition, IReadOnlyList<Capability> capabilities, FaultList faults)
    {
        string name = edition.Kernel.Name;
        if (!edition.HasKernel)
        {
            return (null, null, []);
        }
        if (new Catalog([.. edition.Folders, .. Folders]).FindFile("kernel", name) is string stock)
        {
            return (StockKernel.ReadPackage(stock, Shown(stock), edition, faults), null, [stock]);
        }
        KernelCatalog kernels = new([.. edition.Folders, .. Folders]);
        if (kernels.FindProfile(name) is string path)
        {
            KernelProfile? profile = kernels.Load(
                path, capabilities.SelectMany(c => c.KernelFragments.Concat(c.OptionalFragments)), faults);
            if (profile is not null && profile.Architecture != edition.Architecture.Name)
            {
                faults.Add(edition.Kernel.Place, $"kernel '{name}' is built for {profile.Architecture}, the edition is for {edition.Architecture}");
            }
            return (null, profile, profile?.Files ?? []);
        }
        if (name.Length > 0)
        {
            string[] names = [.. Names("kernel", YamlNames).Concat(kernels.ProfileNames()).Distinct().Order(StringComparer.Ordinal), Edition.NoKernel];
            faults.Add(edition.Kernel.Place, $"unknown kernel '{name}'{NearMiss.Suggestion(name, names)}; known: {string.Join(", ", names)}");
        }
        return (null, null, []);
    }

    /// <summary>
    /// The file of a capability: that of an init system, if it has one of its own (<c>capabilities/systemd/NAME.yaml</c>), else the one for
    /// all.
    /// </summary>
    private string? FindCapability(string name, InitSystemKind? init) =>
        (init is InitSystemKind kind ? FindFile(Path.Combine("capabilities", InitSystemNames.Of(kind)), name) : null)
            ?? FindFile("capabilities", name);

    private sealed class Resolution(Catalog catalog, InitSystemKind? init, FaultList faults)
    {
        private readonly Dictionary<string, bool> _state = new(StringComparer.Ordinal); // false: being visited
        private readonly List<string> _path = [];

        public List<Capability> Ordered { get; } = [];

        public List<string> Files { get; } = [];

        public Dictionary<string, string> RequiredBy { get; } = new(StringComparer.Ordinal);

        public void Add(Reference reference, string? requiredBy)
        {
            string name = reference.Name;
            if (_state.TryGetValue(name, out bool done))
            {
                if (!done)
                {
                    string circle = string.Join(" → ", _path.SkipWhile(p => p != name));
                    faults.Add(reference.Place, $"capabilities require each other in a circle: {circle} → {name}");
                }
                return;
            }
            if (catalog.FindCapability(name, init) is not string path)
            {
                IReadOnlyList<string> known = catalog.CapabilityNames(init);
                faults.Add(reference.Place, $"unknown capability '{name}'{NearMiss.Suggestion(name, known)}");
                _state[name] = true;
                return;
            }
            _state[name] = false;
            Files.Add(path);
            _path.Add(name);
            Capability? capability = CapabilityFile.Load(path, Shown(path), faults);
            foreach (Reference required in capability?.Requires ?? [])
            {
                Add(required, name);
            }
            _path.RemoveAt(_path.Count - 1);
            _state[name] = true;
            if (requiredBy is not null)
            {
                RequiredBy.TryAdd(name, requiredBy);
            }
            if (capability is not null)
            {
                Ordered.Add(capability);
            }
        }
    }
}
