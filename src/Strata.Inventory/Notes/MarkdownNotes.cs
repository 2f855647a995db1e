using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Inventory.Notes;

/// <summary>Change notes as Markdown, for the page of a release.</summary>
public static class MarkdownNotes
{
    private const int MostOptions = 60;

    /// <summary>Writes them; the same notes give the same text.</summary>
    public static string Of(ChangeNotes notes)
    {
        ArgumentNullException.ThrowIfNull(notes);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Changes from {Plain(notes.Before)} to {Plain(notes.After)}\n");
        if (notes.IsEmpty)
        {
            text.Append("\nNothing differs.\n");
        }
        if (notes.SecurityFixes is IReadOnlyList<FixNote> fixes)
        {
            if (fixes.Count == 0)
            {
                text.Append("\nThe feed knows of no vulnerability that the new packages fix.\n");
            }
            Section(text, "Security fixes", ["number", "package", "fixed in", "severity"],
                fixes.Select(f => (IReadOnlyList<string>)[f.Id, f.Source, f.FixedIn, f.Severity]));
        }
        Section(text, "Packages", ["package", "before", "now", ""],
            notes.Packages.Select(p => (IReadOnlyList<string>)[p.Name, p.Before ?? "-", p.After ?? "-", p.How]));
        Section(text, "Sizes", ["of", "before", "now", "difference"], notes.Sizes.Select(s => (IReadOnlyList<string>)
            [s.Name, Bytes(s.Before), Bytes(s.After), Signed((s.After ?? 0) - (s.Before ?? 0))]));
        Section(text, "Files", ["layer", "added", "removed", "changed", "plain bytes"], notes.Layers.Select(l => (IReadOnlyList<string>)
            [l.Layer, Number(l.Added), Number(l.Removed), Number(l.Changed), Signed(l.Bytes)]));
        Section(text, "Kernel", ["option", "before", "now"],
            notes.Kernel.Take(MostOptions).Select(k => (IReadOnlyList<string>)[k.Name, k.Before ?? "not set", k.After ?? "not set"]));
        if (notes.Kernel.Count > MostOptions)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nAnd {notes.Kernel.Count - MostOptions} more.\n");
        }
        Section(text, "Budgets", ["budget", "before", "now"],
            notes.Budgets.Select(b => (IReadOnlyList<string>)[b.Name, b.Before ?? "none", b.After ?? "none"]));
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        bool isFirst = true;
        foreach (IReadOnlyList<string> row in rows)
        {
            if (isFirst)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| {string.Join(" | ", columns)} |\n|");
                text.Append(string.Concat(Enumerable.Repeat("---|", columns.Count))).Append('\n');
                isFirst = false;
            }
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(Plain))} |\n");
        }
    }

    // what would end a cell, or start something else than text, stands for itself
    private static string Plain(string text)
    {
        StringBuilder plain = new();
        foreach (char c in text)
        {
            if (c is '|' or '\\' or '`' or '*' or '_' or '<' or '[' or ']')
            {
                plain.Append('\\');
            }
            plain.Append(char.IsControl(c) ? ' ' : c);
        }
        return plain.ToString();
    }

    private static string Bytes(long? bytes) => bytes is long value ? new ByteSize(value).ToString() : "-";

    private static string Signed(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
