using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;
using Strata.Trust.Rotation;
using Strata.Trust.Tokens;

namespace Strata.Cli.Commands.Trust;

/// <summary>A row of <c>keys show --json</c>. Times in UTC.</summary>
/// <param name="Key">Name of the key: that of its role, with a number where the role was rotated.</param>
/// <param name="Meaning">What it decides.</param>
/// <param name="Subject">Name in the certificate.</param>
/// <param name="Fingerprint">SHA-256 of the certificate.</param>
/// <param name="NotAfter">Until when the certificate says that it is valid.</param>
/// <param name="PrivateKey"><c>here</c>, <c>here, encrypted</c>, <c>in a token</c>, <c>elsewhere</c>, or <c>of others</c>.</param>
/// <param name="Standing">What it is good for: whether it signs, and whether machines are told to believe it.</param>
/// <param name="Next">What to do next where it waits for something.</param>
internal sealed record KeyRow(
    string Key, string Meaning, string Subject, string Fingerprint, DateTimeOffset NotAfter, string PrivateKey, string Standing,
    string? Next);

/// <summary><c>strata keys</c>: the keys of an owner.</summary>
internal static class KeysCommand
{
    public static Command Create() =>
        new Command("keys", "Make and look at the keys that decide what a machine runs")
        {
            New(), Add(), Show(), Enrol(), RotateCommand.Create(), Revoke(), UpdateKeysCommand.Create(),
        };

    internal static Argument<string> Folder() => new("folder") { Description = "Folder of the keys", HelpName = "folder" };

    private static Option<string[]> Microsoft()
    {
        Option<string[]> option = new("--microsoft")
        {
            Description =
                "Believe Microsoft's certificates too: hardware (option ROMs, other systems), windows, or updates (of db and dbx)",
            HelpName = "for", DefaultValueFactory = _ => [],
        };
        option.AcceptOnlyFromAmong([.. MicrosoftCertificates.Uses]);
        return option;
    }

