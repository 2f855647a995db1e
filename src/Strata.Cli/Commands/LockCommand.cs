using System.CommandLine;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Locks;
using Strata.Editions.Results;
using Strata.Images.Budgets;
using Strata.Packages.Locks;
using Strata.Toolbox;

namespace Strata.Cli.Commands;

/// <summary>A package in what <c>lock --json</c> prints. Bytes of the package files; absent where there is none.</summary>
internal sealed record LockChangeRow(string Part, string Package, string? Before, string? After, bool Security, long? BytesBefore,
    long? BytesAfter);

/// <summary>One lock in what <c>lock --json</c> prints. <paramref name="Bytes"/> are all package files together.</summary>
internal sealed record LockRow(string Name, string Path, bool IsNew, bool Written, int Packages, long Bytes, string? Forecast,
    IReadOnlyList<LockChangeRow> Changes, IReadOnlyList<SuiteRow> Suites);

/// <summary>What <c>lock --json</c> prints.</summary>
internal sealed record LockSummary(IReadOnlyList<LockRow> Locks);

/// <summary><c>strata lock</c>: fixes the inputs of editions, moves them, and tells what changed.</summary>
internal static class LockCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        edition.Arity = ArgumentArity.ZeroOrOne;
        Option<bool> all = new("--all") { Description = "Every edition and every set of tools that strata comes with" };
        Option<bool> dryRun = new("--dry-run") { Description = "Tell what would change, and write nothing" };
        Option<bool> check = new("--check") { Description = "Write nothing, and end with 1 when something would change" };
        Option<string[]> package = new("--package")
        {
            Description = "Move only this package and what it forces; may be repeated", HelpName = "name", Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> security = new("--security-only")
        {
            Description = "Move only packages that have a security update, and what they force",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("lock", "Fix every input of an edition by version and SHA-256, in strata.lock beside its blueprint")
        {
            edition, all, dryRun, check, package, security, json,
        };
        command.SetAction(async (result, token) =>
        {
            string? named = result.GetValue(edition);
            if (named is null != result.GetValue(all))
            {
                throw new UsageException("cannot tell what to lock", "Name an edition, or say --all.");
            }
            string[] names = result.GetValue(package) ?? [];
            LockMove move = new(names.Length == 0 ? null : names.ToHashSet(StringComparer.Ordinal), result.GetValue(security));
            bool writes = !result.GetValue(dryRun) && !result.GetValue(check);
            LockSummary summary = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                List<LockRow> rows = [];
                foreach (string name in named is null ? new Catalog([ShippedData.Home]).EditionNames() : [named])
                {
                    rows.Add(await LockEditionAsync(workspace, name, move, isOnly: named is not null, writes, token));
                }
                foreach (ToolSet set in named is null ? ShippedData.ToolSets() : [])
                {
                    rows.Add(await LockToolsAsync(workspace, set, move, writes, token));
                }
                return new LockSummary(rows);
            });
            if (result.GetValue(json))
            {
                Terminal.Json(summary, CliJson.Default.LockSummary);
            }
            else
            {
                Print(summary);
            }
            return result.GetValue(check) && summary.Locks.Any(l => l.Changes.Count > 0) ? 1 : 0;
        });
        return command.WithExamples(
            "strata lock nano", "strata lock nano --dry-run", "strata lock nano --package curl", "strata lock --all --security-only",
            "strata lock nano --check || echo 'there are updates'", "strata diff old.lock editions/nano/strata.lock");
    }

    /// <summary>A table of what differs, or a sentence when nothing does.</summary>
    public static void Print(IReadOnlyList<LockChangeRow> changes)
    {
        if (changes.Count == 0)
        {
            Terminal.Line("no package changed");
            return;
        }
        new Terminal().Table(
            ["package", "of", "before", "after", "security", new Column("bytes", IsNumber: true)],
            changes.Select(c => (IReadOnlyList<string>)
                [c.Package, c.Part, c.Before ?? "-", c.After ?? "-", c.Security ? "yes" : "",
                    Signed((c.BytesAfter ?? 0) - (c.BytesBefore ?? 0))]));
        long bytes = changes.Sum(c => (c.BytesAfter ?? 0) - (c.BytesBefore ?? 0));
        int security = changes.Count(c => c.Security);
        Terminal.Line(
            $"{changes.Count} {(changes.Count == 1 ? "package" : "packages")} "
            + $"changed{(security > 0 ? $", {security} of them for security" : "")}; {Signed(bytes)} to fetch");
    }

    /// <summary>Rows of what differs between two locks of an edition.</summary>
    public static IReadOnlyList<LockChangeRow> RowsOf(EditionLock? before, EditionLock after) =>
        [.. LockParts.Between(before, after).Select(c => RowOf(c.Part, c.Change))];

    /// <summary>One row.</summary>
    public static LockChangeRow RowOf(string part, LockChange change) => new(
        part, change.Name, change.Before?.Version, change.After?.Version, change.IsSecurity, change.Before?.Size, change.After?.Size);

    private static async Task<LockRow> LockEditionAsync(
        Workspace workspace, string name, LockMove move, bool isOnly, bool writes, CancellationToken cancellationToken)
    {
        Blueprint blueprint = workspace.Catalog.Load(name);
        EditionLock? before = LockChoice.ReadBeside(blueprint);
        if (isOnly && move.Names is not null)
        {
            RefuseUnknown(blueprint, before, move.Names);
        }
        using IProgressTask task = workspace.Progress.Begin($"locking {blueprint.Edition.Name}");
        EditionLock made = await workspace.Locks.MoveAsync(blueprint, before, move, cancellationToken);
        IReadOnlyList<SuiteState> suites = await workspace.Locks.ArchivesOfAsync(blueprint, cancellationToken);
        string path = LockChoice.FileOf(blueprint);
        bool differs = before?.Digest != made.Digest;
        if (writes && differs)
        {
            await ResultFile.WriteAsync(path, made.Write(), cancellationToken);
        }
        PackageLock[] parts = [.. new[] { made.Guest, made.Tools, made.Kernel, made.Builds }.OfType<PackageLock>()];
        return new LockRow(
            blueprint.Edition.Name, path, before is null, writes && differs, parts.Sum(p => p.Packages.Count),
            parts.Sum(p => p.TotalSize.Bytes),
            ForecastOf(workspace, blueprint, made), RowsOf(before, made),
            [.. suites.Select(SuiteRow.Of), .. blueprint.Edition.Archives.Where(a => a.Folder is not null).Select(SuiteRow.Of)]);
    }

    private static async Task<LockRow> LockToolsAsync(
        Workspace workspace, ToolSet set, LockMove move, bool writes, CancellationToken cancellationToken)
    {
        string path = workspace.Toolbox.LockFileOf(set);
        using IProgressTask task = workspace.Progress.Begin($"locking tools '{set.Name}'");
        (PackageLock? before, PackageLock made) = await workspace.Locks.MoveToolsAsync(set, move, cancellationToken);
        byte[] bytes = PackageLockFile.Write(made);
        bool differs = before is null || !PackageLockFile.Write(before).AsSpan().SequenceEqual(bytes);
        if (writes && differs)
        {
            await ResultFile.WriteAsync(path, bytes, cancellationToken);
        }
        return new LockRow(
            $"tools {set.Name}", path, before is null, writes && differs, made.Packages.Count, made.TotalSize.Bytes, Forecast: null,
            [.. LockChange.Between(before, made).Select(c => RowOf("tools", c))], Suites: []);
    }

    private static void RefuseUnknown(Blueprint blueprint, EditionLock? before, IReadOnlySet<string> names)
    {
        string[] known = [.. new[] { before?.Guest, before?.Tools, before?.Kernel, before?.Builds }.OfType<PackageLock>()
            .SelectMany(p => p.Packages).Select(p => p.Name).Distinct()];
        if (names.FirstOrDefault(n => !known.Contains(n)) is string unknown)
        {
            throw new UsageException(
                $"cannot move {unknown}: the lock of {blueprint.Edition.Name} has no such package{NearMiss.Suggestion(unknown, known)}",
                before is null ? $"There is no lock yet; 'strata lock {blueprint.Edition.Name}' makes one."
                    : "'strata lock NAME --dry-run' tells what would move.");
        }
    }

    private static string? ForecastOf(Workspace workspace, Blueprint blueprint, EditionLock made)
    {
        SizeForecast size = workspace.GoodBuilds.Forecast(blueprint, made.Guest);
        if (size.Check(blueprint.Edition) is string warning)
        {
            workspace.Progress.Warn(warning);
        }
        return $"the image will have {size}{(blueprint.Edition.Budgets.Image is ByteSize limit ? $"; the budget is {limit}" : "")}";
    }

    internal static void Print(LockSummary summary)
    {
        foreach (LockRow row in summary.Locks)
        {
            Terminal.Line(
                $"{row.Path}: {row.Packages} packages ({new ByteSize(row.Bytes)}){(row.Written ? ", written" : row.Changes.Count > 0 ? ", not written" : "")}");
            if (summary.Locks is [{ Suites.Count: > 0 }])
            {
                SuiteRow.Print(row.Suites);
            }
            if (!row.IsNew)
            {
                Print(row.Changes);
            }
            if (row.Forecast is string forecast)
            {
                Terminal.Line(forecast);
            }
        }
    }

    private static string Signed(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));
}
