using Strata.Composition.Ledger;
using Strata.Composition.Trees;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Kernel.Building;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Toolbox;

namespace Strata.Composition;

/// <summary>What a builder works with.</summary>
public sealed record BuildServices
{
    /// <summary>Holds everything.</summary>
    public required ObjectStore Store { get; init; }

    /// <summary>Remembers results.</summary>
    public required ActionCache Actions { get; init; }

    /// <summary>Fetches packages.</summary>
    public required IDownloader Downloader { get; init; }

    /// <summary>Chooses packages.</summary>
    public required LockResolver Resolver { get; init; }

    /// <summary>Unpacks tools.</summary>
    public required ToolboxInstaller Toolbox { get; init; }

    /// <summary>Tools that shape images.</summary>
    public required ToolSet BuildTools { get; init; }

    /// <summary>Source and compiler of kernels.</summary>
    public required ToolSet KernelTools { get; init; }

    /// <summary>Builds kernels.</summary>
    public required KernelBuilder Kernels { get; init; }

    /// <summary>What is known about maintainer scripts.</summary>
    public required ScriptRules ScriptRules { get; init; }

    /// <summary>Makes programs of the device: the early init of an edition of layers, and those that capabilities take.</summary>
    public required IDevicePrograms DevicePrograms { get; init; }

    /// <summary>Opens a reader for contents of trees: of packages, of the store, of capabilities.</summary>
    public IContentReader OpenContents() => new PackageContentReader(Store.OpenRead);

    /// <summary>Opens a reader for the few contents that decide what an image is; it keeps them apart from their packages.</summary>
    public IContentReader OpenKept() => new KeptContents(Store);

    /// <summary>Told what is being done.</summary>
    public IProgressReporter Progress { get; init; } = SilentProgress.Instance;
}
