using Strata.Formats.Tcg;
using Strata.Testing;
using Strata.Trust.Attestation;
using Strata.Trust.Measurements;

namespace Strata.Fuzz.Targets;

/// <summary>What a machine tells of its start.</summary>
internal static class MeasurementTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("event-log", ReadLog, () => [File.ReadAllBytes(Path.Combine(Starts, "open.log"))])
        {
            Readers = [typeof(EventLog)], Words = ["Spec ID Event03\0", "StartupLocality\0"],
        },
        new FuzzTarget("registers", text => RegisterValues.Read(text), () => [File.ReadAllBytes(Path.Combine(Starts, "open.pcrs"))])
        {
            Readers = [typeof(RegisterValues)], Words = ["0x", ":", "sha256:", "\n"],
        },
        new FuzzTarget("measurements", ReadMeasurements, () => [File.ReadAllBytes(Path.Combine(Starts, "owned.measurements.json"))])
        {
            Readers = [typeof(ExpectedMeasurements)], Words = PackageTargets.s_jsonWords,
        },
    ];

    private static string Starts => Path.Combine(Repository.Root, "tests/Strata.Trust.Tests/Starts");

    private static void ReadLog(ReadOnlySpan<byte> bytes)
    {
        EventLog log = EventLog.Read(bytes.ToArray());
        foreach (LoggedEvent logged in log.Events)
        {
            Property.Holds(logged.Text.Length <= 120 && !logged.Text.Any(char.IsControl), "a text that a terminal would act on");
        }
        Property.Holds(log.Replay().Count == EventLog.Registers, "a log explains another number of registers than there are");
    }

    private static void ReadMeasurements(ReadOnlySpan<byte> text)
    {
        byte[] written = ExpectedMeasurements.Read(text).Write();
        Property.WritesTheSame(written, ExpectedMeasurements.Read(written).Write());
    }
}
