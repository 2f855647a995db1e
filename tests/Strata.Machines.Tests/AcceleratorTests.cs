using Strata.Testing;

namespace Strata.Machines.Tests;

public sealed class AcceleratorTests
{
    private const string Key = "strata accelerator 2\nboot\n/tree\n";

    [Fact]
    public void ReadCache_WhatWasWritten_ComesBack()
    {
        using TemporaryFolder folder = new();
        Accelerator decided = new(AcceleratorKind.Kvm, "Because.");
        Accelerator.WriteCache(folder["a/accelerator"], Key, decided);
        Assert.Equal(decided, Accelerator.ReadCache(folder["a/accelerator"], Key));
        Assert.Null(Accelerator.ReadCache(folder["a/accelerator"], Key.Replace("boot", "next", StringComparison.Ordinal)));
        Assert.Equal([folder["a/accelerator"]], Directory.GetFileSystemEntries(folder["a"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("kvm")]
    [InlineData("kvm\n")]
    [InlineData("kvm\n\n")]
    [InlineData("xen\nBecause.\n")]
    [InlineData("kvm\nBecause.\nmore\n")]
    public void ReadCache_Damaged_IsNone(string rest)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["c"], Key + rest);
        Assert.Null(Accelerator.ReadCache(folder["c"], Key));
    }

    [Fact]
    public void ReadCache_Missing_IsNone() => Assert.Null(Accelerator.ReadCache("/no/such/file", Key));

    [Fact]
    public void WriteCache_FolderThatCannotBe_IsNoError()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["file"], "");
        Accelerator.WriteCache(folder["file/accelerator"], Key, Accelerator.Emulation);
        Assert.Equal("", File.ReadAllText(folder["file"]));
    }

    [Fact]
    public void WhyUnusable_Missing_SaysSo() => Assert.Equal("this host has no /dev/no-kvm", Accelerator.WhyUnusable("/dev/no-kvm"));

    [Fact]
    public void WhyUnusable_OpensForReadingAndWriting_IsNull() => Assert.Null(Accelerator.WhyUnusable("/dev/null"));

    [Fact]
    public void BootSector_Exiting_IsASectorThatWritesTheExitValue()
    {
        byte[] sector = BootSector.Exiting();
        Assert.Equal(512, sector.Length);
        Assert.Equal("B031BAF400EEF4EBFD", Convert.ToHexString(sector, 0, 9)); // mov al,31; mov dx,f4; out dx,al; hlt; jmp -3
        Assert.Equal("55AA", Convert.ToHexString(sector, 510, 2));
        Assert.Equal(99, BootSector.ExitCode);
    }
}
