using System.Xml.Linq;
using Strata.Machines.Testing;

namespace Strata.Machines.Tests;

public sealed class JUnitReportTests
{
    [Fact]
    public void Of_Report_HasATestCaseForEachTestAndWhyItFailed()
    {
        EditionTestReport report = new(
        [
            new EditionTestResult("boots", true, 1500, "/logs/boots.log", [new StepResult("start", StepOutcome.Passed, 1500, "", [])]),
            new EditionTestResult("breaks", false, 2250, "/logs/breaks.log",
            [
                new StepResult("run: a<b", StepOutcome.Failed, 250,
                    "the output lacks '\u001b&'", ["\u0000 one", "two \ud83d\ude00 \ud83d"]),
                new StepResult("run: c", StepOutcome.NotRun, 0, "", []),
                new StepResult("absent", StepOutcome.Failed, 0, "line 3 of the serial log has 'x'", ["x"]),
            ]),
        ]);
        string text = JUnitReport.Of(report, "nano");
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>", text, StringComparison.Ordinal);
        XElement suite = XDocument.Parse(text).Root!.Element("testsuite")!;
        Assert.Equal(
            ("strata.nano", "2", "1", "0", "3.750"),
            (Of(suite, "name"), Of(suite, "tests"), Of(suite, "failures"), Of(suite, "errors"), Of(suite, "time")));
        XElement[] cases = [.. suite.Elements("testcase")];
        Assert.Equal(("boots", "strata.nano", "1.500"), (Of(cases[0], "name"), Of(cases[0], "classname"), Of(cases[0], "time")));
        Assert.Null(cases[0].Element("failure"));
        Assert.Equal("passed   start (1.500 s)\nlog: /logs/boots.log", cases[0].Element("system-out")!.Value);
        XElement failure = Assert.Single(cases[1].Elements("failure"));
        Assert.Equal("run: a<b: the output lacks '\uFFFD&'", Of(failure, "message"));
        Assert.Equal(
            "run: a<b: the output lacks '\uFFFD&'\n\uFFFD one\ntwo \ud83d\ude00 \uFFFD\n"
            + "absent: line 3 of the serial log has 'x'\nx", failure.Value);
        Assert.Contains("not run  run: c", cases[1].Element("system-out")!.Value, StringComparison.Ordinal);
    }

    private static string? Of(XElement element, string attribute) => element.Attribute(attribute)?.Value;
}
