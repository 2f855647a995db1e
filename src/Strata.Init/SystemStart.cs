using System.Globalization;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Layers;
using Strata.Init.Modules;
using Strata.Init.Reports;
using Strata.Init.Root;
using Strata.Init.Sealed;
using Strata.Init.State;
using Strata.Init.Stores;
using Strata.Updates.Releases;
using Strata.Updates.State;

namespace Strata.Init;

/// <summary>From the kernel's first program to the system's own init. Each step is one decision taken elsewhere and the calls that follow from it.</summary>
/// <param name="screen">Where people look.</param>
internal sealed class SystemStart(Screen screen)
{
    private readonly List<string> _problems = [];
    private readonly BlockDevices _devices = new();
    private readonly long _start = Environment.TickCount64;
    private BootPhase? _phase;
    private bool _isPhaseOver; // or there is none

    /// <summary>What the command line asks; defaults until it could be read.</summary>
    public BootOptions Options { get; private set; } = new();

    /// <summary>Edition and version for messages; empty until they are known.</summary>
    public string What { get; private set; } = "";

    /// <summary>What was not as asked, so far.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Starts the system. Returns only by an exception.</summary>
    /// <param name="arguments">What the kernel passed to this program.</param>
    /// <exception cref="StrataException">It cannot be started.</exception>
    public void Run(IReadOnlyList<string> arguments)
    {
        MountBasics();
        screen.Open();
        Options = BootOptionsParser.Parse(Files.ReadText("/proc/cmdline"));
        screen.IsQuiet = Options.IsQuiet && !Options.IsDebug;
        Note(Options.Problems);
        StatePlan? plan = StateStart.ReadPlan();
        if (plan is { Init.Length: > 0 })
        {
            StartInitramfs(plan, arguments);
            return;
        }
        Release release = ReadRelease();
        What = $"{release.Edition} {release.Version}";
        screen.Tell($"starting {What}");
        Note(LoadModules());
        TrialStart.Guard(Options);
        EnterPhase(plan);

        LayerSelection selection = LayerSelection.Of(release, Options.Caps);
        Note(selection.Problems);
        Guid bootPartition = BootPartition.Find();
        StoreFinder finder = new(Options, screen, release, bootPartition, _devices, problem => Note([problem]));
        finder.FindFirst();
        if (Options.IsCopiedToMemory)
        {
            List<string> problems = [];
            MemoryStore.Fill(selection.Layers, finder, screen, problems);
            Note(problems);
        }
        screen.Tell($"layers from {finder.Stores[0].Describe()}");
        List<string> mounted = [];
        IReadOnlyList<LayerFate> fates = LayerPlan.Of(release, selection.Layers, layer => Open(layer, finder, mounted));
        if (LayerPlan.Refusal(fates, Options.IsStrict, finder.Stores) is BootException refusal)
        {
            throw refusal;
        }
        finder.ReleaseUnused();
        BlockDevice? named = plan is null && Options.Changes == ChangesKind.Partition ? finder.FindState() : null;
        string? storeDisk = finder.Stores[0].Device?.Disk;
        OpenedState? state = plan is null ? null : OpenState(plan, bootPartition, storeDisk);
        Action<string>? fill = state is null ? null : upper => MachineSecrets.PlaceIdentity(mounted, upper, state.Folder);
        string? upon = plan is { IsEverything: true } ? state?.Folder : null;
        RootBuilder.Build(mounted, Options, release.Edition, named, finder.Stores, upon, fill);
        string program = RootSwitch.FindInit(Options.Init);
        if (plan is not null)
        {
            StateStart.Bring(RootBuilder.MountPoint, state, plan, _problems, problem => Note([problem]));
        }
        BootReport report = new()
        {
            Release = release,
            Store = finder.Stores[0],
            Layers = fates,
            Options = plan is null || Options.Changes == ChangesKind.None ? Options
                : Options with { Changes = plan.IsEverything && state is not null ? ChangesKind.Partition : ChangesKind.Memory },
            Problems = _problems,
            Milliseconds = Environment.TickCount64 - _start,
        };
        Files.Write(BootReport.Path, report.ToJson());
        screen.Tell(string.Create(CultureInfo.InvariantCulture, $"{mounted.Count} layers after {report.Milliseconds} ms; starting {program}"));
        TrialStart.HandOver(RootBuilder.MountPoint);
        try
        {
            RootSwitch.Go(program, BootOptionsParser.ForInit(arguments));
        }
        catch (PosixException e)
        {
            throw new BootException($"cannot hand over to {program}: {e.Message}", [], ["The layers that were chosen may be no whole system; check caps= and init= on the kernel command line."]);
        }
    }

