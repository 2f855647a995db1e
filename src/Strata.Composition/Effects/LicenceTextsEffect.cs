using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;

namespace Strata.Composition.Effects;

/// <summary>
/// Writes <c>/usr/share/licences/packages</c>: the copyright file of every package that the image has files of, equal ones once, and behind
/// them those of Debian's common licences that they refer to. So an image without documentation can show under which terms it is.
/// </summary>
/// <remarks>
/// Packages of the installer have none; another package of the same source then stands for it, and where there is none, that is said.
/// Common licences are taken out of <c>base-files</c> when the lock has it; which are not there is said too. Every text begins with a line
/// <c>== NAMES</c>. Words and their order are as in the files; blanks are not: a paragraph that was broken into lines for a narrow screen
/// is one line again, which spares a tenth of the packed bytes.
/// </remarks>
internal sealed partial class LicenceTextsEffect : IEffect
{
    private const string CommonFolder = "/usr/share/common-licenses/";
    private const int Wrapped = 50; // a line of fewer bytes was ended by its author

    private static readonly GuestPath s_target = GuestPath.Parse("/usr/share/licences/packages");

    /// <inheritdoc/>
    public string Name => "licence-texts";

    /// <inheritdoc/>
    public string Description => "one file with the licences of all packages of the image";

    /// <inheritdoc/>
    public bool IsAlwaysOn => false;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        CopyrightTexts texts = new(context.Store);
        SortedDictionary<string, (PackagedEntry File, List<string> Packages)> files = new(StringComparer.Ordinal);
        ILookup<string, ListedPackage> bySource = context.Packages.Packages.ToLookup(SourceOf, StringComparer.Ordinal);
        List<string> without = [];
        foreach (string package in context.Tree.Entries.Where(e => e.Node is not DirectoryNode).Select(e => e.Origin.Package)
            .OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (!context.Packages.TryGetPackage(package, out ListedPackage? listed))
            {
                continue;
            }
            IEnumerable<string> names = [package, .. bySource[SourceOf(listed)].Select(p => p.Name).Order(StringComparer.Ordinal)];
            if (names.Select(n => CopyrightTexts.Find(context.Packages, n)).FirstOrDefault(f => f is not null) is PackagedEntry file)
            {
                string digest = file.Entry.Digest.ToString();
                files.TryAdd(digest, (file, []));
                files[digest].Packages.Add(package);
            }
            else
            {
                without.Add($"{package} {listed.Version} (source {SourceOf(listed)})");
            }
        }
        StringBuilder all = new();
        SortedSet<string> common = new(StringComparer.Ordinal);
        foreach ((PackagedEntry file, List<string> packages) in files.Values.OrderBy(f => f.Packages[0], StringComparer.Ordinal))
        {
            string text = Encoding.UTF8.GetString(texts.Read(file));
            common.UnionWith(Common().Matches(text).Select(m => m.Groups[1].Value.TrimEnd('.')));
            Add(all, string.Join(", ", packages), text);
        }
        List<string> absent = [];
        foreach (string name in common)
        {
            if (context.Packages.Follow(GuestPath.Parse(CommonFolder + name)) is [.., { Entry.Size: > 0 } licence])
            {
                Add(all, CommonFolder + name, Encoding.UTF8.GetString(texts.Read(licence)));
            }
            else
            {
                absent.Add(name);
            }
        }
        if (without.Count > 0)
        {
            all.Append("== without a copyright file\nDebian's source packages have it: ").AppendJoin(", ", without).Append('\n');
        }
        if (absent.Count > 0)
        {
            all.Append($"== {CommonFolder}\nNot in this image, but in each of Debian's: ").AppendJoin(", ", absent).Append('\n');
        }
        FileContent content = context.Keep(Encoding.UTF8.GetBytes(all.ToString()));
        context.Put(this, s_target, new FileNode { Permissions = Modes.File, Content = content });
    }

    private static string SourceOf(ListedPackage package) =>
        package.Source.Split(' ') is [{ Length: > 0 } name, ..] ? name : package.Name;

    private static void Add(StringBuilder all, string names, string text)
    {
        all.Append("== ").Append(names).Append('\n');
        int before = 0; // length of the line before in its file; 0 at the start of a paragraph
        foreach (string line in text.Split('\n'))
        {
            string words = Blanks().Replace(line, " ").Trim();
            if (words is "" or ".") // the latter: an empty line in a field of copyright-format 1.0
            {
                all.Append(before > 0 ? "\n" : "");
                before = 0;
                continue;
            }
            bool begins = before < Wrapped || Field().IsMatch(line);
            all.Append(before == 0 ? "" : begins ? "\n" : " ").Append(words);
            before = line.Length;
        }
        all.Append(before > 0 ? "\n" : "");
    }

    [GeneratedRegex(@"/usr/share/common-licenses/([A-Za-z0-9][A-Za-z0-9.-]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Common();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\A[A-Z][A-Za-z-]*:", RegexOptions.CultureInvariant)]
    private static partial Regex Field();
}
