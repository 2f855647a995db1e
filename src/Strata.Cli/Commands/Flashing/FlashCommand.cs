using System.CommandLine;
using System.Globalization;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Flash.Contents;
using Strata.Flash.Targets;
using Strata.Flash.Writing;

namespace Strata.Cli.Commands.Flashing;

/// <summary><c>strata flash</c>: writes an image to a stick, a card or another disk, and sees to it that it is there.</summary>
internal static class FlashCommand
{
    public static Command Create()
    {
        Argument<string> image = CommonOptions.Edition("image");
        image.Description = "The image that 'strata build' wrote, or an edition, which is built first; without it, disks are listed";
        image.Arity = ArgumentArity.ZeroOrOne;
        Argument<string?> device = new("device")
        {
            Description = "Where to write it: a whole disk such as /dev/sdb, or a file that stands for one", HelpName = "device",
            Arity = ArgumentArity.ZeroOrOne,
        };
        device.CompletionSources.Add(_ => new TargetCatalog().All().Where(t => t.IsRemovable && t.Uses.Count == 0).Select(t => t.Path));
        Option<bool> all = new("--all") { Description = "List disks that are built in too, and allow writing to one" };
        Option<string?> erase = new("--erase")
        {
            Description = "Do not ask: write when the device is the one named here too, such as sdb (for scripts)", HelpName = "device",
        };
        ImageKind[] kinds = [.. ImageKind.Built.Where(k => k.IsMedium)];
        Option<string?> kind = new("--image")
        {
            Description = $"Of an edition: {string.Join(", ", kinds.Select(k => $"{k.Name} ({k.Help})"))}; else {ImageKind.Disk}",
        };
        kind.AcceptOnlyFromAmong([.. kinds.Select(k => k.Name)]);
        Option<string> output = CommonOptions.Output();
        output.Description = "Folder for what is built of an edition";
        Option<bool> json = CommonOptions.Json();
        Command command = new("flash", "Write an image to a stick or card, read it back and compare")
        {
            image, device, kind, erase, all, output, CommonOptions.Locked, json,
        };
        command.SetAction(async (result, token) =>
        {
            bool anyDisk = result.GetValue(all);
            if (result.GetValue(image) is not string named)
            {
                return List(anyDisk, result.GetValue(json));
            }
            if (result.GetValue(device) is not string target)
            {
                string[] choices = [.. new TargetCatalog().All().Where(t => t.IsRemovable || anyDisk).Select(t => t.Path)];
                throw new UsageException(
                    "cannot flash without a device to write to",
                    choices.Length > 0 ? $"Here are: {string.Join(", ", choices)}; 'strata flash' tells what they hold."
                        : "No stick or card is here; 'strata flash --all' lists built-in disks.");
            }
            Destination to = Destination.Find(target); // before anything is built
            string path = await FlashSource.FindAsync(
                result, named, ImageKind.Named(result.GetValue(kind) ?? ""), result.GetValue(output)!, token);
            using FlashImage source = FlashImage.Open(path);
            to.Check(source, anyDisk);
            Confirm(to, result.GetValue(erase));
            FlashOutcome outcome = await Terminal.WithProgressAsync(progress => Task.Run(
                () =>
                {
                    using RawDisk disk = to.Open();
                    FlashOutcome written = Flasher.Write(source, disk, progress, token);
                    disk.RereadTable();
                    return written;
                },
                CancellationToken.None)); // the work itself ends at a good place, and says what the disk holds
            Report(path, to, outcome, result.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            "strata flash", "strata flash nano /dev/sdb", "strata flash out/nano/nano.iso /dev/sdb",
            "strata flash out/nano/nano.img /dev/sdb --erase sdb", "truncate -s 8G stick.img && strata flash nano stick.img");
    }

    private static int List(bool anyDisk, bool isJson)
    {
        FlashTarget[] targets = [.. new TargetCatalog().All().Where(t => t.IsRemovable || anyDisk)];
        if (isJson)
        {
            Terminal.Json([.. targets.Select(t => DiskRow.Of(t, DiskContents.Of(t.Path)))], CliJson.Default.ListDiskRow);
        }
        else
        {
            DiskListing.Print(targets, anyDisk);
        }
        return 0;
    }

    internal static void Confirm(Destination to, string? erase)
    {
        if (erase is not null)
        {
            if (!to.IsCalled(erase))
            {
                throw new UsageException(
                    $"cannot write to {to.Path}: '--erase {erase}' names another device", $"It has to be the same: '--erase {to.Name}'.");
            }
            return;
        }
        DiskListing.TellLoss(to.Path, to.Model, to.Size, DiskContents.Of(to.Path));
        if (Console.IsInputRedirected)
        {
            throw new UsageException(
                $"cannot ask whether {to.Path} may be overwritten: nobody sits at standard input",
                $"'--erase {to.Name}' says that it is the right one.");
        }
        Console.Error.Write($"Type the name of the device ({to.Name}) to overwrite it: ");
        string answer = (Console.In.ReadLine() ?? "").Trim();
        if (!to.IsCalled(answer))
        {
            string why = answer.Length == 0 ? "nothing was typed" : $"'{answer}' is not its name";
            throw new StrataException($"cannot write to {to.Path}: {why}; nothing was written",
                "'strata flash' lists devices and what they hold.");
        }
    }

    internal static void Report(string image, Destination to, FlashOutcome outcome, bool isJson)
    {
        if (isJson)
        {
            Terminal.Json(
                new FlashSummary(
                    Path.GetFullPath(image), outcome.Bytes, outcome.Digest.ToString(), to.Path, to.Size,
                    Math.Round(outcome.Writing.TotalSeconds, 3), Math.Round(outcome.ReadingBack.TotalSeconds, 3), outcome.FromDisk),
                CliJson.Default.FlashSummary);
            return;
        }
        Terminal.Line($"{to.Path} holds {image} ({new ByteSize(outcome.Bytes)}), read back and compared"
            + (outcome.FromDisk ? "" : " through the kernel's memory, as this file system offers no other way"));
        Terminal.Line($"sha256 {outcome.Digest}");
        Terminal.Note($"written in {Speed(outcome.Bytes, outcome.Writing)}, read back in {Speed(outcome.Bytes, outcome.ReadingBack)}");
    }

    private static string Speed(long bytes, TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s ({new ByteSize((long)(bytes / Math.Max(time.TotalSeconds, 0.001)))}/s)");
}
