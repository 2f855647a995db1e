using System.Globalization;
using Strata.Cli.Output;
using Strata.Packages.Locks;
using Strata.Packages.Sources;

namespace Strata.Cli.Commands;

/// <summary>A suite or a folder that packages come from: in what <c>lock</c> prints, and a line of <c>doctor</c>.</summary>
/// <param name="Suite"><c>trixie-security</c>, <c>docker/trixie</c>, <c>mine: folder debs</c>.</param>
/// <param name="Date">When its release was made; absent for a folder, which has none.</param>
/// <param name="ValidUntil">When that ceases to be valid; absent when it does not say.</param>
/// <param name="Keys">Fingerprints of the keys that signed it.</param>
/// <param name="Keyrings">Files of the keys that it may be signed with.</param>
internal sealed record SuiteRow(
    string Suite, DateTimeOffset? Date, DateTimeOffset? ValidUntil, IReadOnlyList<string> Keys, IReadOnlyList<string> Keyrings)
{
    public static SuiteRow Of(SuiteState state) => new(state.Suite, state.Date, state.ValidUntil, state.Keys, state.Keyrings);

    /// <summary>A folder of package files, which nobody signed.</summary>
    public static SuiteRow Of(PackageArchive folder) => new($"{folder.Name}: folder {folder.Folder}", null, null, [], []);

    /// <summary>A table of several.</summary>
    public static void Print(IReadOnlyList<SuiteRow> rows) => new Terminal().Table(
        ["archive", "made", "valid until", "signed by"],
        rows.Select(r => (IReadOnlyList<string>)[r.Suite, Show(r.Date), Show(r.ValidUntil), r.SignedBy]));

    /// <summary><c>made 2026-11-21 09:13, valid until 2026-11-28 09:13, signed by 4CB50190207B4758A3F73A796ED0E7B82643E131</c></summary>
    public override string ToString() =>
        $"made {Show(Date)}, {(ValidUntil is { } until ? $"valid until {Show(until)}" : "does not say how long it is valid")}, " +
        $"signed by {SignedBy}";

    private string SignedBy => Keys.Count == 0 ? "nobody; the lock has a digest of each file" : string.Join(", ", Keys);

    private static string Show(DateTimeOffset? date) =>
        date?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";
}
