using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Store;
using Strata.Store.Maintenance;

namespace Strata.Cli.Commands;

/// <summary>One row of <c>store size</c>, in bytes.</summary>
internal sealed record StoreSizeRow(string Part, int Count, long Bytes);

/// <summary><c>strata store size|verify|gc</c>.</summary>
internal static class StoreCommand
{
    public static Command Create() => new Command("store", "Look after the store: what it holds, whether it is sound, what can go") { Size(), Verify(), Gc() };

    private static Command Size()
    {
        Option<bool> json = CommonOptions.Json();
        Command command = new("size", "Show how much each part of the store holds") { json };
        command.SetAction(result =>
        {
            StoreLocation location = StoreLocation.Resolve(result.GetValue(CommonOptions.Store));
            using ObjectStore store = new(location.Path);
            List<StoreSizeRow> rows = [.. new StoreMaintenance(store).SizeOf().Select(u => new StoreSizeRow(u.Kind.ToString().ToLowerInvariant(), u.Count, u.Bytes))];
            if (result.GetValue(json))
            {
                Terminal.Json(rows, CliJson.Default.ListStoreSizeRow);
                return 0;
            }
            new Terminal().Table(["Part", new("Count", true), new("Size", true)], rows.Select(r => (IReadOnlyList<string>)[r.Part, $"{r.Count}", $"{new ByteSize(r.Bytes)}"]));
            Terminal.Line($"{new ByteSize(rows.Sum(r => r.Bytes))} in {location.Path} (from {location.Origin})");
            return 0;
        });
        return command.WithExamples("strata store size");
    }

    private static Command Verify()
    {
        Command command = new("verify", "Read everything in the store and compare it with its digest");
        command.SetAction(async (result, token) =>
        {
            using ObjectStore store = new(StoreLocation.Resolve(result.GetValue(CommonOptions.Store)));
            VerifyResult found = await Terminal.WithProgressAsync(p => new StoreMaintenance(store, p).VerifyAsync(token));
            foreach (DamagedObject damaged in found.Damaged)
            {
                Terminal.Line($"damaged: {damaged.Digest}: {damaged.Problem}");
            }
            foreach (Sha256Digest action in found.DamagedActions)
            {
                Terminal.Line($"damaged result, removed: {action}");
            }
            foreach (string stray in found.Strays)
            {
                Terminal.Line($"does not belong here, left alone: {stray}");
            }
            if (found.DamagedBlocks > 0)
            {
                Terminal.Line($"damaged: {found.DamagedBlocks} compressed blocks, forgotten; they are compressed again when needed");
            }
            string verdict = found.IsSound ? "sound" : $"{found.Damaged.Count + found.DamagedBlocks} damaged, moved aside; they are fetched or built again when needed";
            Terminal.Line($"{found.Objects} objects, {new ByteSize(found.Bytes)}, and {found.Blocks} compressed blocks, {new ByteSize(found.BlockBytes)}: {verdict}");
            return found.IsSound ? 0 : 1;
        });
        return command.WithExamples("strata store verify");
    }

    private static Command Gc()
    {
        Option<string?> keep = new("--keep") { Description = "Most that may stay, such as 2GiB; what was used longest ago goes first", HelpName = "size" };
        Option<int?> days = new("--older-than") { Description = "Remove what was not used for so many days", HelpName = "days" };
        Option<bool> dry = new("--dry-run") { Description = "Only say what would go" };
        Command command = new("gc", "Remove what was not used for long (default: not for 30 days)") { keep, days, dry };
        command.SetAction(async (result, token) =>
        {
            ByteSize? keepBytes = result.GetValue(keep) is not string text ? null
                : ByteSize.TryParse(text, out ByteSize size) ? size
                : throw new UsageException($"cannot keep '{text}': expected a size such as 2GiB");
            int? olderThan = result.GetValue(days) ?? (keepBytes is null ? 30 : null);
            if (olderThan is < 0 or > 36500)
            {
                throw new UsageException($"cannot remove what is older than {olderThan} days: expected 0 to 36500");
            }
            GcOptions options = new() { KeepBytes = keepBytes, OlderThan = olderThan is int d ? TimeSpan.FromDays(d) : null, DryRun = result.GetValue(dry) };
            using ObjectStore store = new(StoreLocation.Resolve(result.GetValue(CommonOptions.Store)));
            GcResult done = await Terminal.WithProgressAsync(p => new StoreMaintenance(store, p).GcAsync(options, [], token));
            Terminal.Line($"{done.Removed.Count} things {(options.DryRun ? "would go" : "removed")}, {new ByteSize(done.FreedBytes)}; {new ByteSize(done.KeptBytes)} {(options.DryRun ? "would stay" : "stay")}");
            return 0;
        });
        return command.WithExamples("strata store gc --dry-run", "strata store gc --keep 2GiB");
    }
}
