using Strata.Measure.Guests;
using Strata.Measure.History;

namespace Strata.Measure.Reports;

/// <summary>Charts as SVG that one can read as text: few elements, whole numbers, a title on each.</summary>
internal static class Charts
{
    private const int Width = 1200;
    private const int Left = 150;

    /// <summary>The boot: a bar of phases, and the reference guest's below it on the same scale.</summary>
    public static void Boot(HtmlText page, BootTimes boot)
    {
        int room = Width - Left - 90;
        long scale = Math.Max(1, Math.Max(boot.Ready, boot.Reference));
        page.Add($"<svg class=\"boot\" viewBox=\"0 0 {Width} 112\" role=\"img\" aria-label=\"Boot by phase\">\n");
        page.Add($"<text x=\"0\" y=\"30\" style=\"fill:var(--text)\">this edition</text>\n");
        double at = Left;
        int colour = 0;
        foreach (BootPhase phase in boot.Phases)
        {
            double width = (double)phase.Milliseconds * room / scale;
            string time = MeasuredNumber.Show(phase.Milliseconds, "milliseconds");
            page.Add($"<g><title>{phase.Name}: {time}</title><rect class=\"c{colour}\" x=\"{at:0.#}\" y=\"10\" width=\"{width:0.#}\" height=\"32\"/>");
            if (width > 8 * phase.Name.Length)
            {
                page.Add($"<text x=\"{at + 6:0.#}\" y=\"30\">{phase.Name}</text>");
            }
            page.Raw("</g>\n");
            at += width;
            colour = (colour + 1) % 8;
        }
        page.Add($"<text x=\"{at + 6:0.#}\" y=\"30\" style=\"fill:var(--text)\">{MeasuredNumber.Show(boot.Ready, "milliseconds")}</text>\n");
        if (boot.Reference > 0)
        {
            double width = (double)boot.Reference * room / scale;
            page.Add($"<text x=\"0\" y=\"82\" style=\"fill:var(--text)\">reference guest</text>\n");
            page.Add($"<g><title>{boot.ReferenceMeans}</title><rect class=\"c7\" x=\"{Left}\" y=\"62\" width=\"{width:0.#}\" height=\"32\"/></g>\n");
            page.Add($"<text x=\"{Left + width + 6:0.#}\" y=\"82\" style=\"fill:var(--text)\">{MeasuredNumber.Show(boot.Reference, "milliseconds")}</text>\n");
        }
        page.Raw("</svg>\n");
    }

    /// <summary>Budgets: how much of each is used.</summary>
    public static void Budgets(HtmlText page, IReadOnlyList<BudgetRow> budgets)
    {
        const int Row = 34;
        int room = Width - Left - 330;
        page.Add($"<svg viewBox=\"0 0 {Width} {budgets.Count * Row}\" role=\"img\" aria-label=\"Budgets and how much of each is used\">\n");
        for (int i = 0; i < budgets.Count; i++)
        {
            BudgetRow row = budgets[i];
            int y = i * Row;
            double share = row.Actual is not long actual ? 0 : row.Limit == 0 ? (actual > 0 ? 1 : 0) : Math.Min(1, (double)actual / row.Limit);
            string said = row.Actual is long known ? $"{row.Show(known)} of {row.Show(row.Limit)}{(row.IsBroken ? " — broken" : "")}" : $"not measured, allowed {row.Show(row.Limit)}";
            page.Add($"<text x=\"0\" y=\"{y + 19}\">{row.Name}</text>");
            page.Add($"<rect class=\"track\" x=\"{Left}\" y=\"{y + 4}\" width=\"{room}\" height=\"20\" rx=\"3\"/>");
            page.Add($"<rect class=\"bar{(row.IsBroken ? " broken" : "")}\" x=\"{Left}\" y=\"{y + 4}\" width=\"{share * room:0.#}\" height=\"20\" rx=\"3\"/>");
            page.Add($"<text x=\"{Left + room + 12}\" y=\"{y + 19}\">{said}</text>\n");
        }
        page.Raw("</svg>\n");
    }

    /// <summary>One number over the history, oldest left.</summary>
    public static void Line(HtmlText page, MeasuredNumber number, IReadOnlyList<(string Commit, long Value)> points)
    {
        const int W = 560;
        const int H = 150;
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
