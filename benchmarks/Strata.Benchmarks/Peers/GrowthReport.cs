using System.Globalization;
using System.Text;

namespace Strata.Benchmarks.Peers;

/// <summary>Cold builds of editions of more and more packages: <c>docs/benchmarks-growth.md</c> and the plot beside it.</summary>
/// <param name="settings">What is measured; every size is built once a round.</param>
internal sealed class GrowthReport(Settings settings)
{
    private const int Width = 640;
    private const int Height = 300;
    private const int Margin = 48;

    private static readonly string[] s_editions = ["growth-50", "rescue", "growth-400", "growth-900"];

    /// <summary>Measures, and returns the document and the picture.</summary>
    public (string Document, string Plot) Make()
    {
        CommandTimer timer = new(new Dictionary<string, string> { ["STRATA_HOME"] = settings.Home, ["SOURCE_DATE_EPOCH"] = "0" });
        RescueEdition[] editions = [.. s_editions.Select(e => new RescueEdition(settings, timer, e))];
        Samples[] cold = [.. s_editions.Select(e => new Samples(e))];
        Samples[] changed = [.. s_editions.Select(e => new Samples(e))];
        foreach (RescueEdition edition in editions)
        {
            edition.Prepare(withPackage: false);
        }
        for (int round = 0; round < settings.Rounds; round++)
        {
            for (int i = 0; i < editions.Length; i++)
            {
                cold[i].Add(editions[i].Build(Scenario.Cold).Measurement);
                changed[i].Add(editions[i].Build(Scenario.File).Measurement);
                editions[i].Forget();
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{editions[i].Packages.Count} packages: {cold[i].Cpu:0.0} CPU s"));
            }
        }
        double[] packages = [.. editions.Select(e => (double)e.Packages.Count)];
        double[] mebibytes = [.. editions.Select(e => e.Packages.Sum(p => p.Size) / 1048576.0)];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Growth

            Written by `benchmarks growth`: cold builds (packages at hand, nothing else) of layered editions of more and more whole
            packages, with the kernel `debian-cloud` and zstd; medians of {settings.Rounds} rounds on
            {Environment.ProcessorCount} processors. Compressing is most of it, so bytes count before packages: straight
            means that a mebibyte costs the same everywhere, beside what every build pays once (the early init, the kernel's modules).

            ![processor seconds and memory over packages](benchmarks-growth.svg)

            | edition | packages | MiB of packages | cold, CPU s | wall s | CPU ms a MiB more | peak, MiB | one file, CPU s | peak, MiB |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|

            """);
        for (int i = 0; i < editions.Length; i++)
        {
            string slope = i == 0 ? "" : Number(1000 * (cold[i].Cpu - cold[0].Cpu) / (mebibytes[i] - mebibytes[0]), "0");
            text.Append(CultureInfo.InvariantCulture,
                $"| {s_editions[i]} | {packages[i]} | {mebibytes[i]:0.0} | {cold[i].Cpu:0.0} | {cold[i].Wall:0.0} | {slope} | ")
                .Append(CultureInfo.InvariantCulture,
                    $"{cold[i].PeakBytes / 1048576.0:0} | {changed[i].Cpu:0.00} | {changed[i].PeakBytes / 1048576.0:0} |\n");
        }
        return (text.ToString(), Plot(mebibytes, [.. cold.Select(c => c.Cpu)], [.. cold.Select(c => c.PeakBytes / 1048576.0)]));
    }

    private static string Plot(double[] x, double[] cpu, double[] memory)
    {
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{Height}" fill="#fff"/>
            <path d="M{Margin} {Margin / 2}V{Height - Margin}H{Width - Margin}" fill="none" stroke="#888"/>
            <text x="{Width / 2}" y="{Height - 10}" text-anchor="middle">MiB of packages</text>

            """);
        Curve(svg, x, cpu, "#0b62a4", "CPU s", Margin + 8);
        Curve(svg, x, memory, "#b35900", "peak MiB", Margin + 90);
        foreach (double value in x)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Across(value, x[^1]):0}\" y=\"{Height - Margin + 16}\" text-anchor=\"middle\">{value:0}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Curve(StringBuilder svg, double[] x, double[] y, string colour, string title, int legend)
    {
        double most = y.Max();
        string points = string.Join(' ', x.Zip(y, (a, b) => string.Create(CultureInfo.InvariantCulture,
            $"{Across(a, x[^1]):0.0},{Up(b, most):0.0}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{legend}\" y=\"16\" fill=\"{colour}\">{title}</text>\n");
        for (int i = 0; i < x.Length; i++)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{Across(x[i], x[^1]):0.0}\" cy=\"{Up(y[i], most):0.0}\" r=\"3\" fill=\"{colour}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Across(x[i], x[^1]) - 6:0.0}\" y=\"{Up(y[i], most) - 6:0.0}\" text-anchor=\"end\" "
                    + $"fill=\"{colour}\">{y[i]:0}</text>\n");
        }
    }

    private static double Across(double value, double most) => Margin + ((Width - (2 * Margin)) * value / most);

    private static double Up(double value, double most) => Height - Margin - ((Height - (2 * Margin)) * value / most);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