    /// <summary>Starts a system that is all in the initramfs, with its state.</summary>
    private void StartInitramfs(StatePlan plan, IReadOnlyList<string> arguments)
    {
        What = plan.Edition;
        Note(LoadModules());
        TrialStart.Guard(Options);
        EnterPhase(plan);
        OpenedState? state = OpenState(plan, BootPartition.Find(), null);
        bool isUpon = plan.IsEverything && state is not null;
        if (isUpon)
        {
            RootBuilder.BuildUponInitramfs(state!.Folder);
        }
        StateStart.Bring(isUpon ? RootBuilder.MountPoint : "/", state, plan, _problems, problem => Note([problem]));
        string program = Options.Init ?? plan.Init;
        screen.Tell(string.Create(CultureInfo.InvariantCulture, $"state after {Environment.TickCount64 - _start} ms; starting {program}"));
        TrialStart.HandOver(isUpon ? RootBuilder.MountPoint : "/");
        try
        {
            IReadOnlyList<string> passed = BootOptionsParser.ForInit(arguments);
            if (isUpon)
            {
                RootSwitch.Go(program, passed, isOldRootNeeded: true);
            }
            RootSwitch.Become(program, passed);
        }
        catch (PosixException e)
        {
            throw new BootException($"cannot hand over to {program}: {e.Message}", [], ["Check init= on the kernel command line."]);
        }
    }

    /// <summary>Ends the phase in which the TPM opens state; before anything else than this program runs.</summary>
    public void LeavePhase()
    {
        if (!_isPhaseOver)
        {
            // a start that failed before it began: whoever gets a shell now could begin it
            (_phase ?? BootPhase.Enter(problem => Note([problem]))).Leave();
        }
        _isPhaseOver = true;
        _phase = null;
    }

    // in every start of such an edition, also when its state is left out: else the system itself could begin the phase
    private void EnterPhase(StatePlan? plan)
    {
        _isPhaseOver = plan is not { Encryption: not StateEncryption.None };
        _phase = _isPhaseOver ? null : BootPhase.Enter(problem => Note([problem]));
        _phase?.RequireFloor(What);
    }

    private OpenedState? OpenState(StatePlan plan, Guid bootPartition, string? storeDisk)
    {
        try
        {
            return StateStart.Open(plan, Options, screen, bootPartition, _devices, storeDisk, _phase, problem => Note([problem]));
        }
        finally
        {
            LeavePhase();
        }
    }

    private string? Open(ReleaseLayer layer, StoreFinder finder, List<string> mounted)
    {
        long start = Environment.TickCount64;
        string? why = null;
        string before = "";
        foreach (LayerStore store in finder.StoresFor(layer))
        {
            if (why is not null)
            {
                Note([$"layer {layer.Name} {why}; {store.Name} is tried instead of {before}"]);
            }
            try
            {
                mounted.Add(LayerOpener.Open(layer, store, Options));
                if (Options.IsDebug)
                {
                    long time = Environment.TickCount64 - start;
                    screen.Tell(string.Create(CultureInfo.InvariantCulture, $"layer {layer.Name} mounted after {time} ms"));
                }
                return null;
            }
            catch (LayerFault fault)
            {
                (why, before) = (fault.Message, store.Name);
            }
        }
        Note([$"layer {layer.Name} {why}; it is left out"]);
        return why;
    }

    private static void MountBasics()
    {
        Basic("proc", "/proc", Mounts.NoSuid | Mounts.NoDev | Mounts.NoExec);
        Basic("sysfs", "/sys", Mounts.NoSuid | Mounts.NoDev | Mounts.NoExec);
        Basic("devtmpfs", "/dev", Mounts.NoSuid | Mounts.NoExec);
        Basic("tmpfs", "/run", Mounts.NoSuid | Mounts.NoDev, ("mode", "0755"));
        Files.MakeDirectories("/run/strata");
        foreach (string parts in (ReadOnlySpan<string>)[LayerOpener.MountFolder, StoreFinder.MountFolder, RootBuilder.ChangesFolder])
        {
            Files.MakeDirectories(parts, Files.Private); // what the root is made of would show files that it hides
        }
    }

    private static void Basic(string type, string target, int attributes, params ReadOnlySpan<(string, string?)> parameters)
    {
        try
        {
            Mounts.Mount(type, target, attributes, parameters);
        }
        catch (PosixException e) when (e.Error != PosixError.Busy) // busy: it is mounted already
        {
            throw new BootException(
                $"cannot mount {type} on {target}: {e.Message}", [], ["The kernel lacks a part that every system needs; take another kernel."]);
        }
        catch (PosixException)
        {
            // mounted by the kernel
        }
    }

    private static Release ReadRelease()
    {
        byte[] text = Files.TryRead(Release.InitrdPath, Release.MaxBytes + 1)
            ?? throw new BootException(
                $"cannot learn what to start: the initramfs has no {Release.InitrdPath}", [], ["The boot image is not complete; build or write it anew."]);
        try
        {
            return ReleaseReader.Read(text);
        }
        catch (ImageFormatException e)
        {
            throw new BootException($"cannot learn what to start: {Release.InitrdPath}: {e.Message}", [], ["The boot image is damaged; build or write it anew."]);
        }
    }

    private IReadOnlyList<string> LoadModules()
    {
        try
        {
            return Files.TryRead(ModuleList.Path, ModuleList.MaxBytes + 1) is byte[] text ? ModuleLoader.Load(ModuleList.Parse(text), Options.IsDebug) : [];
        }
        catch (ImageFormatException e)
        {
            return [$"cannot load kernel modules: {ModuleList.Path}: {e.Message}"];
        }
    }

    private void Note(IReadOnlyList<string> problems)
    {
        foreach (string problem in problems)
        {
            _problems.Add(problem);
            screen.Warn(problem);
        }
    }
}