    private static Command New()
    {
        Argument<string> folder = Folder();
        Option<string> owner = new("--owner")
        {
            Description = "Name in the certificates", HelpName = "name", DefaultValueFactory = _ => "Strata",
        };
        Option<string?> passphrase = PassphraseInput.Option("Encrypt the private keys with the first line of this file");
        Option<string?> token = new("--pkcs11")
        {
            Description = "Make the private keys in this token, or take those there: a URI of RFC 7512 with module-path", HelpName = "uri",
        };
        Option<string[]> microsoft = Microsoft();
        Command command = new("new", "Make keys for Secure Boot and for releases") { folder, owner, passphrase, token, microsoft };
        command.SetAction(result =>
        {
            string path = result.GetValue(folder)!;
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            string? file = result.GetValue(passphrase);
            Lazy<string?> secret = new(() => file is not null ? PassphraseInput.Read(file)
                : result.GetValue(token) is null ? null : PassphraseInput.Ask(null, new KeyFolder(path)));
            KeyFolder keys = result.GetValue(token) is string uri
                ? KeyFolder.Create(path, result.GetValue(owner)!, TokenOf(uri), () => secret.Value!, now)
                : KeyFolder.Create(path, result.GetValue(owner)!, secret.Value, now);
            OtherCertificates.Add(keys, result.GetValue(microsoft)!.SelectMany(MicrosoftCertificates.For));
            EnrolmentFiles.Write(keys, () => secret.Value ?? "", now);
            string names = string.Join(", ", KeyRole.All.Select(r => r.Name));
            Terminal.Line($"{keys.FolderPath} has {names}, and {EnrolmentFiles.Folder}/ for firmware");
            Terminal.Note("Keep a copy where no machine is: who loses PK and KEK cannot change what his machines start.");
            return 0;
        });
        return command.WithExamples("strata keys new ~/keys --owner 'Anna'", "strata keys new ~/keys --passphrase-file secret.txt",
            "strata keys new ~/keys --pkcs11 'pkcs11:token=Anna?module-path=/usr/lib/softhsm/libsofthsm2.so'");
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

    private static TokenUri TokenOf(string uri) => TokenUri.TryParse(uri, out string problem) switch
    {
        null => throw new StrataException(
            $"cannot take '{uri}' for a token: {problem}", "'pkcs11:token=LABEL?module-path=/usr/lib/…/LIBRARY.so' names one."),
        { Label: null, Id: null } token => token,
        _ => throw new StrataException(
            $"cannot make keys in '{uri}': it names one key",
            "Leave 'object' and 'id' out: keys are named PK, KEK, db, release and pcr there."),
    };

    private static Command Show()
    {
        Argument<string> folder = Folder();
        Option<bool> json = CommonOptions.Json();
        Command command = new("show", "List keys, what they decide, and where their private halves are") { folder, json };
        command.SetAction(result =>
        {
            KeyFolder keys = new(result.GetValue(folder)!);
            // a folder from before there was a key for policies has none
            IEnumerable<KeyRole> roles = KeyRole.All.Where(r => r != KeyRole.Policies || keys.HasCertificateOf(r));
            List<KeyRow> rows = [.. roles.SelectMany(keys.GenerationsOf).Select(k => RowOf(keys, k)), .. Others(keys)];
            if (result.GetValue(json))
            {
                Terminal.Json(rows, CliJson.Default.ListKeyRow);
                return 0;
            }
            new Terminal().Table(
                ["key", "decides", "it", "private key", "until", "sha256 of the certificate"],
                rows.Select(r => (IReadOnlyList<string>)
                [
                    r.Key, r.Meaning, r.Standing, r.PrivateKey, r.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    r.Fingerprint,
                ]));
            foreach (KeyRow row in rows.Where(r => r.Next is not null))
            {
                Terminal.Note($"{row.Key} {row.Standing}: {row.Next}");
            }
            return 0;
        });
        return command.WithExamples("strata keys show ~/keys", "strata keys show ~/keys --json");
    }

    private static Command Enrol()
    {
        Argument<string> folder = Folder();
        Option<string?> passphrase = PassphraseInput.Option();
        Option<string[]> microsoft = Microsoft();
        Command command = new("enrol", "Write anew what makes firmware believe these keys, and others where asked for")
        {
            folder, passphrase, microsoft,
        };
        command.SetAction(result =>
        {
            KeyFolder keys = new(result.GetValue(folder)!);
            Lazy<string> secret = new(() => PassphraseInput.Ask(result.GetValue(passphrase), keys)); // once for both keys
            foreach (string added in OtherCertificates.Add(keys, result.GetValue(microsoft)!.SelectMany(MicrosoftCertificates.For)))
            {
                Terminal.Line($"{keys.FolderPath}/{OtherCertificates.Folder}/{added}.crt is believed too");
            }
            EnrolmentFiles.Write(keys, () => secret.Value, TimeProvider.System.GetUtcNow());
            Terminal.Line(Path.Combine(keys.FolderPath, EnrolmentFiles.Folder));
            return 0;
        });
        return command.WithExamples("strata keys enrol ~/keys", "strata keys enrol ~/keys --microsoft hardware --microsoft windows");
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

    private static KeyRow RowOf(KeyFolder keys, KeyGeneration key)
    {
        using X509Certificate2 certificate = keys.CertificateOf(key);
        string place = keys.IsInToken(key) ? "in a token"
            : !keys.HasKeyOf(key) ? "elsewhere"
            : keys.IsEncrypted(key) ? "here, encrypted" : "here";
        return new KeyRow(
            key.Name, key.Role.Meaning, certificate.Subject, Sha256Digest.Of(certificate.RawData).ToString(),
            certificate.NotAfter.ToUniversalTime(), place, KeyRotation.Meaning(key), KeyRotation.NextStep(keys, key));
    }

    private static IEnumerable<KeyRow> Others(KeyFolder keys) => OtherCertificates.Of(keys).Select(o => new KeyRow(
        $"{o.Variable}/{o.Name}", KeyRole.OfFirmware.Single(r => r.Name == o.Variable).Meaning, o.Subject,
        Sha256Digest.Of(o.Der).ToString(), o.NotAfter, "of others", "is believed", null));
}
