using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Core.Progress;
using Strata.Editions.Building;
using Strata.Editions.Guests;
using Strata.Editions.Locks;
using Strata.Editions.Measuring;
using Strata.Editions.Testing;
using Strata.Editions.Verifying;
using Strata.Kernel.Building;
using Strata.Kernel.Hardening;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Packages.Tests;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Editions.Tests;

/// <summary>An edition that asks for package <c>hello</c> of an archive in memory, and a builder that makes no images.</summary>
internal sealed class Bench : IDisposable
{
    private static readonly IReadOnlyList<ToolSet> s_sets = ToolSet.LoadAll(Path.Combine(Repository.Root, "toolbox/tools.yaml"));

    private readonly TemporaryFolder _folder = new();

    public Bench()
    {
        Archive.AddSuite("trixie", "hello 1");
        Archive.AddSuite("trixie-updates", "");
        Archive.AddSuite("trixie-security", "");
        Services = MakeServices();
        Builder = new StandInBuilder(Archive.Store);
        Host = new GuestHost(Services, Set("run"), emulates: true) { TpmTools = Set("tpm"), ContainerTools = Set("container") };
        WriteEdition("one");
    }

    public FakeArchive Archive { get; } = new();

    public BuildServices Services { get; private set; }

    public StandInBuilder Builder { get; }

    public GuestHost Host { get; }

    public SaidLines Said { get; } = new();

    /// <summary>Where results go.</summary>
    public string Results => this["out"];

    /// <summary>Full path of something in the folder of the test.</summary>
    public string this[string relative] => _folder[relative];

    /// <summary>The edition in a folder of that name; editions of two folders have one name.</summary>
    public Blueprint Blueprint(string folder = "one") => Catalog.Load(_folder[folder]);

    private Catalog Catalog => new([_folder.Path, Repository.Root]);

    public void WriteEdition(string folder, string more = "") => Write(
        $"{folder}/edition.yaml",
        "edition: made\ntitle: Made\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [tool]\n" + more,
        $"{folder}/capabilities/tool.yaml",
        "capability: tool\ndescription: For a test\npackages:\n  hello: {}\n");

    /// <summary>The workflow, as a new start of the program has it: with the archive as it is then.</summary>
    public EditionBuilds Builds(bool isOffline = false)
    {
        Services = MakeServices();
        EditionLocks locks = new(Services);
        return new EditionBuilds(Services.Store, Builder, locks, new LockChoice(locks, Services, isOffline, trustsLock: true));
    }

    public EditionTests Tests() => new(Services, Builder, Builds(), Host, Catalog);

    public EditionVerification Verification() =>
        new(Services.Store, Builder, new LockChoice(new EditionLocks(Services), Services, isOffline: false, trustsLock: true), Said);

    public ReleaseVerification ReleaseVerification() =>
        new(Services.Store, Builder, new LockChoice(new EditionLocks(Services), Services, isOffline: false, trustsLock: true), Said);

    public EditionMeasurement Measurement() => new(Services, Builder, Builds(), new HardeningCatalog([Repository.Root]), Host);

    public void Write(params string[] pathsAndTexts)
    {
        foreach (string[] file in pathsAndTexts.Chunk(2))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(this[file[0]])!);
            File.WriteAllText(this[file[0]], file[1]);
        }
    }

    public void Dispose()
    {
        Archive.Dispose();
        _folder.Dispose();
    }

    private static ToolSet Set(string name) => s_sets.Single(s => s.Name == name);

    private BuildServices MakeServices()
    {
        ActionCache actions = new(Archive.Store);
        LockResolver resolver = new(
            () => new ArchiveMirrors([new Uri(FakeArchive.Root)], [new Uri(FakeArchive.Root)]),
            new ArchiveAccess
            {
                Downloader = Archive, Store = Archive.Store, VerifierOf = _ => Archive, Time = new StandingClock("2026-09-13"),
            },
            actions,
            SilentProgress.Instance);
        return new BuildServices
        {
            Store = Archive.Store,
            Actions = actions,
            Downloader = Archive,
            Resolver = resolver,
            Toolbox = new ToolboxInstaller(
                Path.Combine(Repository.Root, "toolbox"), Archive.Store, Archive, resolver, new PackageLister(Archive.Store, actions),
                SilentProgress.Instance),
            BuildTools = Set("build"),
            KernelTools = Set("kernel"),
            DevicePrograms = null!, // no edition of layers, no program taken
            Kernels = new KernelBuilder(Archive.Store, actions, SilentProgress.Instance, TimeProvider.System),
            ScriptRules = ScriptRules.Load(Path.Combine(Repository.Root, "effects/debian.yaml")),
            Progress = Said,
        };
    }
}

/// <summary>Keeps what a person would have been told.</summary>
internal sealed class SaidLines : IProgressReporter
{
    public List<string> Notes { get; } = [];

    public List<string> Warnings { get; } = [];

    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items) => SilentProgress.Instance;

    public void Note(string message) => Notes.Add(message);

    public void Warn(string message) => Warnings.Add(message);
}
