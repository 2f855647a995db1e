using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Relations;
using Strata.Packages.Solving;

namespace Strata.Packages.Tests.Solving;

/// <summary>Small random archives, where every set of packages can be tried: an answer is found exactly when there is one, and it is right.</summary>
public class SolverCompletenessTests
{
    private const int Packages = 9;

    [Fact]
    public void Solve_RandomArchives_FindsAnAnswerExactlyWhenThereIsOne()
    {
        Random random = new(4711);
        int solvable = 0;
        for (int round = 0; round < 3_000; round++)
        {
            string lines = NextArchive(random);
            PackageIndex index = TestIndex.Of(lines);
            bool possible = Enumerable.Range(0, 1 << Packages).Any(set => (set & 3) == 3 && IsRight(index, set));
            PackageRequest request = new() { Roots = [PackageRoot.Parse("p0"), PackageRoot.Parse("p1")] };
            try
            {
                IReadOnlyList<SelectedPackage> selected = PackageSolver.Solve(new PackagePool("amd64", [index]), request);
                int set = selected.Sum(p => 1 << (p.Entry.Name[1] - '0'));
                Assert.True((set & 3) == 3 && IsRight(index, set), $"{lines}\ngave {string.Join(' ', selected.Select(p => p.Entry.Name))}");
                solvable++;
            }
            catch (StrataException e)
            {
                Assert.False(possible, $"{lines}\ngave {e.Message}");
            }
        }
        Assert.InRange(solvable, 300, 2_700); // both outcomes are really tried
    }

    private static string NextArchive(Random random)
    {
        List<string> lines = [];
        for (int i = 0; i < Packages; i++)
        {
            string[] groups = [.. Enumerable.Range(0, random.Next(3)).Select(_ => NextGroup(random))];
            string conflicts = string.Join(", ", Enumerable.Range(0, random.Next(3)).Select(_ => NextName(random)));
            lines.Add($"p{i}"
                + (groups.Length > 0 ? $" | Depends: {string.Join(", ", groups)}" : "")
                + (conflicts.Length > 0 ? $" | {(random.Next(2) == 0 ? "Conflicts" : "Breaks")}: {conflicts}" : "")
                + (random.Next(3) == 0 ? $" | Provides: v{random.Next(3)}" : ""));
        }
        return string.Join('\n', lines);
    }

    private static string NextGroup(Random random) =>
        string.Join(" | ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => NextName(random)));

    private static string NextName(Random random) => random.Next(5) == 0 ? $"v{random.Next(3)}" : $"p{random.Next(Packages)}";

    private static bool IsRight(PackageIndex index, int set)
    {
        PackageEntry[] chosen = [.. Enumerable.Range(0, Packages).Where(i => (set & (1 << i)) != 0).Select(i => index[i])];
        return chosen.All(p => p.Depends.All(g => g.Alternatives.Any(r => chosen.Any(q => Answers(q, r))))
            && p.Conflicts.Concat(p.Breaks).All(r => !chosen.Any(q => q != p && Answers(q, r))));
    }

    private static bool Answers(PackageEntry package, Relation relation) =>
        package.Name == relation.Name || package.Provides.Any(p => p.Name == relation.Name);
}
