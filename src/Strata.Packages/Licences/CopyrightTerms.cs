using System.Text;

namespace Strata.Packages.Licences;

/// <summary>What a Debian copyright file says of licences, as far as programs can read it (copyright-format 1.0).</summary>
/// <param name="Expression">All of its licences as one expression of SPDX; null for a file that has to be read by a person.</param>
/// <param name="OwnTexts">The texts that the file gives for names that SPDX does not have, by <c>LicenseRef-Debian-NAME</c>.</param>
public sealed record CopyrightTerms(string? Expression, IReadOnlyDictionary<string, string> OwnTexts)
{
    private const int MostExpressions = 256;

    /// <summary>A file that says nothing to programs.</summary>
    public static CopyrightTerms None { get; } = new(null, new Dictionary<string, string>());

    /// <summary>Reads a file.</summary>
    /// <remarks>
    /// Licences of paragraphs with <c>Files:</c> and of the header count; paragraphs that only give a text count when there are no others.
    /// </remarks>
    public static CopyrightTerms Of(ReadOnlySpan<byte> file)
    {
        if (!CopyrightFile.IsFormatted(file))
        {
            return None;
        }
        List<Paragraph> paragraphs = ParagraphsOf(Encoding.UTF8.GetString(file));
        Paragraph[] counted = [.. paragraphs.Where((p, i) => p.HasFiles || i == 0)];
        if (counted.All(p => p.Licence.Length == 0))
        {
            counted = [.. paragraphs];
        }
        SortedSet<string> expressions = new(StringComparer.Ordinal);
        foreach (string licence in counted.Select(p => p.Licence).Where(l => l.Length > 0))
        {
            if (LicenceExpression.Of(licence) is not string expression)
            {
                return None; // half of the licences would be told as if they were all
            }
            expressions.Add(expression);
        }
        if (expressions.Count is 0 or > MostExpressions)
        {
            return None;
        }
        SortedDictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (Paragraph paragraph in paragraphs.Where(p => p.Text.Length > 0))
        {
            if (LicenceExpression.Of(paragraph.Licence) is string name && !name.Contains(' ', StringComparison.Ordinal)
                && name.StartsWith(SpdxNames.OwnPrefix, StringComparison.Ordinal))
            {
                texts.TryAdd(name, paragraph.Text.ToString());
            }
        }
        return new CopyrightTerms(LicenceExpression.Join(expressions), texts);
    }

    private static List<Paragraph> ParagraphsOf(string text)
    {
        List<Paragraph> paragraphs = [];
        Paragraph current = new();
        bool isInLicence = false;
        foreach (string line in text.Split('\n').Append(""))
        {
            string trimmed = line.TrimEnd();
            if (trimmed.Length == 0)
            {
                if (!current.IsEmpty)
                {
                    paragraphs.Add(current);
                }
                (current, isInLicence) = (new Paragraph(), false);
            }
            else if (trimmed[0] is ' ' or '\t')
            {
                if (isInLicence)
                {
                    string rest = trimmed[1..];
                    current.Text.Append(rest == "." ? "" : rest).Append('\n'); // a point stands for an empty line
                }
            }
            else
            {
                current.IsEmpty = false;
                isInLicence = trimmed.StartsWith("License:", StringComparison.OrdinalIgnoreCase);
                current.HasFiles |= trimmed.StartsWith("Files:", StringComparison.OrdinalIgnoreCase);
                if (isInLicence)
                {
                    current.Licence = trimmed["License:".Length..].Trim();
                }
            }
        }
        return paragraphs;
    }

    private sealed class Paragraph
    {
        public bool IsEmpty { get; set; } = true;

        public bool HasFiles { get; set; }

        public string Licence { get; set; } = "";

        public StringBuilder Text { get; } = new();
    }
}
