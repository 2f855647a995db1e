using System.Globalization;
using Strata.Cli.Output;
using Strata.Core;
using Strata.Formats.Elf;
using Strata.Measure;
using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;

namespace Strata.Cli.Commands.Measuring;

/// <summary>A measurement on a terminal: the four numbers first, then what they consist of.</summary>
internal static class MeasurePrinter
{
    private const int Rows = 10;

    public static void Print(Measurement measurement)
    {
        Terminal.Line($"{measurement.Title} {measurement.Version}, {measurement.Image}{(measurement.Kernel.Length > 0 ? ", kernel " + measurement.Kernel : "")}");
        PrintNumbers(measurement);
        PrintDownload(measurement.Download);
        PrintSurface(measurement.Surface);
        if (measurement.Guest is { } guest)
        {
            PrintGuest(guest);
        }
        if (measurement.Budgets.Count > 0)
        {
            Head("Budgets");
            new Terminal().Table(
                ["Budget", new("Is", true), new("Allowed", true), new("Used", true)],
                measurement.Budgets.Select(b => (IReadOnlyList<string>)
                    [b.Name, b.Actual is long actual ? b.Show(actual) : "not measured", b.Show(b.Limit), b.Actual is long used && b.Limit > 0 ? $"{100m * used / b.Limit:0} %{(b.IsBroken ? " BROKEN" : "")}" : b.IsBroken ? "BROKEN" : ""]));
        }
        if (measurement.Difference is { } difference)
        {
            PrintDifference(difference);
        }
        foreach (string problem in measurement.Problems)
        {
            Terminal.Line($"note: {problem}");
        }
    }

    /// <summary>True when nothing differs, as far as both were measured.</summary>
    public static bool IsEmpty(MeasurementDifference difference) =>
        difference.Blame.Count == 0 && difference.Surface.Count == 0 && !difference.Numbers.Any(Differs);

    /// <summary>What changed; also what <c>strata diff</c> of two measurements shows.</summary>
    public static void PrintDifference(MeasurementDifference difference)
    {
        Head($"Since {difference.Against}");
        if (IsEmpty(difference))
        {
            Terminal.Line("no difference");
            return;
        }
        IEnumerable<NumberChange> numbers = difference.Numbers.Where(Differs);
        new Terminal().Table(
            ["Number", new("Was", true), new("Is", true), new("Difference", true)],
            numbers.Select(n => (IReadOnlyList<string>)[n.Name, MeasuredNumber.Show(n.Before!.Value, n.Unit), MeasuredNumber.Show(n.After!.Value, n.Unit), Signed(n.Difference!.Value, n.Unit)]));
        if (difference.NotCompared.Count > 0)
        {
            Terminal.Line($"not compared, for one of the two does not have them: {string.Join("; ", difference.NotCompared)}");
        }
        (IReadOnlyList<PackageChange> changed, long moved) = difference.SplitBlame();
        foreach (PackageChange change in changed.Take(Rows))
        {
            string name = change.Package.Length > 0 ? $"{change.Package} ({change.Part})" : change.Part;
            string how = change.VersionBefore is null ? ", new" : change.VersionAfter is null ? ", gone"
                : change.VersionBefore != change.VersionAfter ? $", {change.VersionBefore} -> {change.VersionAfter}" : "";
            Terminal.Line($"{Signed(change.Packed, "bytes"),12}  {name}{how}");
            foreach (FileChange file in change.Files.Take(3))
            {
                Terminal.Line($"{"",12}    {Signed(file.Packed, "bytes")} {file.Path} ({Signed(file.Plain, "bytes")} plain)");
            }
        }
        if (changed.Count > Rows)
        {
            Terminal.Line($"{"",12}  and {changed.Count - Rows} more (--json has all)");
        }
        if (moved != 0)
        {
            Terminal.Line($"{Signed(moved, "bytes"),12}  that estimates of unchanged packages moved with them");
        }
        foreach (string line in difference.Surface)
        {
            Terminal.Line(line);
        }
    }

    private static bool Differs(NumberChange number) => number.Difference is not (null or 0);

    private static void PrintNumbers(Measurement measurement)
    {
        InstalledNumbers installed = measurement.Installed;
        List<IReadOnlyList<string>> rows =
        [
            ["download", $"{new ByteSize(measurement.Download.Bytes)}", $"image file {new ByteSize(measurement.Download.ImageBytes)}"],
        ];
        if (measurement.Guest is { } guest)
        {
            rows.Add(["memory", guest.Memory is { } memory ? $"{new ByteSize(memory.Used)}" : "not known", guest.Memory is { } idle
                ? $"idle with {guest.MemoryMiB} MiB; {new ByteSize(idle.Kernel)} more that the kernel keeps; {idle.Processes} processes" : ""]);
            rows.Add(["least memory", guest.Least is { } least ? $"{least.MiB} MiB" : "not known", guest.Least is { } found
                ? $"known to {found.StepMiB} MiB, {found.Tries} tries"
                    + (found.FailedMiB is int failed ? $"; with {failed} MiB: {found.Why}" : "") : ""]);
        }
        rows.Add(["installed", $"{new ByteSize(installed.Bytes)}", $"{installed.Inodes} inodes; {new ByteSize(installed.OnDisk)} as {installed.OnDiskMeans}"]);
        rows.Add(["attack surface", $"{measurement.Surface.Programs.Count} {(measurement.Surface.Programs.Count == 1 ? "program" : "programs")}",
            $"{measurement.Surface.Packages} packages, {measurement.Surface.SetUid.Count + measurement.Surface.SetGid.Count} setuid or setgid, {measurement.Surface.Services.Count} services" +
            (measurement.Guest is { WasAsked: true } g ? $", {g.Listening.Count(s => s.IsReachable)} reachable sockets" : "")]);
        new Terminal().Table(["Number", new("Is", true), "Details"], rows);
    }

