using Strata.Measure.Guests;

namespace Strata.Measure.Reports;

/// <summary>Charts as SVG that one can read as text: few elements, whole numbers, a title on each.</summary>
internal static class Charts
{
    /// <summary>
    /// The boot: a bar of phases, and the reference guest's below it on the same scale. Shares of the width, so that text keeps its size on a narrow screen.
    /// </summary>
    public static void Boot(HtmlText page, BootTimes boot)
    {
        double scale = Math.Max(1, Math.Max(boot.Ready, boot.Reference));
        page.Add($"<svg class=\"boot\" width=\"100%\" height=\"116\" role=\"img\" aria-label=\"Boot by phase; the table below has the same\">\n");
        page.Add($"<text class=\"plain\" x=\"0\" y=\"14\">this edition: {MeasuredNumber.Show(boot.Ready, "milliseconds")}</text>\n");
        double at = 0;
        int colour = 0;
        foreach (BootPhase phase in boot.Phases)
        {
            double share = 100 * phase.Milliseconds / scale;
            string time = MeasuredNumber.Show(phase.Milliseconds, "milliseconds");
            page.Add($"<g><title>{phase.Name}: {time}</title><rect class=\"c{colour}\" x=\"{at:0.##}%\" y=\"22\" width=\"{share:0.##}%\" height=\"30\"/>");
            if (share > 1.1 * phase.Name.Length) // of a wide screen; a narrow one shows none
            {
                page.Add($"<text class=\"name\" x=\"{at + 0.5:0.##}%\" y=\"42\">{phase.Name}</text>");
            }
            page.Raw("</g>\n");
            at += share;
            colour = (colour + 1) % 8;
        }
        if (boot.Reference > 0)
        {
            page.Add($"<text class=\"plain\" x=\"0\" y=\"76\">reference guest: {MeasuredNumber.Show(boot.Reference, "milliseconds")}</text>\n");
            page.Add($"<g><title>{boot.ReferenceMeans}</title><rect class=\"c7\" x=\"0\" y=\"84\" width=\"{100 * boot.Reference / scale:0.##}%\" height=\"30\"/></g>\n");
        }
        page.Raw("</svg>\n");
    }

    /// <summary>Budgets: how much of each is used. A table whose last column is a bar.</summary>
    public static void Budgets(HtmlText page, IReadOnlyList<BudgetRow> budgets)
    {
        page.Raw("<div class=\"scroll\"><table class=\"budgets\">\n<tr><th>budget</th><th class=\"number\">is</th><th class=\"number\">allowed</th><th colspan=\"2\">used</th></tr>\n");
        foreach (BudgetRow row in budgets)
        {
            double share = row.Actual is not long actual ? 0 : row.Limit == 0 ? (actual > 0 ? 1 : 0) : Math.Min(1, (double)actual / row.Limit);
            string state = row.Actual is null ? "not measured" : row.IsBroken ? "broken" : row.Limit > 0 ? $"{Math.Floor(100 * share)} %" : "kept";
            page.Add($"<tr><td>{row.Name}</td><td class=\"number\">{(row.Actual is long known ? row.Show(known) : "—")}</td><td class=\"number\">{row.Show(row.Limit)}</td>");
            page.Add($"<td class=\"bars\"><svg width=\"100%\" height=\"18\" role=\"img\" aria-label=\"{state}\"><rect class=\"track\" width=\"100%\" height=\"18\" rx=\"3\"/>");
            page.Add($"<rect class=\"bar{(row.IsBroken ? " broken" : "")}\" width=\"{100 * share:0.#}%\" height=\"18\" rx=\"3\"/></svg></td>");
            page.Add($"<td class=\"{(row.IsBroken ? "bad" : "soft")}\">{state}</td></tr>\n");
        }
        page.Raw("</table></div>\n");
    }

    /// <summary>One number over the history, oldest left.</summary>
    public static void Line(HtmlText page, MeasuredNumber number, IReadOnlyList<(string Commit, long Value)> points)
    {
        const int W = 380;
        const int H = 140;
        long least = points.Min(p => p.Value);
        long most = points.Max(p => p.Value);
        double X(int i) => points.Count == 1 ? W / 2.0 : 12 + (i * (W - 24.0) / (points.Count - 1));
        double Y(long value) => most == least ? H / 2.0 : H - 34 - ((value - least) * (H - 64.0) / (most - least));
        page.Add($"<figure><svg viewBox=\"0 0 {W} {H}\" role=\"img\" aria-label=\"{number.Name} over time\">\n");
        page.Add($"<text x=\"0\" y=\"14\">{number.Name}: {number.Show(points[^1].Value)}</text>");
        page.Add($"<line class=\"axis\" x1=\"0\" y1=\"{H - 20}\" x2=\"{W}\" y2=\"{H - 20}\"/>\n<polyline class=\"trend\" points=\"");
        for (int i = 0; i < points.Count; i++)
        {
            page.Add($"{X(i):0.#},{Y(points[i].Value):0.#} ");
        }
        page.Raw("\"/>\n");
        for (int i = 0; i < points.Count; i++)
        {
            page.Add($"<circle class=\"dot\" cx=\"{X(i):0.#}\" cy=\"{Y(points[i].Value):0.#}\" r=\"4\"><title>{points[i].Commit}: {number.Show(points[i].Value)}</title></circle>\n");
        }
        page.Add($"<text class=\"soft\" x=\"0\" y=\"{H - 5}\">{points[0].Commit}</text><text class=\"soft\" x=\"{W}\" y=\"{H - 5}\" text-anchor=\"end\">{points[^1].Commit}</text>");
        if (most != least)
        {
            page.Add($"<text class=\"soft\" x=\"{W}\" y=\"14\" text-anchor=\"end\">{number.Show(least)} to {number.Show(most)}</text>");
        }
        page.Raw("</svg></figure>\n");
    }
}
