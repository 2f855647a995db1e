using System.Text;
using Strata.Packages.Licences;
using Strata.Packages.Listings;
using Strata.Store;

namespace Strata.Editions.Bills;

/// <summary>Licences of packages, and the texts of those that SPDX does not have.</summary>
/// <param name="store">Has the packages.</param>
/// <param name="packages">All packages of the edition.</param>
internal sealed class LicenceFinder(ObjectStore store, PackageSet packages)
{
    private const int LongestText = 256 << 10;

    private readonly CopyrightTexts _files = new(store);
    private readonly SortedDictionary<string, SortedDictionary<string, List<string>>> _texts = new(StringComparer.Ordinal);

    /// <summary>The texts found so far, by <c>LicenseRef-…</c>. Where packages have several under one name, all of them.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts.ToDictionary(
        t => t.Key,
        t => t.Value.Count == 1 ? t.Value.Keys.Single()
            : string.Join("\n\n", t.Value.Select(v => $"As in {string.Join(", ", v.Value)}:\n\n{v.Key}")),
        StringComparer.Ordinal);

    /// <summary>The licences of a package as an expression of SPDX.</summary>
    /// <param name="package">Its name.</param>
    /// <returns>
    /// Null and false for a package without a copyright file; a text of its own stands for a file that programs cannot read.
    /// </returns>
    public (string? Licence, bool HasCopyright) Of(string package)
    {
        if (CopyrightTexts.Find(packages, package) is not PackagedEntry file)
        {
            return (null, false);
        }
        byte[] text = _files.Read(file);
        CopyrightTerms terms = CopyrightTerms.Of(text);
        if (terms.Expression is not string expression)
        {
            string whole = "LicenseRef-copyright-" + file.Entry.Digest.ToShortString();
            Add(whole, Encoding.UTF8.GetString(text), package);
            return (whole, true);
        }
        foreach (string own in expression.Split([' ', '(', ')'], StringSplitOptions.RemoveEmptyEntries)
            .Where(n => n.StartsWith("LicenseRef-", StringComparison.Ordinal)))
        {
            Add(own, terms.OwnTexts.GetValueOrDefault(own) ?? "The copyright file has no text under this name.", package);
        }
        return (expression, true);
    }

    private void Add(string name, string text, string package)
    {
        string kept = text.Length <= LongestText ? text : text[..LongestText] + "\n(The rest is left out.)";
        if (!_texts.TryGetValue(name, out SortedDictionary<string, List<string>>? texts))
        {
            _texts.Add(name, texts = new SortedDictionary<string, List<string>>(StringComparer.Ordinal));
        }
        if (!texts.TryGetValue(kept, out List<string>? owners))
        {
            texts.Add(kept, owners = []);
        }
        if (!owners.Contains(package))
        {
            owners.Add(package);
        }
    }
}