    private static void PrintDownload(DownloadNumbers download)
    {
        Head(download.Parts.All(p => p.IsExact) ? "Download" : "Download (~ is an estimate: files of one archive share a dictionary; estimates add up to the archive)");
        new Terminal().Table(
            ["Part", new("Packed", true), new("Share", true), "Largest"],
            download.Parts.Select(p => (IReadOnlyList<string>)
            [
                p.Name, $"{(p.IsExact ? "" : "~")}{new ByteSize(p.Packed)}", $"{100m * p.Packed / Math.Max(1, download.Bytes):0.0} %",
                string.Join(", ", p.Packages.Take(3).Select(k => $"{k.Name} {new ByteSize(k.Packed)}")),
            ]));
    }

    private static void PrintSurface(SurfaceNumbers surface)
    {
        Head("Attack surface");
        List<IReadOnlyList<string>> rows =
        [
            ["programs", Count(surface.Programs.Count), $"under {surface.Commands} names"],
            ["setuid", Count(surface.SetUid.Count), Names(surface.SetUid)],
            ["setgid", Count(surface.SetGid.Count), Names(surface.SetGid)],
            ["file capabilities", Count(surface.FileCapabilities.Count), surface.FileCapabilities.Count == 0 ? SurfaceNumbers.NoFileCapabilities : Names(surface.FileCapabilities)],
            ["services", Count(surface.Services.Count), Names(surface.Services.Select(s => s.Name))],
            ["shells", Count(surface.Shells.Count), Names(surface.Shells)],
            ["interpreters", Count(surface.Interpreters.Count), Names(surface.Interpreters)],
            ["world-writable", Count(surface.WorldWritable.Count), Names(surface.WorldWritable)],
            .. surface.Shares.Select(s => (IReadOnlyList<string>)[s.Name, $"{s.Count} of {s.Of}", Names(Without(surface, s.Name))]),
        ];
        if (surface.Exposures.Count > 0)
        {
            rows.Insert(5, ["exposure of services", "", $"{string.Join(", ", surface.Exposures)} (systemd-analyze security: 0 to 10)"]);
        }
        if (surface.Kernel is { } kernel)
        {
            rows.Add(["kernel rules", $"{kernel.Pass} pass", $"{kernel.Fail} fail, {kernel.Excepted} declared exceptions, {kernel.NotApplicable} do not apply ({kernel.Rules})"]);
        }
        new Terminal().Table(["What", new("Count", true), "Which"], rows);
    }

    private static IEnumerable<string> Without(SurfaceNumbers surface, string measure) => surface.Binaries
        .Where(b => measure switch
        {
            "position-independent programs" => b.IsProgram && !b.IsPositionIndependent,
            "RELRO, at least partial" => b.Relro == RelroKind.None,
            "non-executable stack" => !b.HasNonExecutableStack,
            _ => false,
        })
        .Select(b => "without: " + b.Path);

    private static void PrintGuest(GuestNumbers guest)
    {
        Head($"Guest: {guest.Machine}");
        if (guest.Boot is { } boot)
        {
            new Terminal().Table(
                ["Boot", new("Time", true), new("Share", true)],
                boot.Phases.Select(p => (IReadOnlyList<string>)[p.Name, Seconds(p.Milliseconds), $"{100m * p.Milliseconds / Math.Max(1, boot.Ready):0} %"])
                    .Append(["ready", Seconds(boot.Ready), ""]));
            if (boot.RatioThousandths is not null)
            {
                Terminal.Line($"{boot.ShowRatio()} ({boot.ReferenceMeans})");
            }
        }
        foreach (ListeningSocket socket in guest.Listening)
        {
            Terminal.Line($"listening: {socket}{(socket.IsReachable ? "" : " (only from inside)")}");
        }
        if (guest.WasAsked && guest.Listening.Count == 0)
        {
            Terminal.Line("listening: nobody");
        }
        foreach ((string name, OutsideScan scan) in guest.Scans)
        {
            Terminal.Line($"from outside, {name}: {scan}");
        }
        if (guest.WasAsked)
        {
            Terminal.Line($"modules loaded: {guest.Modules.Count}{(guest.Modules.Count > 0 ? $" ({Names(guest.Modules)})" : "")}");
        }
        if (guest.LogTail.Count > 0)
        {
            Terminal.Line("last lines of the guest:");
            foreach (string line in guest.LogTail)
            {
                Terminal.Line("  | " + line);
            }
        }
    }

    private static void Head(string text)
    {
        Terminal.Line();
        Terminal.Line(text);
    }

    private static string Names(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length <= 6 ? string.Join(", ", all) : $"{string.Join(", ", all.Take(6))} and {all.Length - 6} more";
    }

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(long milliseconds) => MeasuredNumber.Show(milliseconds, "milliseconds");

    private static string Signed(long number, string unit) => (number < 0 ? "-" : "+") + MeasuredNumber.Show(Math.Abs(number), unit);
}
