using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Bills;
using Strata.Editions.Building;
using Strata.Editions.Locks;
using Strata.Editions.Measuring;
using Strata.Editions.Results;
using Strata.Editions.Testing;
using Strata.Images.Building;
using Strata.Inventory.Bills;
using Strata.Inventory.Notes;
using Strata.Machines.Testing;
using Strata.Measure;

namespace Strata.Editions.Bumping;

/// <summary>
/// Moves an edition's lock and keeps the move only when the edition still builds within its budgets and passes its tests; then it is
/// measured and its change notes are written. Nothing is committed and nothing leaves the machine.
/// </summary>
/// <param name="locks">Move the lock.</param>
/// <param name="builds">Build the edition.</param>
/// <param name="tests">Test it.</param>
/// <param name="measurement">Measures it.</param>
/// <param name="bills">Tell what it consists of.</param>
/// <param name="progress">Told what is done.</param>
public sealed class EditionBump(
    EditionLocks locks, EditionBuilds builds, EditionTests tests, EditionMeasurement measurement, EditionBills bills,
    IProgressReporter progress)
{
    /// <summary>Does all of it.</summary>
    /// <param name="blueprint">The edition; it has a lock.</param>
    /// <param name="move">What may move.</param>
    /// <param name="options">What is done with the result.</param>
    /// <param name="results">Folder of the edition's results: <c>out/nano</c>.</param>
    /// <param name="cancellationToken">Stops it; the lock is then as it was.</param>
    /// <exception cref="StrataException">There is no lock, or a step failed; then the lock is as it was.</exception>
    public async Task<BumpResult> RunAsync(
        Blueprint blueprint, LockMove move, BumpOptions options, string results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(options);
        string name = blueprint.Edition.Name;
        EditionLock before = LockChoice.ReadBeside(blueprint) ?? throw new StrataException(
            $"cannot bump {name}: it has no lock that could move", $"'strata lock {name}' makes one.");
        EditionLock made = await locks.MoveAsync(blueprint, before, move, cancellationToken);
        BumpResult result = new(LockParts.Between(before, made));
        if (result.Changes.Count == 0)
        {
            return result; // the archives may have newer dates; 'lock' writes those
        }
        Bill? old = await BillBeforeAsync(blueprint, cancellationToken);
        string path = LockChoice.FileOf(blueprint);
        byte[] kept = await File.ReadAllBytesAsync(path, cancellationToken);
        bool isGood = false;
        try
        {
            await ResultFile.WriteAsync(path, made.Write(), cancellationToken);
            result = await JudgeAsync(blueprint, result, options, old, results, cancellationToken);
            isGood = result.Refused is null;
            return result;
        }
        finally
        {
            if (!isGood)
            {
                await ResultFile.WriteAsync(path, kept, CancellationToken.None);
                progress.Note($"{path} is as it was");
            }
        }
    }

    // packages of the old lock may be gone from every mirror; then there are no notes, and nothing else is lacking
    private async Task<Bill?> BillBeforeAsync(Blueprint blueprint, CancellationToken cancellationToken)
    {
        try
        {
            return await bills.OfAsync(
                await builds.BuildAsync(blueprint, locked: true, kind: null, results: null, cancellationToken), cancellationToken);
        }
        catch (StrataException e)
        {
            progress.Warn($"there will be no change notes: the build before cannot be had again: {e.Message}");
            return null;
        }
    }

    private async Task<BumpResult> JudgeAsync(
        Blueprint blueprint, BumpResult result, BumpOptions options, Bill? old, string results, CancellationToken cancellationToken)
    {
        BuildResult built = await builds.BuildAsync(blueprint, locked: true, kind: null, results, cancellationToken);
        Bill bill = await bills.OfAsync(built, cancellationToken);
        result = result with { Built = built, Before = old, Bill = bill, Notes = old is null ? null : ChangeNotes.Between(old, bill) };
        Edition edition = blueprint.Edition;
        bool starts = options.Boots && edition.HasKernel;
        if (options.Boots && File.Exists(Path.Combine(edition.Folder, EditionTests.FileName)))
        {
            IReadOnlyList<EditionTest> chosen = EditionTests.Choose(edition.Folder, only: null, options.AllTests);
            EditionTestReport report = await tests.RunAsync(
                blueprint, chosen, locked: true, Path.Combine(results, "test"), cancellationToken);
            result = result with { Tests = report };
            if (!report.Ok)
            {
                return result with { Refused = "a test failed" };
            }
        }
        string history = Path.Combine(edition.Folder, MeasurementHistory.FileName);
        MeasurementHistory past = MeasurementHistory.Read(history);
        string image = BuildResult.UsualKind(edition).Name;
        (Measurement Measurement, string Name)? last = Comparison.Find(
            against: null, image, past, new Checkout(edition.Folder), progress.Warn);
        Measurement measured = await measurement.MeasureAsync(
            blueprint, new MeasureOptions(Kind: null, starts, SearchesLeast: starts, Locked: true), Path.Combine(results, "measure"),
            last?.Measurement.Guest?.Least?.MiB, cancellationToken);
        if (last is (Measurement earlier, string known))
        {
            measured = measured with { Difference = MeasurementDifference.Between(earlier, measured, known) };
        }
        result = result with { Measurement = measured };
        string[] broken = [.. BudgetTable.Broken(measured)];
        if (broken.Length > 0)
        {
            return result with { Refused = string.Join("; ", broken) };
        }
        if (starts)
        {
            MeasurementHistory.Append(history, measured); // a later one is compared with whole measurements alone
        }
        return result;
    }
}
