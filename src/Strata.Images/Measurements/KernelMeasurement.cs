using System.Text;
using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Sealing.Policies;
using Strata.Updates.State;

namespace Strata.Images.Measurements;

/// <summary>What PCR 11 becomes when a kernel image starts.</summary>
internal static class KernelMeasurement
{
    /// <summary>Its value when the stub hands over to the kernel: for each section its name with a NUL, then its bytes.</summary>
    public static Sha256Digest Of(IReadOnlyList<MeasuredSection> sections) =>
        Events(sections).Aggregate(default(Sha256Digest), KernelRegister.Extend);

    /// <summary>What extends it, in order.</summary>
    public static IEnumerable<Sha256Digest> Events(IReadOnlyList<MeasuredSection> sections) =>
        sections.SelectMany(s => new[] { Sha256Digest.Of(Encoding.ASCII.GetBytes(s.Name + '\0')), s.Digest });

    /// <summary>True when systemd is the init, which measures phases of its own.</summary>
    public static bool HasSystemd(Blueprint blueprint) => blueprint.Capabilities.Any(c => c.InitSystem?.Kind == InitSystemKind.Systemd);

    /// <summary>
    /// The phases that a system of an edition goes through: those of the initramfs where it opens encrypted state, and those of systemd.
    /// </summary>
    public static IEnumerable<string> PhasesOf(Blueprint blueprint)
    {
        bool isEncrypted = blueprint.Edition.State is { Encryption: not StateEncryption.None };
        return KernelRegister.Phases.Where(
            p => p is KernelRegister.EnterInitrd or KernelRegister.LeaveInitrd ? isEncrypted : HasSystemd(blueprint));
    }

    /// <summary>Its value in a phase: the words of all phases up to it.</summary>
    /// <param name="kernel">What <see cref="Of"/> said.</param>
    /// <param name="phase">One of <see cref="KernelRegister.Phases"/>.</param>
    public static Sha256Digest In(Sha256Digest kernel, string phase)
    {
        int last = KernelRegister.Phases.ToList().IndexOf(phase);
        ArgumentOutOfRangeException.ThrowIfNegative(last, nameof(phase));
        return KernelRegister.Phases.Take(last + 1).Aggregate(kernel, KernelRegister.Enter);
    }
}
