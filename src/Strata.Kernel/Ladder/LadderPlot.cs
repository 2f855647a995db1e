using System.Globalization;
using System.Security;
using System.Text;

namespace Strata.Kernel.Ladder;

/// <summary>The plot of a ladder: two bars for each rung, as SVG that a person can read and that suits light and dark pages.</summary>
public static class LadderPlot
{
    private const int Left = 190;
    private const int BarsWidth = 500;
    private const int Width = 880;
    private const int Top = 56;
    private const int RowHeight = 40;

    /// <summary>Draws.</summary>
    /// <param name="results">The rungs, from the smallest.</param>
    public static string Write(IReadOnlyList<RungResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        double most = Math.Max(1, results.Max(r => Math.Max(r.Measured?.ImageBytes ?? 0, r.Rung.StudyBytes ?? 0)));
        double step = Step(most);
        double scale = BarsWidth / most;
        int bottom = Top + (RowHeight * results.Count);
        StringBuilder svg = new();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {bottom + 34}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-labelledby=\"title\">");
        Line(svg, $"  <title id=\"title\">Kernel images: measured sizes beside those of the study</title>");
        Line(svg, $"  <style>");
        Line(svg, $"    svg {{ color: #24292f; }}");
        Line(svg, $"    @media (prefers-color-scheme: dark) {{ svg {{ color: #e6edf3; }} }}");
        Line(svg, $"    text {{ fill: currentColor; }}");
        Line(svg, $"    .measured {{ fill: #2f81f7; }}");
        Line(svg, $"    .study {{ fill: none; stroke: currentColor; }}");
        Line(svg, $"    .grid {{ stroke: currentColor; stroke-opacity: 0.2; }}");
        Line(svg, $"    .value {{ font-size: 11px; }}");
        Line(svg, $"  </style>");
        Line(svg, $"  <rect class=\"measured\" x=\"{Left}\" y=\"16\" width=\"22\" height=\"12\"/><text x=\"{Left + 30}\" y=\"27\">measured image</text>");
        Line(svg, $"  <rect class=\"study\" x=\"{Left + 160}\" y=\"16\" width=\"22\" height=\"12\"/><text x=\"{Left + 190}\" y=\"27\">the study's</text>");
        for (double at = 0; at <= most * 1.0001; at += step)
        {
            double x = Left + (at * scale);
            Line(svg, $"  <line class=\"grid\" x1=\"{x:0.0}\" y1=\"{Top - 8}\" x2=\"{x:0.0}\" y2=\"{bottom}\"/><text class=\"value\" x=\"{x:0.0}\" y=\"{bottom + 18}\" text-anchor=\"middle\">{at / 1e6:0.#} MB</text>");
        }
        for (int i = 0; i < results.Count; i++)
        {
            Row(svg, results[i], Top + (RowHeight * i), scale);
        }
        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private static void Row(StringBuilder svg, RungResult result, int y, double scale)
    {
        Line(svg, $"  <text x=\"{Left - 10}\" y=\"{y + 18}\" text-anchor=\"end\">{SecurityElement.Escape(result.Rung.Name)}</text>");
        if (result.Measured is RungSize size)
        {
            double width = size.ImageBytes * scale;
            Line(svg, $"  <rect class=\"measured\" x=\"{Left}\" y=\"{y}\" width=\"{width:0.0}\" height=\"14\"/><text class=\"value\" x=\"{Left + width + 6:0.0}\" y=\"{y + 11}\">{size.ImageBytes / 1e6:0.00} MB, {size.PlainBytes / 1e6:0.0} MB in memory</text>");
        }
        else
        {
            Line(svg, $"  <text class=\"value\" x=\"{Left + 6}\" y=\"{y + 11}\">not measured</text>");
        }
        if (result.Rung.StudyBytes is long study)
        {
            double width = study * scale;
            Line(svg, $"  <rect class=\"study\" x=\"{Left}\" y=\"{y + 17}\" width=\"{width:0.0}\" height=\"8\"/><text class=\"value\" x=\"{Left + width + 6:0.0}\" y=\"{y + 25}\">{study / 1e6:0.00} MB</text>");
        }
    }

    /// <summary>A round distance of the lines of the grid: about six of them.</summary>
    private static double Step(double most)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(most / 6)));
        return (most / 6 / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }

    private static void Line(StringBuilder svg, FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
