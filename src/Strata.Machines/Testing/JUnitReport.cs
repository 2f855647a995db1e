using System.Globalization;
using System.Text;
using System.Xml;

namespace Strata.Machines.Testing;

/// <summary>
/// A report in the form that build servers read: JUnit's XML, with an element for each test and its steps in what that said.
/// </summary>
/// <remarks>
/// There is no standard of it; this keeps to what Jenkins' schema (<c>junit-10.xsd</c> of its xUnit plugin) and the readers of other build
/// servers have in common: <c>testsuites</c>, <c>testsuite</c>, <c>testcase</c>, <c>failure</c>, <c>system-out</c>.
/// </remarks>
public static class JUnitReport
{
    /// <summary>The report as XML.</summary>
    /// <param name="report">What ran.</param>
    /// <param name="edition">Name of the edition, which the tests are shown under.</param>
    public static string Of(EditionTestReport report, string edition)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentException.ThrowIfNullOrEmpty(edition);
        StringBuilder text = new();
        using (XmlWriter xml = XmlWriter.Create(new Utf8Writer(text), new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", $"strata.{edition}");
            xml.WriteAttributeString("tests", report.Tests.Count.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("failures", report.Tests.Count(t => !t.Ok).ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("time", Seconds(report.Tests.Sum(t => t.Milliseconds)));
            foreach (EditionTestResult test in report.Tests)
            {
                Write(xml, test, edition);
            }
        }
        return text.Append('\n').ToString();
    }

    private static void Write(XmlWriter xml, EditionTestResult test, string edition)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("name", test.Name);
        xml.WriteAttributeString("classname", $"strata.{edition}");
        xml.WriteAttributeString("time", Seconds(test.Milliseconds));
        StepResult[] failed = [.. test.Steps.Where(s => s.Outcome == StepOutcome.Failed)];
        if (failed.Length > 0)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", Clean($"{failed[0].Name}: {failed[0].Message}"));
            xml.WriteString(Clean(string.Join('\n', failed.SelectMany(f => f.Tail.Prepend($"{f.Name}: {f.Message}")))));
            xml.WriteEndElement();
        }
        xml.WriteElementString("system-out", Clean(string.Join('\n', test.Steps.Select(Line).Append($"log: {test.LogPath}"))));
        xml.WriteEndElement();
    }

    private static string Line(StepResult step) => step.Outcome switch
    {
        StepOutcome.NotRun => $"not run  {step.Name}",
        StepOutcome.Failed => $"failed   {step.Name} ({Seconds(step.Milliseconds)} s)",
        _ => $"passed   {step.Name} ({Seconds(step.Milliseconds)} s)",
    };

    private static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>
    /// A guest writes what it likes; XML 1.0 has no place for most control characters and for halves of surrogate pairs (§2.2).
    /// </summary>
    private static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                clean.Append(text, i++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
            }
        }
        return clean.ToString();
    }

    /// <summary>Tells the writer of XML the encoding that the text will have in a file.</summary>
    private sealed class Utf8Writer(StringBuilder text) : StringWriter(text, CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
