using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Seeds;

namespace Strata.Cli.Commands;

/// <summary><c>strata seed</c>: makes of an owner's file what a machine reads at its first start.</summary>
internal static class SeedCommand
{
    private const string UsualOutput = "seed.img";

    public static Command Create()
    {
        Argument<string> file = new("file")
        {
            Description = "The owner's file: the words of a machine, as in docs/machines.md", HelpName = "file",
            Arity = ArgumentArity.ExactlyOne,
        };
        Option<string> output = new("--output", "-o")
        {
            Description = "The volume to write, or a folder that is there, such as a boot partition",
            HelpName = "file|folder", DefaultValueFactory = _ => UsualOutput,
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("seed", "Make of an owner's file what a machine reads at its first start") { file, output, json };
        command.SetAction(async (result, token) =>
        {
            string from = result.GetValue(file)!;
            SeedFiles seed = SeedFiles.Of(Read(from), from);
            string to = Path.GetFullPath(result.GetValue(output)!);
            bool isFolder = Directory.Exists(to);
            try
            {
                await (isFolder ? WriteFolderAsync(seed, to, token) : WriteVolumeAsync(seed, to, token));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StrataException($"cannot write {result.GetValue(output)}: {e.Message}", innerException: e);
            }
            Report(seed, to, isFolder, result.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            "strata seed machine.yaml", "strata seed machine.yaml -o gate-7.img", "strata seed machine.yaml -o /media/me/ESP");
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read {path}: {(File.Exists(path) ? e.Message : "there is no such file")}",
                "It has the words of a machine, such as 'hostname: gate-7'; see docs/machines.md.", e);
        }
    }

    private static async Task WriteVolumeAsync(SeedFiles seed, string path, CancellationToken cancellationToken)
    {
        // it may have the hash of a password
        FileStreamOptions options = new()
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using FileStream volume = new(path, options);
        await seed.WriteVolumeAsync(volume, cancellationToken);
    }

    private static async Task WriteFolderAsync(SeedFiles seed, string folder, CancellationToken cancellationToken)
    {
        foreach ((string path, byte[] bytes) in seed.Files)
        {
            string target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await File.WriteAllBytesAsync(target, bytes, cancellationToken);
        }
    }

    private static void Report(SeedFiles seed, string to, bool isFolder, bool isJson)
    {
        string[] files = [.. seed.Files.Select(f => f.Path)];
        if (isJson)
        {
            Terminal.Json(new SeedSummary(to, isFolder ? null : SeedFiles.Label, files, seed.Unsaid), CliJson.Default.SeedSummary);
            return;
        }
        Terminal.Line($"{to} {(isFolder ? "has" : $"is a volume {SeedFiles.Label} with")} {string.Join(", ", files)}");
        if (seed.Unsaid.Count > 0)
        {
            Terminal.Note($"Only systems of Strata are told: {string.Join(", ", seed.Unsaid)}");
        }
    }
}

/// <summary>What <c>seed --json</c> prints.</summary>
/// <param name="Output">Where it is.</param>
/// <param name="Label">Of the volume; null for a folder.</param>
/// <param name="Files">Paths in it.</param>
/// <param name="OnlyForStrata">Words for which cloud-init has none.</param>
internal sealed record SeedSummary(string Output, string? Label, IReadOnlyList<string> Files, IReadOnlyList<string> OnlyForStrata);
