using System.CommandLine;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Building;
using Strata.Images.Signing;
using Strata.Trust.Keys;
using Strata.Trust.Offline;

namespace Strata.Cli.Commands.Trust;

/// <summary>
/// <c>strata sign</c>: signing with a key that lies elsewhere, on a machine without a network or in a device. What has to be signed goes
/// there, and signatures come back.
/// </summary>
internal static class SignCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        edition.Description += "; with --prepare";
        edition.Arity = ArgumentArity.ZeroOrOne;
        Option<string> keys = new("--keys")
        {
            Description = "Folder with the certificates ('strata keys new')", HelpName = "folder", Required = true,
        };
        Option<string?> prepare = new("--prepare")
        {
            Description = "Write what has to be signed into this folder: a .digest for each program", HelpName = "folder",
        };
        Option<string?> attach = new("--attach")
        {
            Description = "Take the signatures of this folder, a .sig beside each .digest, to the certificates", HelpName = "folder",
        };
        Option<string?> passphrase = PassphraseInput.Option();
        Command command = new("sign", "Have images signed by a key that lies elsewhere")
        {
            edition, keys, prepare, attach, passphrase, CommonOptions.Locked,
        };
        command.SetAction(async (result, token) =>
        {
            KeyFolder folder = new(result.GetValue(keys)!);
            return (result.GetValue(edition), result.GetValue(prepare), result.GetValue(attach)) switch
            {
                (string name, string target, null) => await PrepareAsync(result, name, folder, result.GetValue(passphrase), target, token),
                (null, null, string source) => Attach(source, folder),
                _ => throw new UsageException(
                    "cannot tell what to do: expected an edition with --prepare FOLDER, or --attach FOLDER without an edition"),
            };
        });
        return command.WithExamples(
            "strata sign ./my-os --keys ~/keys --prepare to-sign",
            "openssl pkeyutl -sign -inkey db.key -pkeyopt digest:sha256 -in X.digest -out X.sig",
            "strata sign --keys ~/keys --attach to-sign", "strata build ./my-os --keys ~/keys");
    }

    private static async Task<int> PrepareAsync(
        ParseResult result, string name, KeyFolder keys, string? passphrase, string target, CancellationToken token)
    {
        using ImageSigner signer = PassphraseInput.SignerOf(keys.FolderPath, passphrase);
        IReadOnlyList<SigningRequest> requests = await Terminal.WithProgressAsync(async progress =>
        {
            using Workspace workspace = new(result, progress);
            Blueprint blueprint = workspace.Catalog.Load(name);
            if (!blueprint.Edition.HasKernel)
            {
                throw new StrataException($"cannot sign {blueprint.Edition.Name}: firmware starts nothing of it, as it has no kernel");
            }
            bool isLocked = result.GetValue(CommonOptions.Locked);
            BuildResult built = await workspace.Builds.BuildAsync(blueprint, isLocked, ImageKind.Disk, null, token);
            return await workspace.SigningRequests.OfAsync(built, signer, token);
        });
        SigningFolder.Write(target, requests);
        foreach (SigningRequest request in requests)
        {
            Terminal.Line(Path.Combine(target, SigningFolder.FileOf(request)));
        }
        KeyGeneration key = keys.SigningOf(KeyRole.Images);
        Terminal.Note(
            $"Where {key}.key lies, make a .sig of each: openssl pkeyutl -sign -inkey {key}.key -pkeyopt digest:sha256 -in X.digest "
            + "-out X.sig");
        if (requests.Any(r => r.Role == KeyRole.Policies))
        {
            Terminal.Note("Those with .pcr in their name are for pcr.key. Their signatures become part of the kernel image: attach, and "
                + $"prepare again for what {key}.key signs of it.");
        }
        return 0;
    }

    private static int Attach(string source, KeyFolder keys)
    {
        foreach (string name in SigningFolder.Attach(source, keys))
        {
            Terminal.Line($"{name} is signed");
        }
        Terminal.Note($"Builds with '--keys {keys.FolderPath}' take these signatures from now on.");
        return 0;
    }
}
