using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Publishing.Keys;
using Strata.Trust.Keys;

namespace Strata.Cli.Commands.Trust;

/// <summary><c>strata keys updates</c>: the keys that sign what is published for machines.</summary>
internal static class UpdateKeysCommand
{
    public static Command Create()
    {
        Argument<string> folder = KeysCommand.Folder();
        Option<int?> roots = new("--root-keys") { Description = "How many keys the root has (3)", HelpName = "number" };
        Option<string?> replace = new("--replace")
        {
            Description = "Make a key in the place of this one; 'strata publish root' tells machines", HelpName = "key",
        };
        Option<string?> passphrase = PassphraseInput.Option("Encrypt the private keys with the first line of this file");
        Command command = new("updates", "Make the keys that sign what is published: root, targets, snapshot, timestamp")
        {
            folder, roots, replace, passphrase,
        };
        command.SetAction(result =>
        {
            string path = result.GetValue(folder)!;
            string? secret = result.GetValue(passphrase) is string file ? PassphraseInput.Read(file)
                : UpdateKeyFolder.IsEncrypted(path) ? PassphraseInput.Ask(null, new KeyFolder(path)) : null;
            if (result.GetValue(replace) is string name)
            {
                if (result.GetValue(roots) is not null)
                {
                    throw new UsageException("cannot tell what to do: '--root-keys' is for the first keys, '--replace' for one more");
                }
                string made = UpdateKeyFolder.Replace(path, name, secret);
                Terminal.Line($"{made} is there, {name} is retired");
                Terminal.Note($"Next: 'strata publish root FOLDER --keys {path}' has what is published signed by it.");
                return 0;
            }
            const int Usual = 3;
            IReadOnlyList<string> names = UpdateKeyFolder.Create(path, result.GetValue(roots) ?? Usual, secret);
            string updates = Path.Combine(path, UpdateKeyFolder.FolderName);
            Terminal.Line($"{updates} has {string.Join(", ", names)}");
            Terminal.Note($"Keep root-*.key and targets-*.key where no network is once something is published: {updates}/*.pub stay here.");
            return 0;
        });
        return command.WithExamples(
            "strata keys updates ~/keys", "strata keys updates ~/keys --root-keys 5", "strata keys updates ~/keys --replace timestamp-1");
    }
}
