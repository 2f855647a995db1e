using System.Reflection;
using Strata.Core;
using Strata.Formats.Elf;
using Strata.Measure.Guests;
using Strata.Measure.Surface;

namespace Strata.Measure.Reports;

/// <summary>A measurement as one HTML file: nothing is loaded from anywhere, it works from a file address, dark and light, with the keyboard alone.</summary>
public static class HtmlReport
{
    private const int MostHistory = 200;
    private const int MostProblems = 5;
    private static readonly string[] s_drawn = ["download", "memory, idle", "memory, least that boots", "installed", "packages", "programs", "boot, in reference guests"];

    /// <summary>The page.</summary>
    /// <param name="measurement">What is shown.</param>
    /// <param name="history">Earlier ones, oldest first; the shown one is drawn behind them.</param>
    /// <param name="historyProblems">What of the history could not be read.</param>
    public static string Of(Measurement measurement, IReadOnlyList<Measurement> history, IReadOnlyList<string> historyProblems)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(historyProblems);
        HtmlText page = new();
        page.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n")
            .Raw("<link rel=\"icon\" href=\"data:,\">\n")
            .Add($"<title>{measurement.Title} {measurement.Version}: measured</title>\n<style>\n").Raw(Asset("report.css")).Raw("</style>\n</head>\n<body>\n<header>\n")
            .Add($"<h1>{measurement.Title} {measurement.Version}</h1>\n<p class=\"soft\">{Subtitle(measurement)}</p>\n</header>\n<main>\n");
        Cards(page, measurement);
        if (measurement.Guest is { Why: not null } guest)
        {
            Failure(page, guest);
        }
        if (measurement.Budgets.Count > 0)
        {
            page.Raw("<h2 id=\"budgets\">Budgets</h2>\n");
            Charts.Budgets(page, measurement.Budgets);
        }
        Map(page, measurement);
        Guest(page, measurement.Guest);
        Surface(page, measurement);
        if (measurement.Difference is { } difference)
        {
            Difference(page, difference);
        }
        History(page, measurement, history, historyProblems);
        if (measurement.Problems.Count > 0)
        {
            page.Raw("<h2>Notes</h2>\n<ul>\n");
            foreach (string problem in measurement.Problems)
            {
                page.Add($"<li>{problem}</li>\n");
            }
            page.Raw("</ul>\n");
        }
        return page.Raw("</main>\n<script type=\"application/json\" id=\"sizes\">").Raw(SizeTree.ToJson(measurement.Title, measurement.Download)).Raw("</script>\n<script>\n")
            .Raw(Asset("report.js")).Raw("</script>\n</body>\n</html>\n").ToString();
    }

    private static string Subtitle(Measurement measurement) => string.Join(" · ", new[]
    {
        $"edition {measurement.Edition}", measurement.Image, measurement.Architecture, measurement.Kernel.Length > 0 ? "kernel " + measurement.Kernel : "",
        measurement.Commit is string commit ? "commit " + Short(commit) : "", "image " + measurement.Digest[..12],
    }.Where(t => t.Length > 0));

    private static void Cards(HtmlText page, Measurement measurement)
    {
        page.Raw("<ul class=\"cards\">\n");
        Card("download", new ByteSize(measurement.Download.Bytes).ToString(), $"image file {new ByteSize(measurement.Download.ImageBytes)}");
        if (measurement.Guest is { } guest)
        {
            Card("memory, idle", guest.Memory is { } memory ? new ByteSize(memory.Used).ToString() : "—", $"of {guest.MemoryMiB} MiB");
            Card("least memory that boots", guest.Least is { } least ? $"{least.MiB} MiB" : "—", guest.Least is { } found ? $"known to {found.StepMiB} MiB" : "not looked for");
            Card("boot, processor time", guest.Boot?.ProcessorTime is long taken ? MeasuredNumber.Show(taken, "milliseconds") : "—",
                (guest.Boot?.RatioThousandths is long ratio ? $"{MeasuredNumber.Show(ratio, "thousandths")} × the reference guest; " : "") +
                (guest.Boot is { } boot ? MeasuredNumber.Show(boot.Ready, "milliseconds") + " by the clock" : "not measured"));
        }
        Card("installed", new ByteSize(measurement.Installed.Bytes).ToString(), $"{measurement.Installed.Inodes} inodes");
        Card("attack surface", $"{measurement.Surface.Programs.Count} {(measurement.Surface.Programs.Count == 1 ? "program" : "programs")}",
            $"{measurement.Surface.Packages} packages, {measurement.Surface.SetUid.Count + measurement.Surface.SetGid.Count} setuid or setgid");
        page.Raw("</ul>\n");

        void Card(string name, string value, string more) => page.Add($"<li><span class=\"soft\">{name}</span><b>{value}</b><span class=\"soft\">{more}</span></li>\n");
    }

    private static void Failure(HtmlText page, GuestNumbers guest)
    {
        page.Add($"<h2>{(guest.IsReady ? "The guest could not be asked" : "The guest did not get ready")}</h2>\n<p class=\"bad\">{guest.Why}</p>\n");
        if (guest.LogTail.Count > 0)
        {
            page.Add($"<p class=\"soft\">The last lines of its serial log:</p>\n<pre id=\"log\">{string.Join('\n', guest.LogTail)}</pre>\n");
        }
    }

    private static void Map(HtmlText page, Measurement measurement)
    {
        page.Raw("<h2 id=\"sizes-of\">What takes how much</h2>\n")
            .Raw("<p class=\"soft\">A click, or Enter, opens a part, a package; Escape goes back; arrows move.</p>\n")
            .Raw("<nav aria-label=\"Where in the image\"><button id=\"back\">← back</button> <span id=\"crumbs\"></span>")
            .Raw("<span style=\"flex:1\"></span><button data-column=\"packed\" aria-pressed=\"true\">packed</button><button data-column=\"plain\" aria-pressed=\"false\">plain</button></nav>\n")
            .Raw("<svg id=\"map\" width=\"100%\" height=\"560\" role=\"group\" aria-label=\"Treemap of sizes\"></svg>\n<p id=\"tip\" aria-live=\"polite\"></p>\n");
        if (measurement.Download.Parts.Any(p => !p.IsExact))
        {
            page.Raw("<p class=\"soft\">Files of one archive share a dictionary: their packed sizes are estimates that add up to the archive. Kernel and archives are exact.</p>\n");
        }
        page.Raw("<details><summary>The same as a table</summary>\n").Table(
            ["part", "package", "#packed", "#plain", "#paths"],
            measurement.Download.Parts.SelectMany(p => p.Packages.Count == 0
                ? [[p.Name, "", new ByteSize(p.Packed).ToString(), "", ""]]
                : p.Packages.Select(k => (IReadOnlyList<string>)[p.Name, $"{k.Name} {k.Version}", new ByteSize(k.Packed).ToString(), new ByteSize(k.Plain).ToString(), $"{k.Names}"]))).Raw("</details>\n");
    }

    private static void Guest(HtmlText page, GuestNumbers? guest)
    {
        if (guest is null)
        {
            return;
        }
        if (guest.Boot is { } boot)
        {
            page.Raw("<h2 id=\"boot\">Boot</h2>\n");
            Charts.Boot(page, boot);
            page.Add($"<p class=\"soft\">By the host's clock, with whatever else it did. {guest.Machine}. Reference guest: {boot.ReferenceMeans}.</p>\n");
            if (boot.RatioThousandths is not null)
            {
                page.Add($"<p>{boot.ShowRatio()}.</p>\n");
            }
            page.Table(["phase", "#time"], boot.Phases.Select(p => (IReadOnlyList<string>)[p.Name, MeasuredNumber.Show(p.Milliseconds, "milliseconds")]));
        }
        if (guest.Memory is { } memory)
        {
            page.Raw("<h2 id=\"memory\">Memory</h2>\n").Table(
                ["idle", "#bytes"],
                [
                    ["in use (MemTotal − MemAvailable)", new ByteSize(memory.Used).ToString()],
                    ["files that stay in memory", new ByteSize(memory.Files).ToString()],
                    ["tables of the kernel (slab)", new ByteSize(memory.Slab).ToString()],
                    [$"programs ({memory.Processes} processes)", new ByteSize(memory.Programs).ToString()],
                    ["kept by the kernel before it counts", new ByteSize(memory.Kernel).ToString()],
                ]);
        }
        if (guest.Least is { } least)
        {
            string why = least.FailedMiB is int failed ? $"With {failed} MiB: {least.Why}." : "Everything that was tried booted.";
            page.Add($"<p>It boots with <b>{least.MiB} MiB</b> (known to {least.StepMiB} MiB after {least.Tries} tries). {why}</p>\n");
        }
    }

    private static void Surface(HtmlText page, Measurement measurement)
    {
        SurfaceNumbers surface = measurement.Surface;
        page.Raw("<h2 id=\"surface\">Attack surface</h2>\n").Table(
            ["what", "#count", "/which"],
            [
                ["programs", $"{surface.Programs.Count}", $"under {surface.Commands} names"],
                ["setuid", $"{surface.SetUid.Count}", Joined(surface.SetUid)],
                ["setgid", $"{surface.SetGid.Count}", Joined(surface.SetGid)],
                ["file capabilities", $"{surface.FileCapabilities.Count}", surface.FileCapabilities.Count == 0 ? SurfaceNumbers.NoFileCapabilities : Joined(surface.FileCapabilities)],
                ["services", $"{surface.Services.Count}", Joined(surface.Services.Select(s => $"{s.Name} ({s.Command})"))],
                .. surface.Exposures.Count > 0
                    ? [["exposure of services, by systemd-analyze security", "", Joined(surface.Exposures.Select(e => $"{e}"))]]
                    : Array.Empty<IReadOnlyList<string>>(),
                ["shells", $"{surface.Shells.Count}", Joined(surface.Shells)],
                ["interpreters", $"{surface.Interpreters.Count}", Joined(surface.Interpreters)],
                ["world-writable", $"{surface.WorldWritable.Count}", Joined(surface.WorldWritable)],
                .. surface.Shares.Select(s => (IReadOnlyList<string>)[s.Name, $"{s.Count} of {s.Of}", ""]),
                .. surface.Kernel is { } k ? [["kernel rules", $"{k.Pass} pass, {k.Fail} fail", $"{k.Excepted} declared exceptions, {k.NotApplicable} do not apply; {k.Rules}"]] : Array.Empty<IReadOnlyList<string>>(),
                .. measurement.Guest is { Boot: not null } g
                    ?
                    [
                        ["listening, seen from inside", g.WasAsked ? $"{g.Listening.Count}" : "—", g.WasAsked ? Joined(g.Listening.Select(s => $"{s}")) : "the guest could not be asked"],
                        .. g.Scans.Select(s => (IReadOnlyList<string>)[$"{s.Name}, open from outside", s.Scan.Asked == 0 ? "—" : $"{s.Scan.Open.Count}", $"{s.Scan}"]),
                        ["kernel modules loaded", g.WasAsked ? $"{g.Modules.Count}" : "—", Joined(g.Modules)],
                    ]
                    : Array.Empty<IReadOnlyList<string>>(),
            ]);
        page.Add($"<details><summary>{surface.Binaries.Count} programs and libraries</summary>\n").Table(
            ["/path", "package", "PIE", "RELRO", "stack protector", "NX", "fortified"],
            surface.Binaries.Select(b => (IReadOnlyList<string>)
            [
                b.Path, b.Package, b.IsProgram ? b.IsPositionIndependent ? "yes" : "no" : "library", b.Relro.ToString().ToLowerInvariant(),
                Show(b.StackProtector), b.HasNonExecutableStack ? "yes" : "no", Show(b.Fortify),
            ])).Raw("</details>\n");
        if (surface.Kernel is { Failed.Count: > 0 } kernel)
        {
            page.Add($"<details><summary>{kernel.Fail} rules that the kernel does not satisfy</summary>\n").Table(["/symbol"], kernel.Failed.Select(f => (IReadOnlyList<string>)[f])).Raw("</details>\n");
        }
    }

    private static void Difference(HtmlText page, MeasurementDifference difference)
    {
        page.Add($"<h2 id=\"difference\">Since {difference.Against}</h2>\n").Table(
            ["number", "#was", "#is"],
            difference.Numbers.Where(n => n.Difference is not (null or 0))
                .Select(n => (IReadOnlyList<string>)[n.Name, MeasuredNumber.Show(n.Before!.Value, n.Unit), MeasuredNumber.Show(n.After!.Value, n.Unit)]));
        if (difference.NotCompared.Count > 0)
        {
            page.Add($"<p class=\"soft\">Not compared, for one of the two does not have them: {string.Join("; ", difference.NotCompared)}.</p>\n");
        }
        (IReadOnlyList<PackageChange> changed, long moved) = difference.SplitBlame();
        page.Table(
            ["part", "package", "#packed", "/files"],
            changed.Take(50).Select(c => (IReadOnlyList<string>)[c.Part, c.Package, Signed(c.Packed), Joined(c.Files.Take(3).Select(f => $"{f.Path} {Signed(f.Packed)}"))]));
        if (moved != 0)
        {
            page.Add($"<p class=\"soft\">Estimates of unchanged packages moved with them by {Signed(moved)}.</p>\n");
        }
        page.Raw("<ul>\n");
        foreach (string line in difference.Surface)
        {
            page.Add($"<li>{line}</li>\n");
        }
        page.Raw("</ul>\n");
    }

    private static void History(HtmlText page, Measurement measurement, IReadOnlyList<Measurement> history, IReadOnlyList<string> problems)
    {
        page.Raw("<h2 id=\"history\">History</h2>\n");
        List<Measurement> all = [.. history.Where(m => m.Image == measurement.Image).TakeLast(MostHistory)];
        if (all.Count == 0 || all[^1].Digest != measurement.Digest || all[^1].Commit != measurement.Commit)
        {
            all.Add(measurement);
        }
        if (all.Count == 1)
        {
            page.Raw("<p class=\"soft\">No earlier measurement of this kind of image is recorded ('strata measure --record' keeps one).</p>\n");
        }
        if (problems.Count > 0)
        {
            page.Add($"<p class=\"bad\">{(problems.Count == 1 ? "1 line" : $"{problems.Count} lines")} of the history could not be read and {(problems.Count == 1 ? "is" : "are")} not drawn:</p>\n<ul>\n");
            foreach (string problem in problems.Take(MostProblems))
            {
                page.Add($"<li class=\"bad\">{problem}</li>\n");
            }
            page.Raw("</ul>\n");
            if (problems.Count > MostProblems)
            {
                page.Add($"<p class=\"bad\">and {problems.Count - MostProblems} more</p>\n");
            }
        }
        page.Raw("<div class=\"lines\">\n");
        foreach (MeasuredNumber number in all.Count > 1 ? NumberNames.All.Where(n => s_drawn.Contains(n.Name)) : [])
        {
            List<(string, long)> points = [.. all.Select(m => (m.Commit is string c ? Short(c) : "no commit", number.Of(m))).Where(p => p.Item2 is not null).Select(p => (p.Item1, p.Item2!.Value))];
            if (points.Count > 0)
            {
                Charts.Line(page, number, points);
            }
        }
        page.Raw("</div>\n");
    }

    private static string Asset(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report/" + name) ?? throw new InvalidOperationException($"the program has no {name}");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string Show(Presence presence) => presence switch { Presence.Yes => "yes", Presence.No => "no", Presence.NotNeeded => "not needed", _ => "unknown" };

    private static string Joined(IEnumerable<string> names) => string.Join(", ", names);

    private static string Signed(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));

    private static string Short(string commit) => commit.Length > 8 ? commit[..8] + (commit.EndsWith('+') ? "+" : "") : commit;
}
