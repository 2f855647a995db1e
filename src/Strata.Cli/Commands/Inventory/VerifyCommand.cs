using System.CommandLine;
using System.Globalization;
using Strata.Blueprints;
using Strata.Cli.Commands.Trust;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Verifying;
using Strata.Images.Signing;
using Strata.Images.Steps;
using Strata.Measure.Bytes;
using Strata.Trust.Keys;

namespace Strata.Cli.Commands.Inventory;

/// <summary>What <c>verify --json</c> prints.</summary>
/// <param name="Outcome"><c>same</c>, <c>differs</c>, or <c>unknown</c> when nobody can tell.</param>
/// <param name="Edition">What the image was compared with.</param>
/// <param name="Version">Its version.</param>
/// <param name="Kind">What the image is.</param>
/// <param name="Lock">SHA-256 of the lock.</param>
/// <param name="Files">The image, or all files of a folder.</param>
/// <param name="Problem">Why nobody can tell.</param>
/// <param name="Release">What a published release says of itself; with <c>--published</c> only.</param>
internal sealed record VerifySummary(
    string Outcome, string? Edition = null, string? Version = null, string? Kind = null, string? Lock = null,
    IReadOnlyList<VerifiedRow>? Files = null, string? Problem = null, ReleaseRow? Release = null);

/// <summary>The statement of a published release.</summary>
/// <param name="Statement">Its file.</param>
/// <param name="SignedBy">Name in the certificate of who signed it; null when <c>--keys</c> did not ask for it.</param>
/// <param name="Tool">Version of strata that it names.</param>
/// <param name="NotAsStated">Files that are others than it says.</param>
internal sealed record ReleaseRow(string Statement, string? SignedBy, string Tool, IReadOnlyList<string> NotAsStated);

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
        Argument<string?> image = new("image")
        {
            Description = "The image: a file, or a folder for the network", HelpName = "image", Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> published = new("--published")
        {
            Description = "In place of an image: what was published there, an address or a folder with image, statement and lock",
            HelpName = "address",
        };
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
        Option<string?> keys = new("--keys")
        {
            Description = "Keys of who made it: 'release' must have signed what was published, 'db' signs what firmware starts once more",
            HelpName = "folder",
        };
        Option<string?> passphrase = PassphraseInput.Option();
        Option<bool> json = CommonOptions.Json();
        Command command = new("verify", "Build an edition again from its lock and compare it with an image, byte for byte")
        {
            edition, image, published, lockFile, kind, keys, passphrase, json,
        };
        command.SetAction(async (result, token) =>
        {
            string? address = result.GetValue(published);
            if (result.GetValue(image) is null == address is null || (address is not null && result.GetValue(lockFile) is not null))
            {
                throw new UsageException(
                    "cannot tell what to verify: expected either an image, or --published ADDRESS without --lock",
                    "What is published has its lock beside it; 'strata verify --help' shows both.");
            }
            Verification verified;
            VerifiedRelease? release = null;
            try
            {
                KeyFolder? owner = result.GetValue(keys) is string folder ? new KeyFolder(folder) : null;
                using ImageSigner? signer = owner is null ? null : ReleaseKeys.SignerOf(owner, result.GetValue(passphrase));
                verified = await Terminal.WithProgressAsync(async progress =>
                {
                    using Workspace workspace = new(result, progress, SharedSteps.OfTheImage.Contains, signer);
                    Blueprint blueprint = workspace.Catalog.Load(result.GetValue(edition)!);
                    if (address is null)
                    {
                        return await workspace.Verification.VerifyAsync(
                            blueprint, result.GetValue(image)!, result.GetValue(lockFile), ImageKind.Named(result.GetValue(kind) ?? ""),
                            token);
                    }
                    using PublishedRelease place = PublishedRelease.At(address);
                    release = await workspace.ReleaseVerification.VerifyAsync(
                        blueprint, place, BuildCommand.KindOf(result.GetValue(kind), blueprint.Edition),
                        owner is null ? [] : ReleaseKeys.Believed(owner), token);
                    if (release.IsSignedForFirmware && signer is null)
                    {
                        progress.Note("its image is signed for firmware: without that key or its signatures ('--keys') they differ");
                    }
                    return release.Image;
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
            bool isSame = release?.IsSame ?? verified.IsSame;
            if (result.GetValue(json))
            {
                Terminal.Json(
                    new VerifySummary(
                        isSame ? "same" : "differs", verified.Edition, verified.Version, verified.Kind.Name, verified.Lock.ToString(),
                        [.. verified.Files.Select(f => new VerifiedRow(f.Path, f.Rebuilt?.ToString(), f.Comparison))], null,
                        release is null ? null : new ReleaseRow(release.Statement, release.SignedBy, release.Tool, release.NotAsStated)),
                    CliJson.Default.VerifySummary);
            }
            else
            {
                Print(verified);
                if (release is not null)
                {
                    Print(release);
                }
            }
            return isSame ? 0 : 1;
        });
        command.WithHelp(
            ("Examples",
            [
                "strata verify nano out/nano/nano.img",
                "strata verify nano nano.iso --lock strata.lock",
                "strata verify nano --published https://example.org/nano/1.0",
                "strata verify nano --published /srv/nano --image iso --keys ~/their-keys",
                "strata verify ./my-os my-os.img --store fresh-store",
                "strata verify container-shell container-shell.oci.tar --json",
            ]),
            ("Exit codes",
            [
                "0  the same, byte for byte",
                "1  something differs; it is named",
                "2  nobody can tell: the image, the lock or its packages cannot be had,",
                "   or what was published is not signed by who should have",
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

    private static void Print(VerifiedRelease release)
    {
        foreach (string path in release.NotAsStated)
        {
            Terminal.Line($"{path}: not the file that {release.Statement} names");
        }
        Terminal.Line(release.SignedBy is string signer
            ? $"{release.Statement}: signed by {signer}"
            : $"{release.Statement}: nobody was asked for who signed it (--keys)");
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
