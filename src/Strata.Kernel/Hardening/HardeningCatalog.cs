using Strata.Core;
using Strata.Kernel.Profiles;

namespace Strata.Kernel.Hardening;

/// <summary>Finds the rules for kernels, and what profiles and fragments except themselves from.</summary>
/// <param name="folders">
/// Searched in order; each may hold <c>kernel/rules/NAME.yaml</c> and <c>kernel/rules/exceptions/NAME.yaml</c>.
/// </param>
public sealed class HardeningCatalog(IReadOnlyList<string> folders)
{
    /// <summary>Name of the rules for hardening; all others say what a program asks of the kernel that it runs on.</summary>
    public const string ForHardening = "kspp";

    /// <summary>Names of the programs whose rules there are, sorted.</summary>
    public IReadOnlyList<string> Programs() =>
    [
        .. folders.Select(f => Path.Combine(f, "kernel", "rules")).Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*.yaml")).Select(f => Path.GetFileNameWithoutExtension(f))
            .Where(n => n != ForHardening).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>The rules for hardening.</summary>
    /// <exception cref="StrataException">There are none, or they are faulty.</exception>
    public HardeningRules Rules() => Load(ForHardening)
        ?? throw new StrataException($"cannot find the rules for hardening: there is no kernel/rules/{ForHardening}.yaml");

    /// <summary>What a program asks of a kernel.</summary>
    /// <exception cref="StrataException">There are no such rules, or they are faulty.</exception>
    public HardeningRules RulesFor(string program)
    {
        IReadOnlyList<string> programs = Programs();
        return (programs.Contains(program) ? Load(program) : null) ?? throw new StrataException(
            $"cannot check a kernel for '{program}': nobody has written down what it asks{NearMiss.Suggestion(program, programs)}",
            $"Known: {string.Join(", ", programs)}. A file kernel/rules/{program}.yaml would say it.");
    }

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

    private HardeningRules? Load(string name) =>
        Find("kernel", "rules", name + ".yaml") is string path ? HardeningRules.Load(path, $"kernel/rules/{name}.yaml") : null;

    private string? Find(params ReadOnlySpan<string> path)
    {
        string relative = Path.Combine(path);
        return folders.Select(f => Path.Combine(f, relative)).FirstOrDefault(File.Exists);
    }
}
