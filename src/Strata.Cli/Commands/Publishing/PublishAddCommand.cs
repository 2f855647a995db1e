using System.CommandLine;
using System.Globalization;
using Strata.Blueprints;
using Strata.Cli.Commands.Trust;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Building;
using Strata.Images.Building;
using Strata.Images.Signing;
using Strata.Inventory.Bills;
using Strata.Publishing.Folders;
using Strata.Publishing.Keys;
using Strata.Publishing.Releases;
using Strata.Trust.Keys;
using Strata.Tuf.Publishing;
using Strata.Updates.Releases;

namespace Strata.Cli.Commands.Publishing;

/// <summary>
/// What <c>publish add --json</c> prints. Sizes in bytes; <paramref name="Published"/> is false for what waits for signatures, and for what
/// was published before.
/// </summary>
internal sealed record PublishSummary(
    string Edition, string Version, string Architecture, long Counter, long SecurityVersion, bool Published, long Full, int NewObjects,
    long NewBytes);

/// <summary><c>strata publish add</c>: builds an edition of layers and publishes it as its next release.</summary>
internal static class PublishAddCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string> to = new("--to") { Description = "Folder of what is published", HelpName = "folder", Required = true };
        Option<long?> counter = new("--counter")
        {
            Description = "Number of the release (else the one after the last)", HelpName = "number",
        };
        Option<long?> security = new("--security-version")
        {
            Description = "Machines on which it has proven good do not go back behind this (else as before)", HelpName = "number",
        };
        Option<long> from = new("--upgrade-from")
        {
            Description = "Smallest number of a release from which machines go to it in one step", HelpName = "number",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("add", "Build an edition and publish it as its next release")
        {
            edition, to, PublishCommand.Keys, counter, security, from, PublishCommand.Prepare, PublishCommand.Passphrase,
            CommonOptions.Locked, json,
        };
        command.SetAction(async (result, token) =>
        {
            using UpdateKeyFolder keys = PublishCommand.KeysOf(result);
            RepositoryFolder folder = new(result.GetValue(to)!);
            RepositoryEditor editor = RepositoryEditor.Open(folder); // before anything is built
            ReleaseShelf shelf = new(folder, editor.Targets);
            AddedRelease added = await Terminal.WithProgressAsync(async progress =>
            {
                using ImageSigner? signer = new KeyFolder(result.GetValue(PublishCommand.Keys)!).HasCertificateOf(KeyRole.Images)
                    ? PassphraseInput.SignerOf(result.GetValue(PublishCommand.Keys)!, result.GetValue(PublishCommand.Passphrase)) : null;
                using Workspace workspace = new(result, progress, signer: signer);
                NewRelease fresh = await BuildAsync(workspace, result.GetValue(edition)!, result.GetValue(CommonOptions.Locked), token);
                using IProgressTask task = progress.Begin("copying what is new");
                return await shelf.AddAsync(
                    fresh with
                    {
                        Counter = result.GetValue(counter), SecurityVersion = result.GetValue(security),
                        UpgradeFrom = result.GetValue(from),
                    },
                    token);
            });
            bool isPublished = added.IsNew && PublishCommand.PublishOrPrepare(
                result, editor, editor.NextTargets(shelf.With(added.Targets), keys.All, TimeProvider.System.GetUtcNow()), keys);
            Print(added, isPublished, result.GetValue(json));
            if (isPublished)
            {
                PublishCommand.Tell(editor);
            }
            return 0;
        });
        return command.WithExamples(
            "strata publish add ./my-os --to site --keys ~/keys",
            "strata publish add ./my-os --to site --keys ~/keys --security-version 2",
            "strata publish add ./my-os --to site --keys ~/keys --prepare to-sign");
    }

    private static async Task<NewRelease> BuildAsync(Workspace workspace, string name, bool isLocked, CancellationToken cancellationToken)
    {
        Blueprint blueprint = workspace.Catalog.Load(name);
        if (!blueprint.Edition.HasKernel)
        {
            throw new StrataException($"cannot publish {blueprint.Edition.Name}: it has no kernel", "'strata push' sends containers.");
        }
        BuildResult built = await workspace.Builds.BuildAsync(blueprint, isLocked, ImageKind.Uki, results: null, cancellationToken);
        Release release = BuiltParts.ReleaseOf(workspace.Store, built) ?? throw new StrataException(
            $"cannot publish {blueprint.Edition.Name}: it has no layers, and a machine fetches those that it lacks",
            "'layout: layers' in the blueprint makes some.");
        Bill bill = await workspace.Bills.OfAsync(built, cancellationToken);
        Dictionary<string, byte[]> bills = BillForm.All.ToDictionary(f => f.Name, f => f.Write(bill), StringComparer.Ordinal);
        return new NewRelease(release, built[ImageKind.Uki].File.Digest, bills, workspace.Store.OpenRead);
    }

    private static void Print(AddedRelease added, bool isPublished, bool json)
    {
        PublishedRelease release = added.Release;
        if (json)
        {
            Terminal.Json(
                new PublishSummary(
                    release.Release.Edition, release.Release.Version, release.Release.Architecture, release.Counter,
                    release.SecurityVersion, isPublished, release.FullBytes, added.NewObjects, added.NewBytes),
                CliJson.Default.PublishSummary);
            return;
        }
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"{release.Release.Edition} {release.Release.Version} for {release.Release.Architecture}, release {release.Counter}");
        Terminal.Line(!added.IsNew ? $"{name}: published already, nothing to do"
            : $"{name}: {new ByteSize(release.FullBytes)} in all, {added.NewObjects} new files with {new ByteSize(added.NewBytes)}");
    }
}
