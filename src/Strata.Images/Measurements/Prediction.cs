using System.Security.Cryptography.X509Certificates;
using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Formats.Streams;
using Strata.Sealing.Policies;
using Strata.Trust.Measurements;

namespace Strata.Images.Measurements;

/// <summary>What a TPM will hold when an image has started by UEFI firmware.</summary>
internal static class Prediction
{
    /// <summary>Works it out.</summary>
    /// <param name="blueprint">Names of the release, and the phases of its system.</param>
    /// <param name="uki">The kernel image as it lies on the medium: seekable.</param>
    /// <param name="bootProgram">What starts it; null when firmware does itself.</param>
    /// <param name="enrolment">What firmware is told to believe; empty for an image that nobody signed.</param>
    /// <param name="signer">Whose signature it has; null for none.</param>
    /// <exception cref="ImageFormatException">What is measured of the image cannot be told.</exception>
    public static ExpectedMeasurements Of(
        Blueprint blueprint, Stream uki, byte[]? bootProgram, IReadOnlyDictionary<string, byte[]> enrolment, X509Certificate2? signer)
    {
        ExpectedEvent[] programs =
        [
            .. bootProgram is null ? [] : new[] { new ExpectedEvent("boot program", Authenticode.Digest(new MemoryStream(bootProgram))) },
            new("kernel image", Authenticode.Digest(uki)),
        ];
        List<ExpectedRegister> registers = [];
        if (signer is not null)
        {
            registers.Add(new ExpectedRegister(
                FirmwareMeasurements.Programs, MeasuredCase.SecureBoot, FirmwareMeasurements.OfPrograms(programs)));
        }
        // without Secure Boot the stub has firmware load the kernel, which measures it; with it the stub vouches for what it carries
        registers.Add(new ExpectedRegister(
            FirmwareMeasurements.Programs, MeasuredCase.Open, FirmwareMeasurements.OfPrograms([.. programs, KernelOf(uki)])));
        if (signer is not null && FirmwareMeasurements.OfKeys(enrolment, signer) is { } keys)
        {
            registers.Add(new ExpectedRegister(FirmwareMeasurements.Keys, MeasuredCase.SecureBoot, keys));
        }
        registers.Add(new ExpectedRegister(FirmwareMeasurements.Keys, MeasuredCase.Open, FirmwareMeasurements.WithoutKeys));
        registers.AddRange(OfKernel(MeasuredSections.Read(uki), KernelMeasurement.PhasesOf(blueprint)));
        registers.AddRange(((int[])[12, 13]).Select(r => new ExpectedRegister(r, MeasuredCase.NothingPassed, [])));
        Edition edition = blueprint.Edition;
        return new ExpectedMeasurements(edition.Name, edition.Version, edition.SecurityVersion, registers);
    }

    private static IEnumerable<ExpectedRegister> OfKernel(IReadOnlyList<MeasuredSection> sections, IEnumerable<string> phases)
    {
        List<ExpectedEvent> events =
        [
            .. sections.SelectMany(s => KernelMeasurement.Events([s]).Zip(
                [$"name of section {s.Name}", $"section {s.Name}"], (digest, what) => new ExpectedEvent(what, digest))),
        ];
        yield return new ExpectedRegister(KernelRegister.Number, MeasuredCase.Kernel, [.. events]);
        foreach (string phase in phases)
        {
            events.Add(new ExpectedEvent($"phase {phase}", Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(phase))));
            yield return new ExpectedRegister(KernelRegister.Number, phase, [.. events]);
        }
    }

    private static ExpectedEvent KernelOf(Stream uki)
    {
        PeSection linux = PeImage.Read(uki).Sections.First(s => s.Name == ".linux");
        // as the stub hands it over: the section, which has the size of its bytes (UkiPlan)
        return new ExpectedEvent("kernel in the image", Authenticode.Digest(new RangeStream(uki, linux.RawOffset, linux.ContentSize)));
    }
}
