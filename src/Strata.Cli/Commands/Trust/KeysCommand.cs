using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;

namespace Strata.Cli.Commands.Trust;

/// <summary>A row of <c>keys show --json</c>. Times in UTC.</summary>
/// <param name="Key">Name of the role.</param>
/// <param name="Meaning">What it decides.</param>
/// <param name="Subject">Name in the certificate.</param>
/// <param name="Fingerprint">SHA-256 of the certificate.</param>
/// <param name="NotAfter">Until when the certificate says that it is valid.</param>
/// <param name="PrivateKey"><c>here</c>, <c>here, encrypted</c> or <c>elsewhere</c>.</param>
internal sealed record KeyRow(string Key, string Meaning, string Subject, string Fingerprint, DateTimeOffset NotAfter, string PrivateKey);

/// <summary><c>strata keys</c>: the keys of an owner.</summary>
internal static class KeysCommand
{
    public static Command Create() =>
        new Command("keys", "Make and look at the keys that decide what a machine runs") { New(), Add(), Show(), Enrol(), Revoke() };

    private static Argument<string> Folder() => new("folder") { Description = "Folder of the keys", HelpName = "folder" };

    private static Command New()
    {
        Argument<string> folder = Folder();
        Option<string> owner = new("--owner")
        {
            Description = "Name in the certificates", HelpName = "name", DefaultValueFactory = _ => "Strata",
        };
        Option<string?> passphrase = PassphraseInput.Option("Encrypt the private keys with the first line of this file");
        Command command = new("new", "Make keys for Secure Boot and for releases") { folder, owner, passphrase };
        command.SetAction(result =>
        {
            string? secret = result.GetValue(passphrase) is string file ? PassphraseInput.Read(file) : null;
            KeyFolder keys = KeyFolder.Create(result.GetValue(folder)!, result.GetValue(owner)!, secret, TimeProvider.System.GetUtcNow());
            EnrolmentFiles.Write(keys, () => secret ?? "");
            string names = string.Join(", ", KeyRole.All.Select(r => r.Name));
            Terminal.Line($"{keys.FolderPath} has {names}, and {EnrolmentFiles.Folder}/ for firmware");
            Terminal.Note("Keep a copy where no machine is: who loses PK and KEK cannot change what his machines start.");
            return 0;
        });
        return command.WithExamples("strata keys new ~/keys --owner 'Anna'", "strata keys new ~/keys --passphrase-file secret.txt");
    }

    private static Command Add()
    {
        Argument<string> folder = Folder();
        Option<string> owner = new("--owner")
        {
            Description = "Name in the certificates", HelpName = "name", DefaultValueFactory = _ => "Strata",
        };
        Option<string?> passphrase = PassphraseInput.Option("Encrypt the private keys with the first line of this file");
        Command command = new("add", "Make the keys that a folder lacks because it is from before there were such")
        {
            folder, owner, passphrase,
        };
        command.SetAction(result =>
        {
            string? secret = result.GetValue(passphrase) is string file ? PassphraseInput.Read(file) : null;
            KeyFolder keys = new(result.GetValue(folder)!);
            IReadOnlyList<KeyRole> made = keys.AddMissing(result.GetValue(owner)!, secret, TimeProvider.System.GetUtcNow());
            foreach (KeyRole role in made)
            {
                Terminal.Line($"{Path.Combine(keys.FolderPath, role.Name)}.key: {role.Meaning}");
            }
            if (made.Count == 0)
            {
                Terminal.Note($"{keys.FolderPath} has all keys there are.");
            }
            return 0;
        });
        return command.WithExamples("strata keys add ~/keys --owner 'Anna'");
    }

    private static Command Show()
    {
        Argument<string> folder = Folder();
        Option<bool> json = CommonOptions.Json();
        Command command = new("show", "List keys, what they decide, and where their private halves are") { folder, json };
        command.SetAction(result =>
        {
            KeyFolder keys = new(result.GetValue(folder)!);
            List<KeyRow> rows = [.. KeyRole.All.Where(keys.HasCertificateOf).Select(r => RowOf(keys, r))];
            if (result.GetValue(json))
            {
                Terminal.Json(rows, CliJson.Default.ListKeyRow);
                return 0;
            }
            new Terminal().Table(
                ["key", "decides", "private key", "until", "sha256 of the certificate"],
                rows.Select(r => (IReadOnlyList<string>)
                    [r.Key, r.Meaning, r.PrivateKey, r.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), r.Fingerprint]));
            return 0;
        });
        return command.WithExamples("strata keys show ~/keys", "strata keys show ~/keys --json");
    }

    private static Command Enrol()
    {
        Argument<string> folder = Folder();
        Option<string?> passphrase = PassphraseInput.Option();
        Command command = new("enrol", "Write anew what makes firmware in setup mode believe these keys") { folder, passphrase };
        command.SetAction(result =>
        {
            KeyFolder keys = new(result.GetValue(folder)!);
            Lazy<string> secret = new(() => PassphraseInput.Ask(result.GetValue(passphrase), keys)); // once for both keys
            EnrolmentFiles.Write(keys, () => secret.Value);
            Terminal.Line(Path.Combine(keys.FolderPath, EnrolmentFiles.Folder));
            return 0;
        });
        return command.WithExamples("strata keys enrol ~/keys");
    }

    private static Command Revoke()
    {
        Argument<string> folder = Folder();
        Argument<string[]> images = new("image")
        {
            Description = "Kernel images or boot programs (.efi)", HelpName = "image", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> passphrase = PassphraseInput.Option();
        Command command = new("revoke", "Say that images do not start any more, although they were signed") { folder, images, passphrase };
        command.SetAction(result =>
        {
            KeyFolder keys = new(result.GetValue(folder)!);
            IReadOnlyList<(Sha256Digest Digest, string Name)> revoked = RevokedImages.Add(
                keys, result.GetValue(images)!, () => PassphraseInput.Ask(result.GetValue(passphrase), keys),
                TimeProvider.System.GetUtcNow());
            new Terminal().Table(
                ["sha256 that firmware looks at", "image"],
                revoked.Select(r => (IReadOnlyList<string>)[r.Digest.ToString(), r.Name]));
            Terminal.Note(
                $"{Path.Combine(keys.FolderPath, EnrolmentFiles.Folder, "dbx.auth")} tells firmware: of new machines by itself, of others "
                + "by hand (docs/secure-boot.md).");
            return 0;
        });
        return command.WithExamples("strata keys revoke ~/keys old-kernel.efi");
    }

    private static KeyRow RowOf(KeyFolder keys, KeyRole role)
    {
        using X509Certificate2 certificate = keys.CertificateOf(role);
        string place = !keys.HasKeyOf(role) ? "elsewhere" : keys.IsEncrypted(role) ? "here, encrypted" : "here";
        return new KeyRow(
            role.Name, role.Meaning, certificate.Subject, Sha256Digest.Of(certificate.RawData).ToString(),
                certificate.NotAfter.ToUniversalTime(), place);
    }
}
