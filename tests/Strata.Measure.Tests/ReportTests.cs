using System.Text;
using Microsoft.Playwright;
using Strata.Measure.Reports;
using Strata.Measure.Sizes;

namespace Strata.Measure.Tests;

/// <summary>The report in a real browser, and what can be said about it without one.</summary>
public class ReportTests
{
    [Fact]
    public void Of_TextThatLooksLikeHtml_StaysText()
    {
        Measurement measurement = Samples.Typical() with { Title = "</script><script>alert(1)</script>", Problems = ["<b>bold</b> & \"quoted\""] };
        string page = HtmlReport.Of(measurement, [], []);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>bold", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.Equal(page, HtmlReport.Of(measurement, [], [])); // no clock in it
    }

    [Fact]
    public void Of_GuestThatNeverGotReady_ShowsItsLastLines()
    {
        Measurement measurement = Samples.Typical() with
        {
            Guest = Samples.Guest() with { IsReady = false, Why = "it did not come within 60 s", LogTail = ["first <line>", "Kernel panic"], Boot = null, Memory = null, Least = null, Scan = null },
        };
        string page = HtmlReport.Of(measurement, [], ["line 3 is of form 9"]);
        Assert.Contains("The guest did not get ready", page, StringComparison.Ordinal);
        Assert.Contains("first &lt;line&gt;\nKernel panic", page, StringComparison.Ordinal);
        Assert.Contains("line 3 is of form 9", page, StringComparison.Ordinal);
        Assert.Contains("<b>6.85 MiB</b>", page, StringComparison.Ordinal); // what files tell is there all the same
    }

