using System.Text;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Sealing.Policies;

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
