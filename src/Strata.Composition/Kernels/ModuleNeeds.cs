namespace Strata.Composition.Kernels;

/// <summary>The other modules that a kernel module names in its module information, as the kernel has their names.</summary>
/// <remarks><c>depends=a,b</c>: modinfo(8). <c>softdep=pre: a b post: c</c>: modprobe.d(5).</remarks>
/// <param name="Required">It cannot be loaded before these.</param>
/// <param name="WishedBefore">If there, they should be loaded before it.</param>
/// <param name="WishedAfter">If there, they should be loaded after it.</param>
public sealed record ModuleNeeds(IReadOnlyList<string> Required, IReadOnlyList<string> WishedBefore, IReadOnlyList<string> WishedAfter)
{
    private const string Depends = "depends=";
    private const string SoftDependency = "softdep=";

    /// <summary>All of them.</summary>
    public IEnumerable<string> All => Required.Concat(Wished);

    /// <summary>Those that may be missing.</summary>
    public IEnumerable<string> Wished => WishedBefore.Concat(WishedAfter);

    /// <summary>Reads module information.</summary>
    /// <param name="info"><c>key=value</c> each.</param>
    public static ModuleNeeds Of(IEnumerable<string> info)
    {
        ArgumentNullException.ThrowIfNull(info);
        List<string> required = [];
        List<string> before = [];
        List<string> after = [];
        foreach (string line in info)
        {
            if (line.StartsWith(Depends, StringComparison.Ordinal))
            {
                required.AddRange(
                    line[Depends.Length..].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(KernelModules.ModuleName));
            }
            else if (line.StartsWith(SoftDependency, StringComparison.Ordinal))
            {
                List<string>? named = null; // words in front of both marks mean nothing
                foreach (string word in line[SoftDependency.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (word is "pre:" or "post:")
                    {
                        named = word == "pre:" ? before : after;
                    }
                    else
                    {
                        named?.Add(KernelModules.ModuleName(word));
                    }
                }
            }
        }
        return new ModuleNeeds(required, before, after);
    }
}
