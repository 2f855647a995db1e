using Strata.Updates.Trials;

namespace Strata.Updates.Tests.Trials;

public class BootEntryTests
{
    // UAPI.1, "Boot counting", and what systemd-boot 257 makes of names
    [Theory]
    [InlineData("box_1.efi", "box_1", null, 0)]
    [InlineData("box_1+3.efi", "box_1", 3, 0)]
    [InlineData("box_1+2-1.efi", "box_1", 2, 1)]
    [InlineData("box_1+0-3.EFI", "box_1", 0, 3)]
    [InlineData("box+4_1+1-2.efi", "box+4_1", 1, 2)]
    [InlineData("box_1+.efi", "box_1+", null, 0)]
    [InlineData("box_1+3-.efi", "box_1+3-", null, 0)]
    [InlineData("box_1+3-1-1.efi", "box_1+3-1-1", null, 0)]
    [InlineData("box_1+x.efi", "box_1+x", null, 0)]
    [InlineData("box_1+99999999999.efi", "box_1+99999999999", null, 0)]
    public void TryParse_Name_SaysHowFarItIsTrusted(string file, string name, int? left, int done)
    {
        BootEntry entry = BootEntry.TryParse(file)!;
        Assert.Equal((name, left, done, file), (entry.Name, entry.TriesLeft, entry.TriesDone, entry.FileName));
    }

    [Theory]
    [InlineData(".new-box_1.efi")]
    [InlineData("auto-box_1.efi")]
    [InlineData("box_1.efi.old")]
    [InlineData(".efi")]
    [InlineData("loader.conf")]
    public void TryParse_WhatSystemdBootPassesOver_IsNone(string file) => Assert.Null(BootEntry.TryParse(file));

    [Fact]
    public void NameOf_VersionWithAPlus_IsNotCounting() => Assert.Equal("box_1.0_3", BootEntry.NameOf("box", "1.0+3"));

    // UAPI.10, Version Format Specification: its list of examples, oldest first
    [Fact]
    public void IsNewer_VersionsOfTheSpecification_StandInItsOrder()
    {
        string[] order = ["123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1", "123.a-1", "123.1-1", "123a-1", "124-1"];
        for (int older = 0; older < order.Length; older++)
        {
            for (int newer = 0; newer < order.Length; newer++)
            {
                bool isNewer = BootEntries.IsNewer($"box_{order[newer]}", $"box_{order[older]}", "box");
                Assert.True(isNewer == newer > older, $"{order[newer]} and {order[older]}");
            }
        }
    }

    [Theory]
    [InlineData("10", "9")]
    [InlineData("1.10", "1.9")]
    [InlineData("2026.12.1", "2026.9.30")]
    [InlineData("1.0", "1.0~beta")]
    [InlineData("1.0_2", "1.0_1")]
    [InlineData("007", "6")]
    public void IsNewer_Numbers_CountAsNumbers(string newer, string older)
    {
        Assert.True(BootEntries.IsNewer($"box_{newer}", $"box_{older}", "box"));
        Assert.False(BootEntries.IsNewer($"box_{older}", $"box_{newer}", "box"));
    }

    [Fact]
    public void RunningEntry_FirmwareStartedAnotherOne_IsNone()
    {
        StartFacts start = new() { CountedPath = @"\EFI\Linux\box_1+2-1.efi" };
        Assert.Equal("box_1+2-1.efi", start.RunningEntry("box", "1")!.FileName);
        Assert.Null(start.RunningEntry("box", "2"));
        Assert.Null((start with { IsByKernel = true }).RunningEntry("box", "1"));
        Assert.Null((start with { CountedPath = @"\EFI\Other\box_1+2-1.efi" }).RunningEntry("box", "1"));
    }
}
