using System.CommandLine;
using Strata.Blueprints;
using Strata.Cli.Commands.Trust;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Publishing;
using Strata.Images.Building;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Cli.Commands;

/// <summary>What <c>push --json</c> prints.</summary>
internal sealed record PushSummary(string Reference, string Digest, IReadOnlyList<PushRow> Images);

/// <summary>An image of it, and the types of the documents that were sent with it.</summary>
internal sealed record PushRow(string Edition, string Architecture, string Digest, IReadOnlyList<string> Referrers);

/// <summary><c>strata push</c>: an edition as a container image to a registry.</summary>
internal static class PushCommand
{
    public static Command Create()
    {
        Argument<string> reference = new("reference")
        {
            Description = "Where to: REGISTRY/NAME:TAG; the tag is the edition's version when none is said", HelpName = "reference",
        };
        EditionArguments editions = new("edition")
        {
            Description = "The edition, by name or folder; several, each for another architecture, become one index", HelpName = "edition",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> imageOnly = new("--image-only") { Description = "Send no bills of materials and no provenance with it" };
        Option<bool> plainHttp = new("--plain-http") { Description = "The registry has no TLS: for one on this machine or in a test" };
        Option<string?> keys = new("--keys")
        {
            Description = "Sign the provenance with the key 'release' of this folder ('strata keys new')", HelpName = "folder",
        };
        Option<string?> passphrase = PassphraseInput.Option();
        Option<bool> json = CommonOptions.Json();
        Command command = new("push", "Build an edition as a container image and send it to a registry")
        {
            reference, editions, imageOnly, plainHttp, keys, passphrase, CommonOptions.Locked, json,
        };
        command.SetAction(async (result, token) =>
        {
            ImageReference target = ImageReference.Parse(result.GetValue(reference)!);
            using CertifiedKey? release = result.GetValue(keys) is string folder
                ? ReleaseKeys.OpenOrFail(new KeyFolder(folder), result.GetValue(passphrase)) : null;
            PushResult pushed = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                List<BuildResult> builds = [];
                foreach (string name in result.GetValue(editions)!)
                {
                    Blueprint blueprint = workspace.Catalog.Load(name);
                    builds.Add(await workspace.Builds.BuildAsync(
                        blueprint, result.GetValue(CommonOptions.Locked), ImageKind.Oci, results: null, token));
                }
                return await workspace.Push.SendAsync(
                    builds, target, !result.GetValue(imageOnly), ReleaseKeys.SignerOf(release), result.GetValue(plainHttp), token);
            });
            if (result.GetValue(json))
            {
                Terminal.Json(
                    new PushSummary(
                        pushed.Reference.ToString(), "sha256:" + pushed.Digest,
                        [.. pushed.Images.Select(i => new PushRow(i.Edition, i.Architecture, "sha256:" + i.Digest, i.Referrers))]),
                    CliJson.Default.PushSummary);
                return 0;
            }
            foreach (PushedImage image in pushed.Images)
            {
                Terminal.Line($"{image.Edition} for {image.Architecture}: sha256:{image.Digest}"
                    + (image.Referrers.Count > 0 ? $", with {image.Referrers.Count} documents" : ""));
            }
            Terminal.Line($"{pushed.Reference}@sha256:{pushed.Digest}");
            return 0;
        });
        command.WithHelp(
            ("Examples",
            [
                "strata push registry.example.org/team/shell:1.0 container-shell",
                "strata push registry.example.org/team/app ./app ./app-arm64",
                "strata push registry.example.org/team/app ./app --keys ~/keys",
                "strata push localhost:5000/shell container-shell --plain-http",
            ]),
            ("Credentials",
            [
                "Those of 'podman login', 'docker login' and 'skopeo login', with their helpers;",
                "REGISTRY_AUTH_FILE names another file.",
            ]));
        return command;
    }
}
