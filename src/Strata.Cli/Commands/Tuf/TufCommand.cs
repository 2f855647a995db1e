using System.CommandLine;
using Strata.Cli.Output;
using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Metadata;

namespace Strata.Cli.Commands.Tuf;

/// <summary><c>strata tuf</c>: a client of The Update Framework, as its conformance tests drive one.</summary>
internal static class TufCommand
{
    private const int LongestName = 255; // bytes, of a file in a folder

    private static readonly Option<string> s_folder = new("--metadata-dir")
    {
        Description = "Folder of the metadata that is believed", HelpName = "folder", Required = true, Recursive = true,
    };

    private static readonly Option<string?> s_metadata = new("--metadata-url")
    {
        Description = "Address of the metadata", HelpName = "address", Recursive = true,
    };

    private static readonly Option<string[]> s_names = new("--target-name")
    {
        Description = "Path of a file; may be given several times", HelpName = "path", Recursive = true,
    };

    private static readonly Option<string?> s_targets = new("--target-base-url")
    {
        Description = "Address of the files", HelpName = "address", Recursive = true,
    };

    private static readonly Option<string?> s_place = new("--target-dir")
    {
        Description = "Folder that gets the files", HelpName = "folder", Recursive = true,
    };

    public static Command Create() =>
        new Command("tuf", "Follow a repository of The Update Framework: metadata and files")
        {
            s_folder, s_metadata, s_names, s_targets, s_place, Init(), Refresh(), Download(),
        };

    private static Command Init()
    {
        Argument<string> root = new("root") { Description = "The root that is believed (root.json)", HelpName = "root.json" };
        Command command = new("init", "Believe a root") { root };
        command.SetAction(result =>
        {
            string path = result.GetValue(root)!;
            UpdateClient.Begin(ReadRoot(path), new MetadataFolder(result.GetValue(s_folder)!), path);
            return 0;
        });
        return command.WithExamples("strata tuf init root.json --metadata-dir trusted");
    }

    private static Command Refresh()
    {
        Command command = new("refresh", "Bring the metadata up to date");
        command.SetAction(async (result, token) =>
        {
            using PublishedRepository repository = PublishedRepository.Of(Needed(result, s_metadata), null);
            await ClientOf(result, repository).RefreshAsync(token);
            return 0;
        });
        return command.WithExamples("strata tuf refresh --metadata-dir trusted --metadata-url ADDRESS");
    }

    private static Command Download()
    {
        Command command = new("download", "Bring the metadata up to date, then fetch files");
        command.SetAction(async (result, token) =>
        {
            string place = Needed(result, s_place);
            using PublishedRepository repository = PublishedRepository.Of(Needed(result, s_metadata), Needed(result, s_targets));
            UpdateClient client = ClientOf(result, repository);
            await client.RefreshAsync(token);
            foreach (string name in result.GetValue(s_names) is { Length: > 0 } names ? names : throw Missing(s_names))
            {
                Terminal.Line(await FetchAsync(client, name, place, token));
            }
            return 0;
        });
        return command.WithExamples(
            "strata tuf download --metadata-dir trusted --metadata-url ADDRESS \\",
            "  --target-name os.efi --target-base-url ADDRESS --target-dir files");
    }

    private static async Task<string> FetchAsync(UpdateClient client, string name, string place, CancellationToken cancellationToken)
    {
        TargetFile target = await client.FindAsync(name, cancellationToken)
            ?? throw new StrataException($"cannot fetch '{name}': the metadata has no such file");
        string file = Uri.EscapeDataString(name); // one name for each path, and none leads out of the folder
        if (file is "." or ".." || file.Length > LongestName - ".new".Length)
        {
            throw new StrataException($"cannot fetch '{name}': a file cannot be called '{file}'");
        }
        string path = Path.Combine(place, file);
        try
        {
            if (File.Exists(path))
            {
                await using FileStream there = File.OpenRead(path);
                if (await UpdateClient.IsAsync(target, there, cancellationToken))
                {
                    return path;
                }
            }
            Directory.CreateDirectory(place);
            string aside = path + ".new";
            try
            {
                await using (FileStream destination = File.Create(aside))
                {
                    await client.FetchAsync(target, destination, cancellationToken);
                    destination.Flush(flushToDisk: true);
                }
                File.Move(aside, path, overwrite: true);
            }
            finally
            {
                File.Delete(aside);
            }
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot write {path}: {e.Message}", innerException: e);
        }
    }

    private static UpdateClient ClientOf(ParseResult result, PublishedRepository repository) =>
        new(repository, new MetadataFolder(result.GetValue(s_folder)!), TimeProvider.System);

    private static byte[] ReadRoot(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Length <= UpdateClient.MostBytes ? File.ReadAllBytes(path)
                : throw new StrataException($"cannot believe {path}: it has {file.Length} bytes, allowed are {UpdateClient.MostBytes}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException ? "there is no such file" : e.Message;
            throw new StrataException($"cannot read {path}: {why}", innerException: e);
        }
    }

    private static string Needed(ParseResult result, Option<string?> option) => result.GetValue(option) ?? throw Missing(option);

    private static Wiring.UsageException Missing(Option option) => new($"{option.Name} is missing");
}
