using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;
using Strata.Trust.Rotation;

namespace Strata.Cli.Commands.Trust;

/// <summary><c>strata keys rotate</c>: a new key takes the place of an old one, in steps between which machines learn.</summary>
internal static class RotateCommand
{
    public static Command Create()
    {
        Argument<string> folder = KeysCommand.Folder();
        Argument<string> name = new("key") { Description = "Which key", HelpName = "key" };
        name.AcceptOnlyFromAmong([.. KeyRotation.Roles.Select(r => r.Name)]);
        Option<bool> isSwitch = new("--switch") { Description = "Second step: the new key signs from now on" };
        Option<bool> isRetire = new("--retire") { Description = "Third step: machines are told not to believe the old key" };
        Option<string?> passphrase = PassphraseInput.Option(
            "Open encrypted keys, and encrypt the new one, with the first line of this file");
        Command command = new("rotate", "Hand over to a new key: make it and have it believed, then --switch, then --retire")
        {
            folder, name, isSwitch, isRetire, passphrase,
        };
        command.SetAction(result =>
        {
            KeyFolder keys = new(result.GetValue(folder)!);
            KeyRole role = KeyRotation.Roles.Single(r => r.Name == result.GetValue(name));
            Lazy<string> secret = new(() => PassphraseInput.Ask(result.GetValue(passphrase), keys)); // once for all keys
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            KeyGeneration key = (result.GetValue(isSwitch), result.GetValue(isRetire)) switch
            {
                (false, false) => KeyRotation.Begin(keys, role, SecretOfNew(), () => secret.Value, now),
                (true, false) => KeyRotation.Switch(keys, role, () => secret.Value, now),
                (false, true) => KeyRotation.Retire(keys, role, () => secret.Value, now),
                _ => throw new UsageException("cannot do two steps at once: machines have to learn between '--switch' and '--retire'"),
            };
            Terminal.Line($"{key} {KeyRotation.Meaning(key)}");
            foreach (KeyGeneration each in keys.GenerationsOf(role))
            {
                if (KeyRotation.NextStep(keys, each) is string next)
                {
                    Terminal.Note($"Next: {next}. How machines learn it: docs/secure-boot.md.");
                }
            }
            if (key.Standing == KeyStanding.Retired && KeyRole.OfFirmware.Contains(role))
            {
                Terminal.Note($"Next: machines learn {Path.Combine(keys.FolderPath, EnrolmentFiles.Folder)} (docs/secure-boot.md).");
            }
            return 0;

            string? SecretOfNew() =>
                result.GetValue(passphrase) is not null || KeyRole.All.Any(keys.IsEncrypted) ? secret.Value : null;
        });
        return command.WithExamples(
            "strata keys rotate ~/keys db", "strata keys rotate ~/keys db --switch", "strata keys rotate ~/keys db --retire");
    }
}
