using System.CommandLine;
using System.Globalization;
using Strata.Cli.Commands.Trust;
using Strata.Cli.Output;
using Strata.Core;
using Strata.Publishing.Folders;
using Strata.Publishing.Keys;
using Strata.Trust.Keys;
using Strata.Tuf.Publishing;

namespace Strata.Cli.Commands.Publishing;

/// <summary><c>strata publish</c>: releases as a folder of static, signed files, and the keys that sign them.</summary>
internal static class PublishCommand
{
    public static readonly Option<string> Keys = new("--keys")
    {
        Description = "Folder of the keys ('strata keys updates')", HelpName = "folder", Required = true,
    };

    public static readonly Option<string?> Passphrase = PassphraseInput.Option();

    public static readonly Option<string?> Prepare = new("--prepare")
    {
        Description = "Publish nothing: write what keys that lie elsewhere have to sign into this folder", HelpName = "folder",
    };

    private static readonly Option<int?> s_threshold = new("--threshold")
    {
        Description = "How many of the root's keys have to sign it (else as before, and 2 at first, or 1 where it has one)",
        HelpName = "number",
    };

    public static Command Create() =>
        new Command("publish", "Publish releases for machines: a folder of static files, signed by The Update Framework")
        {
            New(), PublishAddCommand.Create(), Renew(), Root(), Sign(), Attach(), PublishShowCommand.Create(), PublishPlanCommand.Create(),
        };

    public static Argument<string> Folder() => new("folder") { Description = "Folder of what is published", HelpName = "folder" };

    /// <summary>Opens the keys of a command.</summary>
    public static UpdateKeyFolder KeysOf(ParseResult result)
    {
        string path = result.GetValue(Keys)!;
        Lazy<string> secret = new(() => PassphraseInput.Ask(result.GetValue(Passphrase), new KeyFolder(path))); // once for all keys
        return UpdateKeyFolder.Open(path, () => secret.Value);
    }

    /// <summary>Publishes a draft that is complete; else, or where that is asked for, lets it travel.</summary>
    /// <returns>False when it travels.</returns>
    public static bool PublishOrPrepare(ParseResult result, RepositoryEditor editor, MetadataDraft draft, UpdateKeyFolder keys)
    {
        if (result.GetValue(Prepare) is string travels)
        {
            DraftFolder.Write(travels, draft);
            Terminal.Line(DraftFolder.FileOf(travels, draft.Role));
            Terminal.Note(
                $"Where the keys lie: 'strata publish sign {travels} --keys KEYS'. Here, when it is back: 'strata publish attach'.");
            return false;
        }
        if (editor.Lacks(draft) is string problem)
        {
            throw new StrataException(
                $"cannot publish {draft.Role}: {problem}", "'--prepare FOLDER' writes what keys have to sign that lie elsewhere.");
        }
        editor.Publish(draft, keys.All, TimeProvider.System.GetUtcNow());
        return true;
    }

    /// <summary>Says what is published now.</summary>
    public static void Tell(RepositoryEditor editor)
    {
        foreach (RoleState role in editor.Roles)
        {
            Terminal.Note(string.Create(
                CultureInfo.InvariantCulture, $"{role.Role} {role.Version}, believed until {role.Expires:yyyy-MM-dd}"));
        }
    }

    private static Command New()
    {
        Argument<string> folder = Folder();
        Command command = new("new", "Begin: a folder without releases, signed by the keys of all roles")
        {
            folder, Keys, s_threshold, Passphrase,
        };
        command.SetAction(result =>
        {
            using UpdateKeyFolder keys = KeysOf(result);
            int roots = keys.Keys.Count(k => k.Role == "root");
            string path = result.GetValue(folder)!;
            RepositoryEditor editor = RepositoryEditor.Create(
                new RepositoryFolder(path), keys.Keys, result.GetValue(s_threshold) ?? Math.Min(2, roots), TimeProvider.System.GetUtcNow());
            Terminal.Line($"{path}/{RepositoryFolder.Metadata}/1.root.json is what machines begin with");
            Tell(editor);
            return 0;
        });
        return command.WithExamples("strata publish new site --keys ~/keys", "strata publish new site --keys ~/keys --threshold 3");
    }

