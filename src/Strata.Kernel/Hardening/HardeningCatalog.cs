using Strata.Core;
using Strata.Kernel.Profiles;

namespace Strata.Kernel.Hardening;

/// <summary>Finds the rules for hardening, and what profiles and fragments except themselves from.</summary>
/// <param name="folders">Searched in order; each may hold <c>kernel/rules/kspp.yaml</c> and <c>kernel/rules/exceptions/NAME.yaml</c>.</param>
public sealed class HardeningCatalog(IReadOnlyList<string> folders)
{
    /// <summary>The rules.</summary>
    /// <exception cref="StrataException">There are none, or they are faulty.</exception>
    public HardeningRules Rules() => HardeningRules.Load(
        Find("kernel", "rules", "kspp.yaml")
            ?? throw new StrataException("cannot find the rules for hardening: there is no kernel/rules/kspp.yaml"),
        "kernel/rules/kspp.yaml");

    /// <summary>
    /// The failures that a profile declares: those of the profile itself first, then of those it extends, whose words go before what a
    /// fragment says.
    /// </summary>
    /// <exception cref="StrataException">A file of them is faulty.</exception>
    public IReadOnlyList<HardeningException> ExceptionsOf(KernelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return
        [
            .. profile.Extends.Prepend(profile.Name).Select(n => (Name: n, IsShared: false))
                .Concat(profile.Fragments.Select(f => (f.Name, IsShared: true)))
                .SelectMany(e => Find("kernel", "rules", "exceptions", e.Name + ".yaml") is string path
                    ? HardeningRules.LoadExceptions(path, $"kernel/rules/exceptions/{e.Name}.yaml", e.IsShared)
                    : []),
        ];
    }

    private string? Find(params ReadOnlySpan<string> path)
    {
        string relative = Path.Combine(path);
        return folders.Select(f => Path.Combine(f, relative)).FirstOrDefault(File.Exists);
    }
}
