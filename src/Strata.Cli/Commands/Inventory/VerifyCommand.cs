using System.CommandLine;
using System.Globalization;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Verifying;
using Strata.Images.Steps;
using Strata.Measure.Bytes;

namespace Strata.Cli.Commands.Inventory;

/// <summary>What <c>verify --json</c> prints.</summary>
/// <param name="Outcome"><c>same</c>, <c>differs</c>, or <c>unknown</c> when nobody can tell.</param>
/// <param name="Edition">What the image was compared with.</param>
/// <param name="Version">Its version.</param>
/// <param name="Kind">What the image is.</param>
/// <param name="Lock">SHA-256 of the lock.</param>
/// <param name="Files">The image, or all files of a folder.</param>
/// <param name="Problem">Why nobody can tell.</param>
internal sealed record VerifySummary(
    string Outcome, string? Edition = null, string? Version = null, string? Kind = null, string? Lock = null,
    IReadOnlyList<VerifiedRow>? Files = null, string? Problem = null);

/// <summary>
/// A file of it; without <paramref name="Rebuilt"/> it is not of the build, without <paramref name="Comparison"/> one is missing.
/// </summary>
internal sealed record VerifiedRow(string Path, string? Rebuilt, ByteComparison? Comparison);

/// <summary><c>strata verify</c>: whether an image is what its lock and blueprint make.</summary>
internal static class VerifyCommand
{
    private const int MostRows = 20;
    private const int CannotTell = 2;

    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Argument<string> image = new("image") { Description = "The image: a file, or a folder for the network", HelpName = "image" };
        Option<string?> lockFile = new("--lock")
        {
            Description = "The lock that it was built from; else strata.lock beside the image, else that of the edition",
            HelpName = "file",
        };
        Option<string?> kind = new("--image")
        {
            Description = $"What the image is, when its name does not tell: {string.Join(", ", ImageKind.Built.Select(k => k.Name))}",
        };
        kind.AcceptOnlyFromAmong([.. ImageKind.Built.Select(k => k.Name)]);
        Option<bool> json = CommonOptions.Json();
        Command command = new("verify", "Build an edition again from its lock and compare it with an image, byte for byte")
        {
            edition, image, lockFile, kind, json,
        };
        command.SetAction(async (result, token) =>
        {
            Verification verified;
            try
            {
                verified = await Terminal.WithProgressAsync(async progress =>
                {
                    using Workspace workspace = new(result, progress, SharedSteps.OfTheImage.Contains);
                    return await workspace.Verification.VerifyAsync(
                        workspace.Catalog.Load(result.GetValue(edition)!), result.GetValue(image)!, result.GetValue(lockFile),
                        ImageKind.Named(result.GetValue(kind) ?? ""), token);
                });
            }
            catch (Exception e) when (e is not UsageException && Environment.GetEnvironmentVariable("STRATA_DEBUG") is not { Length: > 0 })
            {
                // whatever it is: 1 would say that the image is another
                string problem = ProblemOf(e);
                if (result.GetValue(json))
                {
                    Terminal.Json(new VerifySummary("unknown", Problem: problem), CliJson.Default.VerifySummary);
                }
                Terminal.Error(problem, (e as StrataException)?.Hint);
                return CannotTell;
            }
            if (result.GetValue(json))
            {
                Terminal.Json(
                    new VerifySummary(
                        verified.IsSame ? "same" : "differs", verified.Edition, verified.Version, verified.Kind.Name,
                        verified.Lock.ToString(),
                        [.. verified.Files.Select(f => new VerifiedRow(f.Path, f.Rebuilt?.ToString(), f.Comparison))]),
                    CliJson.Default.VerifySummary);
            }
            else
            {
                Print(verified);
            }
            return verified.IsSame ? 0 : 1;
        });
        command.WithHelp(
            ("Examples",
            [
                "strata verify nano out/nano/nano.img",
                "strata verify nano nano.iso --lock strata.lock",
                "strata verify ./my-os my-os.img --store fresh-store",
                "strata verify container-shell container-shell.oci.tar --json",
            ]),
            ("Exit codes",
            [
                "0  the same, byte for byte",
                "1  something differs; it is named",
                "2  nobody can tell: the image, the lock or its packages cannot be had",
            ]));
        return command;
    }

    internal static string ProblemOf(Exception e) => e switch
    {
        StrataException or ImageFormatException or IOException or UnauthorizedAccessException => e.Message,
        OperationCanceledException => "interrupted",
        _ => $"a defect in strata: {e.GetType().Name}: {e.Message}",
    };

    internal static void Print(Verification verified)
    {
        foreach (VerifiedFile file in verified.Files)
        {
            if (file.Comparison is not ByteComparison comparison)
            {
                Terminal.Line($"{file.Path}: {(file.Rebuilt is null ? "the build makes no such file" : "missing")}");
            }
            else if (comparison.IsSame)
            {
                Terminal.Line($"{file.Path}: the same, {Number(comparison.RebuiltBytes)} bytes, sha256 {file.Rebuilt}");
            }
            else
            {
                Print(file.Path, comparison);
            }
        }
        Terminal.Line($"{verified.Edition} {verified.Version} as {verified.Kind.Title}, rebuilt from lock {verified.Lock.ToShortString()}: "
            + (verified.IsSame ? "the same" : "differs"));
    }

    private static void Print(string path, ByteComparison comparison)
    {
        Terminal.Line($"{path}: {Number(comparison.DifferentBytes)} bytes differ"
            + (comparison.GivenBytes == comparison.RebuiltBytes ? $" of {Number(comparison.RebuiltBytes)}"
            : $"; it has {Number(comparison.GivenBytes)}, the rebuilt one {Number(comparison.RebuiltBytes)}"));
        DifferentStructure first = comparison.Structures[0];
        Terminal.Line(
            $"  first: bytes {Number(first.Offset)} to {Number(first.Offset + first.Length - 1)}, in {string.Join(", ", first.Structure)}");
        Terminal.Line($"  given {Shown(first.Given)}, rebuilt {Shown(first.Rebuilt)}");
        new Terminal().Table(
            [new Column("first byte", true), new Column("bytes", true), "structure", "file", "what"],
            comparison.Structures.Take(MostRows).Select(s => (IReadOnlyList<string>)
                [Number(s.Offset), Number(s.DifferentBytes), string.Join(", ", s.Structure), s.File ?? "", s.Detail ?? ""]));
        if (comparison.Structures.Count > MostRows)
        {
            Terminal.Line($"... and {comparison.Structures.Count - MostRows} more structures (--json has them)");
        }
    }

    private static string Shown(string digits) => digits.Length > 0 ? digits : "nothing";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
