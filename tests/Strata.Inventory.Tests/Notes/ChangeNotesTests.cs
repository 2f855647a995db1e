using Strata.Inventory.Bills;
using Strata.Inventory.Notes;
using Strata.Inventory.Tests.Bills;
using Strata.Inventory.Vulnerabilities;

namespace Strata.Inventory.Tests.Notes;

public class ChangeNotesTests
{
    private static readonly Bill s_new = MadeBill.Whole with
    {
        Version = "1.1|x",
        Packages =
        [
            .. MadeBill.Whole.Packages.Where(p => p.Name != "mine").Select(p => p.Name switch
            {
                "libstdc++6" => p with { Version = "14.2.0-19+deb13u1", Sha256 = MadeBill.Digest("new") },
                "libstdc--6" => p with { Version = "1:2~2", Sha256 = MadeBill.Digest("older") },
                _ => p,
            }),
            MadeBill.Whole.Packages[0] with { Name = "added", Version = "7", Sha256 = MadeBill.Digest("added") },
        ],
        Files =
        [
            MadeBill.Whole.Files[0] with { Sha256 = MadeBill.Digest("other"), Size = 100 },
                MadeBill.Whole.Files[2] with { Layers = ["shell"] },
            MadeBill.Whole.Files[1] with { Path = "/usr/bin/new", Size = 3 },
        ],
        Parts = new Dictionary<string, long> { ["kernel"] = 4000, ["layer more"] = 5 },
        Budgets = new Dictionary<string, string> { ["image"] = "17.0 MiB" },
        Kernel = MadeBill.Whole.Kernel! with { Release = "6.12.118",
            Config = "CONFIG_A=m\n# CONFIG_B is not set\nCONFIG_C=\"x\"\n"u8.ToArray() },
    };

    [Fact]
    public void Of_TwoReleases_AreTheNotesOfTheSecond() => Assert.Equal(
        """
        # Changes from made 1.0+a b to made 1.1\|x

        ## Packages

        | package | before | now |  |
        |---|---|---|---|
        | added | - | 7 | added |
        | libstdc++6 | 14.2.0-19 | 14.2.0-19+deb13u1 | updated |
        | libstdc--6 | 1:2~3 | 1:2~2 | downgraded |
        | mine | 1 | - | removed |

        ## Sizes

        | of | before | now | difference |
        |---|---|---|---|
        | kernel | 4.00 KiB | 3.91 KiB | -96 B |
        | layer more | - | 5 B | +5 B |
        | layer shell | 68.4 KiB | - | -68.4 KiB |

        ## Files

        | layer | added | removed | changed | plain bytes |
        |---|---|---|---|---|
        | shell | 1 | 2 | 0 | -23 B |
        | system | 0 | 1 | 1 | +78 B |

        ## Kernel

        | option | before | now |
        |---|---|---|
        | release | 6.12.117 | 6.12.118 |
        | CONFIG\_A | y | m |
        | CONFIG\_C | not set | "x" |

        ## Budgets

        | budget | before | now |
        |---|---|---|
        | image | 16.0 MiB | 17.0 MiB |

        """,
        MarkdownNotes.Of(ChangeNotes.Between(MadeBill.Whole, s_new)));

    [Fact]
    public void Of_SameRelease_SaysThatNothingDiffers()
    {
        ChangeNotes notes = ChangeNotes.Between(MadeBill.Whole, MadeBill.Whole with { Files = [.. MadeBill.Whole.Files] });
        Assert.True(notes.IsEmpty);
        Assert.Equal("# Changes from made 1.0+a b to made 1.0+a b\n\nNothing differs.\n", MarkdownNotes.Of(notes));
    }

    [Fact]
    public void Of_SecurityFixes_StandFirst()
    {
        ChangeNotes notes = ChangeNotes.Between(MadeBill.Whole, s_new) with
        {
            SecurityFixes = [new FixNote("CVE-2026-1", "gcc-14", "14.2.0-19+deb13u1", "high")],
        };
        Assert.StartsWith(
            "# Changes from made 1.0+a b to made 1.1\\|x\n\n## Security fixes\n\n"
                + "| number | package | fixed in | severity |\n|---|---|---|---|\n"
                + "| CVE-2026-1 | gcc-14 | 14.2.0-19+deb13u1 | high |\n\n## Packages\n",
            MarkdownNotes.Of(notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, "")]
    [InlineData(61, "\nAnd 1 more.\n")]
    public void Of_ManyOptions_AreCut(int options, string more)
    {
        ChangeNotes notes = ChangeNotes.Between(MadeBill.Whole, MadeBill.Whole) with
        {
            Kernel = [.. Enumerable.Range(0, options).Select(i => new ValueNote($"CONFIG-{i}", null, "y"))],
        };
        string text = MarkdownNotes.Of(notes);
        Assert.False(notes.IsEmpty);
        Assert.EndsWith($"| CONFIG-59 | not set | y |\n{more}", text, StringComparison.Ordinal);
    }

    // each kind of difference alone is one
    [Fact]
    public void IsEmpty_AnyDifference_IsOne()
    {
        Bill one = MadeBill.Whole;
        Assert.Equal(
            ["", "libstdc++6 replaced", "kernel", "shell 0 0 1", "image", "profile release CONFIG_A"],
            ((Bill[])
            [
                one with { Lock = MadeBill.Digest("other") },
                one with { Packages = [one.Packages[0] with { Sha256 = MadeBill.Digest("other") }, .. one.Packages.Skip(1)] },
                one with { Parts = new Dictionary<string, long>(one.Parts) { ["kernel"] = 1 } },
                one with { Files = [one.Files[0], one.Files[1] with { Sha256 = MadeBill.Digest("other") }, .. one.Files.Skip(2)] },
                one with { Budgets = new Dictionary<string, string> { ["image"] = "1" } },
                one with { Kernel = null },
            ]).Select(other => ChangeNotes.Between(one, other)).Select(n => n.IsEmpty ? "" : Line(n)));

        static string Line(ChangeNotes notes) => string.Join(' ', [.. notes.Packages.Select(p => $"{p.Name} {p.How}"),
            .. notes.Sizes.Select(s => s.Name), .. notes.Layers.Select(l => $"{l.Layer} {l.Added} {l.Removed} {l.Changed}"),
            .. notes.Budgets.Select(b => b.Name), .. notes.Kernel.Select(k => k.Name)]);
    }

    [Fact]
    public void FixNotes_Entries_AreByPackageAndNumber() => Assert.Equal(
        ["a 2 high", "b 1 unknown", "b 3 negligible"],
        FixNote.Of([Entry("b", "3", "unimportant"), Entry("a", "2", "high*"), Entry("b", "1", "end-of-life")])
            .Select(f => $"{f.Source} {f.Id} {f.Severity}"));

    private static TrackerEntry Entry(string source, string id, string urgency) =>
        new() { Source = source, Id = id, Urgency = urgency, Status = "resolved", FixedVersion = "1" };
}
