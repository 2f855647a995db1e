using Strata.Core;

namespace Strata.Kernel.Profiles;

/// <summary>A kernel in few words: <c>kernel/profiles/NAME.yaml</c>.</summary>
public sealed record KernelProfile
{
    /// <summary>Its name: lower-case letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Description { get; init; }

    /// <summary>Its file as shown to people.</summary>
    public required string File { get; init; }

    /// <summary>Target of the kernel's own makefile that it starts from: <c>tinyconfig</c>.</summary>
    public string Base { get; init; } = "tinyconfig";

    /// <summary>Debian architecture of the kernel.</summary>
    public string Architecture { get; init; } = "amd64";

    /// <summary>Names of the profiles whose sum it begins with, the nearest first.</summary>
    public IReadOnlyList<string> Extends { get; init; } = [];

    /// <summary>Its fragments, in order.</summary>
    public IReadOnlyList<KernelFragment> Fragments { get; init; } = [];

    /// <summary>Names of the fragments whose drivers become modules.</summary>
    public IReadOnlySet<string> ModularFragments { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Its own lines and those of the profiles that it extends, one for each symbol; they overrule every fragment.</summary>
    public IReadOnlyList<PlacedLine> Lines { get; init; } = [];

    /// <summary>Largest kernel image; null for none.</summary>
    public ByteSize? ImageBudget { get; init; }

    /// <summary>Largest sum of all modules, each packed with xz; null for none.</summary>
    public ByteSize? ModulesBudget { get; init; }

    /// <summary>Largest sum of the kernel image and all modules, the modules compressed like it; null for none.</summary>
    public ByteSize? TotalBudget { get; init; }

    /// <summary>Full paths of every file that was read for it.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}