    private static Command Renew()
    {
        Argument<string> folder = Folder();
        Command command = new("renew", "Sign anew what expires soon: the timestamp; snapshot and targets when it is their time")
        {
            folder, Keys, Prepare, Passphrase,
        };
        command.SetAction(result =>
        {
            using UpdateKeyFolder keys = KeysOf(result);
            RepositoryEditor editor = RepositoryEditor.Open(new RepositoryFolder(result.GetValue(folder)!));
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            if (result.GetValue(Prepare) is not null)
            {
                PublishOrPrepare(result, editor, editor.NextTargets(editor.Targets, keys.All, now), keys);
                return 0;
            }
            editor.Publish(null, keys.All, now);
            Tell(editor);
            return 0;
        });
        return command.WithExamples(
            "strata publish renew site --keys ~/keys", "strata publish renew site --keys ~/keys --prepare to-sign");
    }

    private static Command Root()
    {
        Argument<string> folder = Folder();
        Command command = new("root", "Publish the next root: the keys that are in the folder of keys now, and a new time to expire")
        {
            folder, Keys, s_threshold, Prepare, Passphrase,
        };
        command.SetAction(result =>
        {
            using UpdateKeyFolder keys = KeysOf(result);
            RepositoryEditor editor = RepositoryEditor.Open(new RepositoryFolder(result.GetValue(folder)!));
            int threshold = result.GetValue(s_threshold) ?? editor.Roles.Single(r => r.Role == "root").Threshold;
            MetadataDraft draft = editor.NextRoot(keys.Keys, keys.Retired, threshold, TimeProvider.System.GetUtcNow());
            if (PublishOrPrepare(result, editor, draft, keys))
            {
                Tell(editor);
            }
            return 0;
        });
        return command.WithExamples(
            "strata publish root site --keys ~/keys", "strata publish root site --keys ~/keys --prepare to-sign");
    }

    private static Command Sign()
    {
        Argument<string> folder = new("folder") { Description = "Folder that '--prepare' wrote", HelpName = "folder" };
        Command command = new("sign", "Sign with the keys that are here, and take signatures NAME.sig that other programs made")
        {
            folder, Keys, Passphrase,
        };
        command.SetAction(result =>
        {
            using UpdateKeyFolder keys = KeysOf(result);
            string path = result.GetValue(folder)!;
            MetadataDraft draft = DraftFolder.Read(path);
            MetadataKey[] able = [.. keys.All.Where(k => k.Role == draft.Role)];
            draft = DraftFolder.TakeSignatures(path, draft.SignedBy(able), able);
            DraftFolder.Write(path, draft);
            string[] signed = [.. able.Where(draft.IsSignedBy).Select(k => k.Name)];
            Terminal.Line($"{draft.Role} {draft.Version} is signed by {(signed.Length == 0 ? "no key here" : string.Join(", ", signed))}");
            return signed.Length == 0 ? 1 : 0;
        });
        return command.WithExamples(
            "strata publish sign to-sign --keys ~/keys", "openssl dgst -sha256 -sign root-2.key -out root-2.sig root.tosign");
    }

    private static Command Attach()
    {
        Argument<string> from = new("folder") { Description = "Folder that '--prepare' wrote, signed", HelpName = "folder" };
        Option<string> to = new("--to") { Description = "Folder of what is published", HelpName = "folder", Required = true };
        Command command = new("attach", "Publish what was signed elsewhere") { from, to, Keys, Passphrase };
        command.SetAction(result =>
        {
            using UpdateKeyFolder keys = KeysOf(result);
            RepositoryEditor editor = RepositoryEditor.Open(new RepositoryFolder(result.GetValue(to)!));
            editor.Publish(DraftFolder.Read(result.GetValue(from)!), keys.All, TimeProvider.System.GetUtcNow());
            Tell(editor);
            return 0;
        });
        return command.WithExamples("strata publish attach to-sign --to site --keys ~/keys");
    }
}
