using System.CommandLine;
using System.Globalization;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Formats.Tcg;
using Strata.Trust.Attestation;
using Strata.Trust.Measurements;

namespace Strata.Cli.Commands.Trust;

/// <summary>What <c>attest --json</c> prints. <paramref name="SecureBoot"/> is null when the log does not say it.</summary>
internal sealed record AttestSummary(
    string Edition, string Version, bool AsExpected, bool? SecureBoot, IReadOnlyList<RegisterRow> Registers,
    IReadOnlyList<EventRow> Events);

/// <summary>A register. Standing: <c>expected</c>, <c>different</c>, <c>explained</c> (by the log) or <c>unexplained</c>.</summary>
internal sealed record RegisterRow(int Register, string Meaning, string Value, string Standing, string? Case, string? Finding);

/// <summary>An event of the log, numbered from 1.</summary>
internal sealed record EventRow(int Number, int Register, string Type, string Sha256, string Text);

/// <summary><c>strata attest</c>: what a machine measured of its start, compared with what the release said.</summary>
internal static class AttestCommand
{
    public static Command Create()
    {
        Option<string> log = new("--log")
        {
            Description = "The machine's /sys/kernel/security/tpm0/binary_bios_measurements", HelpName = "file", Required = true,
        };
        Option<string> pcrs = new("--pcrs")
        {
            Description = "Its registers, lines NUMBER:HEX: 'grep . *' in /sys/class/tpm/tpm0/pcr-sha256", HelpName = "file",
            Required = true,
        };
        Option<string> expect = new("--expect")
        {
            Description = "What 'strata build' wrote beside the image: NAME.measurements.json", HelpName = "file", Required = true,
        };
        Option<bool> events = new("--events") { Description = "Print the events of the log too" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("attest", "Compare what a machine measured of its start with what a release says")
        {
            log, pcrs, expect, events, json,
        };
        command.SetAction(result =>
        {
            ExpectedMeasurements expected = Read(
                result.GetValue(expect)!, ExpectedMeasurements.LargestText, b => ExpectedMeasurements.Read(b));
            IReadOnlyDictionary<int, Sha256Digest> values = Read(
                result.GetValue(pcrs)!, RegisterValues.LargestText, b => RegisterValues.Read(b));
            EventLog read = Read(result.GetValue(log)!, EventLog.LargestLog, b => EventLog.Read(b));
            AttestationReport report = Attestation.Compare(read, values, expected);
            if (result.GetValue(json))
            {
                Terminal.Json(SummaryOf(expected, report, read), CliJson.Default.AttestSummary);
            }
            else
            {
                Print(expected, report, read, result.GetValue(events));
            }
            return report.IsAsExpected ? 0 : 1;
        });
        return command.WithExamples(
            "ssh root@box cat /sys/kernel/security/tpm0/binary_bios_measurements > log",
            "ssh root@box 'cd /sys/class/tpm/tpm0/pcr-sha256 && grep . *' > pcrs",
            "strata attest --log log --pcrs pcrs --expect os.img.measurements.json");
    }

    private static void Print(ExpectedMeasurements expected, AttestationReport report, EventLog log, bool hasEvents)
    {
        Terminal terminal = new();
        if (hasEvents)
        {
            terminal.Table(
                [new Column("event", true), new Column("register", true), "kind", "sha256", "says"],
                SummaryOf(expected, report, log).Events.Select(e => (IReadOnlyList<string>)
                    [Number(e.Number), Number(e.Register), e.Type, e.Sha256[..16], e.Text]));
        }
        terminal.Table(
            [new Column("register", true), "holds", "sha256", "is"],
            report.Registers.Where(IsShown).Select(r => (IReadOnlyList<string>)
            [
                Number(r.Number), r.Meaning, r.Value.ToString()[..16],
                r.Case is string known && r.Standing == RegisterStanding.Expected ? $"as expected: {known}" : Word(r.Standing),
            ]));
        foreach (AttestedRegister register in report.Registers.Where(r => IsShown(r) && r.Finding is not null))
        {
            Terminal.Line($"register {Number(register.Number)}: {register.Finding}");
        }
        Terminal.Line(report.HasSecureBoot switch
        {
            true => "Secure Boot is on", false => "Secure Boot is off", null => "whether Secure Boot is on is not in the log",
        });
        Terminal.Line($"{(report.IsAsExpected ? "as" : "not as")} {expected.Edition} {expected.Version} said");
        Terminal.Note("The machine says this itself. Nothing here proves that its TPM does (docs/secure-boot.md).");
    }

    // registers that nothing ever extended say nothing
    private static bool IsShown(AttestedRegister register) =>
        register.Standing is RegisterStanding.Expected or RegisterStanding.Different
        || (register.Value != default && register.Value.Bytes.ContainsAnyExcept((byte)0xFF));

    private static AttestSummary SummaryOf(ExpectedMeasurements expected, AttestationReport report, EventLog log) => new(
        expected.Edition, expected.Version, report.IsAsExpected, report.HasSecureBoot,
        [.. report.Registers.Select(r => new RegisterRow(r.Number, r.Meaning, r.Value.ToString(), Word(r.Standing), r.Case, r.Finding))],
        [.. log.Events.Select((e, i) => new EventRow(i + 1, e.Register, e.TypeName, e.Digest.ToString(), e.Text))]);

    private static string Word(RegisterStanding standing) => standing.ToString().ToLowerInvariant();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static T Read<T>(string path, int most, Func<byte[], T> read)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = new byte[most + 1];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read(bytes[..count]);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read {path}: {e.Message}", "'strata attest --help' says where each file comes from.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read {path}: {(File.Exists(path) ? e.Message : "there is no such file")}", innerException: e);
        }
    }
}