    [SkippableFact]
    public async Task Treemap_ClickBackAndKeys_GoDownAndUp()
    {
        List<string> problems = [];
        await using Browser browser = await Browser.StartAsync();
        (IPage page, _) = await browser.OpenAsync(HtmlReport.Of(Samples.Typical(), [], []), ColorScheme.Light, problems);
        Assert.Equal(["download", "kernel", "shell"], (await NamesAsync(page)).Order(StringComparer.Ordinal));
        Assert.True(await page.Locator("#back").IsDisabledAsync());

        await page.Locator("#map g[data-name=shell]").ClickAsync();
        Assert.Equal(["busybox", "libc6"], (await NamesAsync(page)).Order(StringComparer.Ordinal));
        await page.Locator("#map g[data-name=libc6]").ClickAsync();
        Assert.Equal(["/usr/lib/ld.so", "/usr/lib/libc.so.6"], (await NamesAsync(page)).Order(StringComparer.Ordinal));
        Assert.Equal(["Sample & Co", "shell", "libc6"], await page.Locator("#crumbs button").AllTextContentsAsync());
        await page.Locator("#map g[data-name='/usr/lib/libc.so.6']").ClickAsync(); // a file has nothing below it
        Assert.Equal(3, await page.Locator("#crumbs button").CountAsync());

        await page.Locator("#back").ClickAsync();
        Assert.Equal(["busybox", "libc6"], (await NamesAsync(page)).Order(StringComparer.Ordinal));
        await page.Locator("#crumbs button").First.ClickAsync();
        Assert.Contains("kernel", await NamesAsync(page));

        // the keyboard alone: into the map, to the right, open, back
        await page.Locator("button[data-column=plain]").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("shell", await FocusedAsync(page)); // where one came back from
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.Equal("kernel", await FocusedAsync(page));
        await page.Keyboard.PressAsync("ArrowRight");
        string right = await FocusedAsync(page);
        Assert.NotEqual("kernel", right);
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal(right, (await page.Locator("#crumbs button").AllTextContentsAsync())[^1]);
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal(right, await FocusedAsync(page));

        await page.Locator("button[data-column=plain]").ClickAsync();
        Assert.DoesNotContain("kernel", await NamesAsync(page)); // it has no plain size
        Assert.Contains("2.88 MiB plain", await page.Locator("#map g[data-name=shell]").GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        Assert.Empty(problems);
    }

    [SkippableFact]
    public async Task Treemap_Areas_AreInProportion()
    {
        List<string> problems = [];
        await using Browser browser = await Browser.StartAsync();
        (IPage page, _) = await browser.OpenAsync(HtmlReport.Of(Samples.Typical(), [], []), ColorScheme.Dark, problems);
        Dictionary<string, double> areas = [];
        foreach (ILocator group in await page.Locator("#map g[data-name]").AllAsync())
        {
            ILocator rect = group.Locator("rect").First;
            double width = double.Parse((await rect.GetAttributeAsync("width"))!, System.Globalization.CultureInfo.InvariantCulture);
            double height = double.Parse((await rect.GetAttributeAsync("height"))!, System.Globalization.CultureInfo.InvariantCulture);
            areas[(await group.GetAttributeAsync("data-name"))!] = width * height;
        }
        int[] size = [.. (await page.Locator("#map").GetAttributeAsync("viewBox"))!.Split(' ').Select(w => int.Parse(w, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.InRange(areas.Values.Sum(), (size[2] * size[3]) - 1, (size[2] * size[3]) + 1);
        Assert.InRange(areas["kernel"] / areas["shell"], 4_000_000 / 1_160_000.0 * 0.999, 4_000_000 / 1_160_000.0 * 1.001);
        Assert.NotEqual("rgb(255, 255, 255)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.Empty(problems);
    }

    [SkippableFact]
    public async Task Of_OneGibibyteInSixtyThousandFiles_IsSmallAndOpensAtOnce()
    {
        string html = HtmlReport.Of(Large(), [], []);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1, 5_000_000);
        List<string> problems = [];
        await using Browser browser = await Browser.StartAsync();
        (IPage page, TimeSpan opened) = await browser.OpenAsync(html, ColorScheme.Light, problems);
        Assert.InRange(opened.TotalSeconds, 0, 2);
        await page.Locator("#map g[data-name='layer 3']").ClickAsync();
        ILocator package = page.Locator("#map g[role=button]").First;
        await package.ClickAsync();
        Assert.Equal(3, await page.Locator("#crumbs button").CountAsync());
        Assert.Contains(await NamesAsync(page), n => n.EndsWith("smaller files", StringComparison.Ordinal));
        Assert.Empty(problems);
    }

    [SkippableFact]
    public async Task Of_NarrowScreen_NothingIsWiderAndTextKeepsItsSize()
    {
        List<string> problems = [];
        await using Browser browser = await Browser.StartAsync();
        (IPage page, _) = await browser.OpenAsync(HtmlReport.Of(Samples.Typical(), [.. History(4)], []), ColorScheme.Dark, problems);
        await page.SetViewportSizeAsync(380, 800);
        await page.WaitForFunctionAsync("document.getElementById('map').viewBox.baseVal.width <= 380");
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 380);
        // what a viewBox shrinks, it shrinks with its text: the height of a line as it is on the screen
        double least = await page.EvaluateAsync<double>("Math.min(...[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height).filter(h => h > 0))");
        Assert.InRange(least, 10, 30);
        Assert.Empty(problems);
        await SaveAsync(page, "narrow-dark.png");
    }

    [SkippableFact]
    public async Task History_SeveralCommits_IsDrawnAndWhatCannotBeReadIsSaid()
    {
        List<string> problems = [];
        List<Measurement> history = [.. History(6)];
        history.Insert(3, history[0] with { Image = "iso", Download = history[0].Download with { Bytes = 1 } }); // another kind of image is another history
        await using Browser browser = await Browser.StartAsync();
        string html = HtmlReport.Of(history[^1], history, ["line 3 is of form 9", "line 5 <is> broken"]);
        (IPage page, _) = await browser.OpenAsync(html, ColorScheme.Light, problems);
        Assert.Equal(6, await page.Locator("svg[aria-label='download over time'] circle").CountAsync());
        Assert.StartsWith("00000000: ", await page.Locator("svg[aria-label='download over time'] circle title").First.TextContentAsync(), StringComparison.Ordinal);
        double[] heights = await page.EvaluateAsync<double[]>("[...document.querySelectorAll(\"svg[aria-label='download over time'] circle\")].map(c => c.cy.baseVal.value)");
        Assert.Equal(heights.OrderDescending(), heights); // it grew with each commit: higher on the screen
        string[] said = [.. await page.Locator("li.bad").AllTextContentsAsync()];
        Assert.Equal(["line 3 is of form 9", "line 5 <is> broken"], said);
        Assert.Contains("2 lines of the history could not be read", html, StringComparison.Ordinal);
        Assert.Empty(problems);
        await SaveAsync(page, "history.png");
    }

    /// <summary>As many as are drawn, the newest, this one among them once, and none of another kind of image.</summary>
    [Theory]
    [InlineData(1, true, 0)]
    [InlineData(2, true, 2)]
    [InlineData(2, false, 3)]
    [InlineData(200, true, 200)]
    [InlineData(201, true, 200)]
    [InlineData(300, true, 200)]
    [InlineData(300, false, 201)]
    public void Of_History_DrawsTheNewestOfThisImage(int count, bool isRecorded, int drawn)
    {
        Measurement typical = Samples.Typical();
        List<Measurement> history = [.. Enumerable.Range(0, count).Select(i => typical with { Commit = $"{i:d8}" })];
        Measurement shown = isRecorded ? history[^1] : typical with { Commit = "fresh" };
        history.Insert(count / 2, typical with { Image = "iso", Commit = "otherone" });

        string page = HtmlReport.Of(shown, history, []);

        int start = page.IndexOf("aria-label=\"download over time\"", StringComparison.Ordinal);
        string chart = start < 0 ? "" : page[start..page.IndexOf("</svg>", start, StringComparison.Ordinal)];
        Assert.Equal(drawn, chart.Split("<circle").Length - 1);
        Assert.DoesNotContain("otherone", chart, StringComparison.Ordinal);
        if (drawn > 0)
        {
            Assert.Contains($"<title>{Math.Max(0, count - 200):d8}: ", chart, StringComparison.Ordinal); // the oldest that is drawn
            Assert.Contains($"<title>{shown.Commit}: ", chart, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false, true, 2)] // of another image
    [InlineData(true, false, 2)] // of another commit
    [InlineData(true, true, 0)] // the same: one point is no line
    public void Of_LastOfTheHistory_IsTheShownOneWhenImageAndCommitAre(bool sameDigest, bool sameCommit, int drawn)
    {
        Measurement shown = Samples.Typical() with { Commit = "11111111" };
        Measurement last = shown with
        {
            Digest = sameDigest ? shown.Digest : new string('9', shown.Digest.Length), Commit = sameCommit ? shown.Commit : "22222222",
        };
        string page = HtmlReport.Of(shown, [last], []);
        Assert.Equal(drawn > 0, page.Contains("aria-label=\"download over time\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_NoHistory_SaysSo() =>
        Assert.Contains("No earlier measurement of this kind of image is recorded", HtmlReport.Of(Samples.Typical(), [], []), StringComparison.Ordinal);

    private static IEnumerable<Measurement> History(int count) => Enumerable.Range(0, count).Select(i =>
    {
        Measurement one = Samples.Typical();
        return one with { Commit = new string((char)('0' + i), 40), Download = one.Download with { Bytes = one.Download.Bytes + (i * 10_000) } };
    });

    // for people who want to look at it
    private static async Task SaveAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("STRATA_TEST_SCREENSHOTS") is string folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name), FullPage = true });
        }
    }

    private static Measurement Large()
    {
        // 20 layers of 40 packages of 75 files; sizes fall off as those of real systems do, 1 GiB in all
        List<SizePart> parts = [];
        for (int layer = 0; layer < 20; layer++)
        {
            List<SizePackage> packages = [];
            for (int package = 0; package < 40; package++)
            {
                SizeFile[] files = [.. Enumerable.Range(1, 75).Select(i => new SizeFile($"/usr/share/package-{layer}-{package}/folder/file-{i}.data", 120_000 / i, 300_000 / i))];
                packages.Add(Samples.Package($"package-{layer}-{package}", "1.0", files));
            }
            parts.Add(new SizePart($"layer {layer}", "layer", packages.Sum(p => p.Packed), true, packages));
        }
        Measurement large = Samples.Measurement([.. parts]);
        Assert.InRange(large.Installed.Bytes, 1_000_000_000, 1_200_000_000);
        return large;
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(IPage page) => await page.EvaluateAsync<string[]>("[...document.querySelectorAll('#map g[data-name]')].map(g => g.dataset.name)");

    private static Task<string> FocusedAsync(IPage page) => page.EvaluateAsync<string>("document.activeElement.dataset.name || ''");
}
