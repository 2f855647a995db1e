using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Strata.Measure.Reports;

/// <summary>Text of an HTML page. What is interpolated is escaped; what is appended as it is has to be HTML already.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds HTML with values in it.</summary>
    public HtmlText Add([InterpolatedStringHandlerArgument("")] ref Handler html) => this;

    /// <summary>Adds HTML as it is.</summary>
    public HtmlText Raw(string html)
    {
        _text.Append(html);
        return this;
    }

    /// <summary>Adds a table; every cell is text.</summary>
    /// <param name="columns">Headings; one that begins with <c>#</c> is of a column of numbers, one with <c>/</c> of paths.</param>
    /// <param name="rows">Cells.</param>
    public HtmlText Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Raw("<div class=\"scroll\"><table>\n<tr>");
        foreach (string column in columns)
        {
            Add($"<th{new Html(Class(column, isHead: true))}>{column.TrimStart('#', '/')}</th>");
        }
        Raw("</tr>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            Raw("<tr>");
            for (int i = 0; i < row.Count; i++)
            {
                Add($"<td{new Html(Class(columns[i], isHead: false))}>{row[i]}</td>");
            }
            Raw("</tr>\n");
        }
        return Raw("</table></div>\n");
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Class(string column, bool isHead) => column.StartsWith('#') ? " class=\"number\"" : column.StartsWith('/') && !isHead ? " class=\"path\"" : "";

    /// <summary>HTML among values: not escaped.</summary>
    internal readonly record struct Html(string Text);

    /// <summary>Escapes values.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Handler
    {
        private readonly StringBuilder _into;

        public Handler(int literalLength, int formattedCount, HtmlText page)
        {
            _into = page._text;
            _into.EnsureCapacity(_into.Length + literalLength + (16 * formattedCount));
        }

        public void AppendLiteral(string html) => _into.Append(html);

        public void AppendFormatted(Html html) => _into.Append(html.Text);

        public void AppendFormatted(string? value) => _into.Append(WebUtility.HtmlEncode(value));

        public void AppendFormatted(IFormattable value) => _into.Append(WebUtility.HtmlEncode(value.ToString(null, CultureInfo.InvariantCulture)));

        public void AppendFormatted(IFormattable value, string format) => _into.Append(WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)));
    }
}
