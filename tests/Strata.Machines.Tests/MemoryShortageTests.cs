using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>What a guest says that has too little memory, as real ones said it.</summary>
public class MemoryShortageTests
{
    // a stock kernel with 128 MiB under OVMF
    [Fact]
    public void Saw_KernelThatCannotBeUnpacked_ExplainsTheCrashOfTheFirmware()
    {
        MemoryShortage memory = Watch(
            "BdsDxe: starting Boot0002 \"UEFI Misc Device\" from PciRoot(0x0)/Pci(0x2,0x0)\r",
            "EFI stub: ERROR: Failed to decompress kernel\r",
            "EFI stub: ERROR: efi_stub_entry() failed!\r",
            "../src/boot/linux.c:153@linux_exec: Error starting kernel image: Out of resources\r",
            "!!!! X64 Exception Type - 0D(#GP - General Protection)  CPU Apic ID - 00000000 !!!!\r",
            "RIP  - 0000000007E8ED2C, CS  - 0000000000000038, RFLAGS - 0000000000010046");
        Assert.Equal("0D(#GP - General Protection)", memory.FirmwareCrash);
        Assert.Equal("; 64 MiB of memory are too little: it said 'EFI stub: ERROR: Failed to decompress kernel'", memory.Explanation);
        Assert.False(memory.IsLooping);
    }

    [Theory]
    [InlineData(160, "; 64 MiB of memory are too little, 160 MiB are known to be enough: it said 'Out of memory: Killed process 1'")]
    [InlineData(64, "; 64 MiB of memory are too little: it said 'Out of memory: Killed process 1'")] // what is known did not help
    public void Saw_WhatIsKnownToBeEnough_IsTold(int enough, string explanation)
    {
        MemoryShortage memory = new(64, TimeProvider.System, enough);
        memory.Saw("Out of memory: Killed process 1");
        Assert.Equal(explanation, memory.Explanation);
    }

    // the same with 64 MiB under SeaBIOS: ISOLINUX copies kernel and initramfs over each other, and the processor resets
    [Fact]
    public void Saw_LoaderAgainAndAgain_IsALoop()
    {
        SettableTime time = new();
        MemoryShortage memory = new(64, time);
        for (int start = 1; start <= 5; start++)
        {
            Assert.False(memory.IsLooping);
            memory.Saw("");
            memory.Saw("ISOLINUX 6.04 20250413  Copyright (C) 1994-2015 H. Peter Anvin et al\r");
            time.Now += TimeSpan.FromSeconds(1);
        }
        Assert.True(memory.IsLooping);
        Assert.Equal(" before its kernel said a word; 64 MiB of memory may be too little for kernel and initramfs", memory.Explanation);
    }

    [Theory]
    [InlineData(1, "[    0.000000] Linux version 6.12")] // its kernel speaks
    [InlineData(60, "")] // somebody restarts a system without a serial line now and then
    public void Saw_LoaderSeveralTimesOtherwise_IsNoLoop(int seconds, string line)
    {
        SettableTime time = new();
        MemoryShortage memory = new(64, time);
        for (int start = 0; start < 20; start++)
        {
            memory.Saw("ISOLINUX 6.04 20250413  Copyright (C) 1994-2015 H. Peter Anvin et al");
            memory.Saw(line);
            time.Now += TimeSpan.FromSeconds(seconds);
        }
        Assert.False(memory.IsLooping);
    }

    [Fact]
    public void Saw_SystemThatCameUp_PointsAtNothing() =>
        Assert.Empty(Watch("BdsDxe: starting Boot0001", "EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID device path",
            "my-os 0.1 is ready.").Explanation);

    [Fact]
    public void Look_FileThatGrows_GivesEachLineOnceAndKeepsACopy()
    {
        using TemporaryFolder folder = new();
        List<string> lines = [];
        using (SerialTail tail = new(folder["line"], folder["copy"], lines.Add))
        {
            tail.Look(); // nothing is there yet
            File.AppendAllText(folder["line"], "one\ntw");
            tail.Look();
            File.AppendAllText(folder["line"], "o\n");
            tail.Look();
            File.AppendAllText(folder["line"], new string('x', 1 << 20) + "\n");
            tail.Look();
            Assert.Equal(0, new FileInfo(folder["line"]).Length);
            File.AppendAllText(folder["line"], "last\n");
            tail.Look();
        }
        Assert.Equal(["one", "two", "last"], lines.Where(l => l.Length is > 0 and < 9));
        Assert.Equal("one\ntwo\n" + new string('x', 1 << 20) + "\nlast\n", File.ReadAllText(folder["copy"]));
    }

    private static MemoryShortage Watch(params string[] lines)
    {
        MemoryShortage memory = new(64, TimeProvider.System);
        foreach (string line in lines)
        {
            memory.Saw(line);
        }
        return memory;
    }

    private sealed class SettableTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
