using Strata.Core;
using Strata.Formats.Tcg;
using Strata.Trust.Measurements;

namespace Strata.Trust.Attestation;

/// <summary>
/// Compares what a machine says of its start with what a release says that it does. The log is believed only as far as it explains the
/// registers; that the registers are those of a TPM is for others to prove.
/// </summary>
public static class Attestation
{
    private const int KernelRegister = 11;

    /// <summary>Compares.</summary>
    /// <param name="log">The machine's event log.</param>
    /// <param name="values">The machine's registers.</param>
    /// <param name="expected">What the release said.</param>
    public static AttestationReport Compare(EventLog log, IReadOnlyDictionary<int, Sha256Digest> values, ExpectedMeasurements expected)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(expected);
        IReadOnlyList<Sha256Digest> replayed = log.Replay();
        return new AttestationReport(SecureBootOf(log), [.. Numbers(values, expected).Select(number =>
        {
            ExpectedRegister[] cases = [.. expected.Registers.Where(r => r.Register == number)];
            if (!values.TryGetValue(number, out Sha256Digest value))
            {
                return new AttestedRegister(number, default, RegisterStanding.Different, null, "the machine does not tell it");
            }
            return cases.Length == 0 ? WithoutExpectation(number, value, replayed[number])
                : Judge(number, value, cases, log, replayed[number]);
        })]);
    }

    private static IEnumerable<int> Numbers(IReadOnlyDictionary<int, Sha256Digest> values, ExpectedMeasurements expected) =>
        values.Keys.Concat(expected.Registers.Select(r => r.Register)).Distinct().Order();

    private static AttestedRegister WithoutExpectation(int number, Sha256Digest value, Sha256Digest replayed) => value == replayed
        ? new AttestedRegister(number, value, RegisterStanding.Explained, null, null)
        : new AttestedRegister(
            number, value, RegisterStanding.Unexplained, null,
            number > 7 ? "extended by the running system" : "the log does not explain it: an event is missing there, or was made up");

    private static AttestedRegister Judge(
        int number, Sha256Digest value, ExpectedRegister[] cases, EventLog log, Sha256Digest replayed)
    {
        // a release for Secure Boot is expected to start with it
        ExpectedRegister? secure = cases.FirstOrDefault(c => c.Case == MeasuredCase.SecureBoot);
        ExpectedRegister[] good = secure is null ? cases : [secure];
        if (good.FirstOrDefault(c => c.Value == value) is ExpectedRegister found)
        {
            string? doubt = IsExplained(found, replayed) ? null : "the log does not explain it, although it is what was expected";
            return new AttestedRegister(
                number, value, doubt is null ? RegisterStanding.Expected : RegisterStanding.Different, found.Case, doubt);
        }
        if (cases.FirstOrDefault(c => c.Value == value) is ExpectedRegister other)
        {
            return new AttestedRegister(
                number, value, RegisterStanding.Different, null,
                $"it is that of a start of another kind: '{other.Case}', not '{secure!.Case}'");
        }
        (int Number, LoggedEvent Event)[] logged =
            [.. log.Events.Select((e, i) => (Number: i + 1, Event: e)).Where(e => e.Event.Register == number && e.Event.Extends)];
        ExpectedRegister nearest = good[0]; // the first of register 11 is the kernel's own, before any phase
        return new AttestedRegister(
            number, value, RegisterStanding.Different, null,
            replayed != value && !IsPhases(nearest, logged) ? "the log does not explain it: an event is missing there, or was made up"
                : DifferenceOf(nearest, logged));
    }

    // phases are measured by the running system, which does not add to the log of the firmware
    private static bool IsExplained(ExpectedRegister found, Sha256Digest replayed)
    {
        Sha256Digest value = default;
        foreach (ExpectedEvent e in found.Events)
        {
            if (found.Register == KernelRegister && value == replayed)
            {
                return true;
            }
            value = ExpectedRegister.Extend(value, e.Digest);
        }
        return value == replayed;
    }

    private static bool IsPhases(ExpectedRegister nearest, (int Number, LoggedEvent Event)[] logged) =>
        nearest.Register > 7 && nearest.Events.Select(e => e.Digest).SequenceEqual(logged.Select(l => l.Event.Digest));

    private static string DifferenceOf(ExpectedRegister expected, (int Number, LoggedEvent Event)[] logged)
    {
        for (int i = 0; i < Math.Max(expected.Events.Count, logged.Length); i++)
        {
            ExpectedEvent? wanted = i < expected.Events.Count ? expected.Events[i] : null;
            if (i == logged.Length)
            {
                return $"'{wanted!.What}' was not measured";
            }
            if (wanted?.Digest == logged[i].Event.Digest)
            {
                continue;
            }
            string said = logged[i].Event.Text is { Length: > 0 } text ? $" '{text}'" : "";
            string name = $"event {logged[i].Number} ({logged[i].Event.TypeName}{said})";
            return wanted is null ? $"{name} is one more than expected"
                : logged.Skip(i).Any(l => l.Event.Digest == wanted.Digest) ? $"{name} was not expected before '{wanted.What}'"
                : $"{name} is not the expected '{wanted.What}'";
        }
        return "the events are those expected, and it was extended by something after them";
    }

    private static bool? SecureBootOf(EventLog log) => log.Events.FirstOrDefault(e => e is
    {
        Register: FirmwareMeasurements.Keys, TypeName: "EV_EFI_VARIABLE_DRIVER_CONFIG", Text: "SecureBoot",
    }) is LoggedEvent said
        ? !said.Data.IsEmpty && said.Data.Span[^1] == 1 : null;
}
