using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Tcg;
using Strata.Testing;
using Strata.Trust.Attestation;
using Strata.Trust.Measurements;

namespace Strata.Trust.Tests;

/// <summary>Starts of real firmware (folder <c>Starts</c>), as they were and changed.</summary>
public class AttestationTests
{
    private const string Start = "secure-boot", OpenStart = "open";

    private static readonly ExpectedMeasurements s_expected = ExpectedMeasurements.Read(Bytes("owned.measurements.json"));

    [Theory]
    [InlineData(Start)]
    [InlineData(OpenStart)]
    public void Replay_LogOfFirmware_IsWhatItsTpmHeld(string start)
    {
        IReadOnlyList<Sha256Digest> replayed = EventLog.Read(Bytes($"{start}.log")).Replay();
        IReadOnlyDictionary<int, Sha256Digest> values = RegisterValues.Read(Bytes($"{start}.pcrs"));
        Assert.Equal(24, values.Count);
        Assert.Empty(values.Where(v => v.Value != replayed[v.Key] && v.Key != 10)); // 10 is of the kernel (IMA)
    }

    /// <summary>tpm2_eventlog of tpm2-tools reads the same log, and comes to the same registers.</summary>
    [SkippableTheory]
    [InlineData(Start)]
    [InlineData(OpenStart)]
    public void Replay_LogOfFirmware_IsWhatTpm2ToolsComeTo(string start)
    {
        string log = Path.Combine(Repository.Root, "tests/Strata.Trust.Tests/Starts", $"{start}.log");
        (int code, string output) = Oracle.Run("tpm2", "eventlog", log);
        Assert.True(code == 0, output);
        string[] lines = [.. output.Split('\n').SkipWhile(l => l != "pcrs:").SkipWhile(l => l != "  sha256:").Skip(1)
            .TakeWhile(l => l.StartsWith("    ", StringComparison.Ordinal))];
        IReadOnlyDictionary<int, Sha256Digest> theirs = RegisterValues.Read(System.Text.Encoding.ASCII.GetBytes(string.Join('\n', lines)));
        EventLog read = EventLog.Read(Bytes($"{start}.log"));
        Assert.Equal(read.Events.Where(e => e.Extends).Select(e => e.Register).Distinct().Order(), theirs.Keys);
        Assert.All(theirs, t => Assert.Equal(t.Value, read.Replay()[t.Key]));
    }

    [Fact]
    public void Compare_StartAsItShouldBe_IsAsExpected()
    {
        AttestationReport report = Compare(Start);
        Assert.True(report.IsAsExpected);
        Assert.True(report.HasSecureBoot);
        Assert.Equal(
            [(4, "secure-boot"), (7, "secure-boot"), (11, "kernel"), (12, "nothing-passed"), (13, "nothing-passed")],
            report.Registers.Where(r => r.Standing == RegisterStanding.Expected).Select(r => (r.Number, r.Case)));
        Assert.Equal([10], report.Registers.Where(r => r.Standing == RegisterStanding.Unexplained).Select(r => r.Number));
    }

    /// <summary>Whoever signs for Secure Boot is told when a machine starts without it.</summary>
    [Fact]
    public void Compare_StartWithoutSecureBoot_IsNotAsExpected()
    {
        AttestationReport report = Compare(OpenStart);
        Assert.False(report.IsAsExpected);
        Assert.False(report.HasSecureBoot);
        Assert.Equal(
            [(4, "it is that of a start of another kind: 'open', not 'secure-boot'"),
                (7, "it is that of a start of another kind: 'open', not 'secure-boot'")],
            report.Registers.Where(r => r.Standing == RegisterStanding.Different).Select(r => (r.Number, r.Finding!)));
        Assert.True(Compare(OpenStart, s_expected with
        {
            Registers = [.. s_expected.Registers.Where(r => r.Case != MeasuredCase.SecureBoot)],
        }).IsAsExpected);
    }

    /// <summary>The running system measures phases, and no log of firmware has them.</summary>
    [Theory]
    [InlineData("enter-initrd", true)]
    [InlineData("enter-initrd leave-initrd", true)]
    [InlineData("leave-initrd", false)]
    [InlineData("enter-initrd something", false)]
    public void Compare_PhasesOfTheSystem_AreKnown(string words, bool isExpected)
    {
        Dictionary<int, Sha256Digest> values = new(RegisterValues.Read(Bytes($"{Start}.pcrs")));
        foreach (string word in words.Split(' '))
        {
            values[11] = Sha256Digest.Of([.. values[11].Bytes, .. Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(word)).Bytes]);
        }
        AttestedRegister register = Attestation.Attestation.Compare(EventLog.Read(Bytes($"{Start}.log")), values, s_expected)
            .Registers.Single(r => r.Number == 11);
        Assert.Equal(isExpected ? words.Split(' ')[^1] : null, register.Case);
        Assert.Equal(isExpected ? null : "the events are those expected, and it was extended by something after them", register.Finding);
    }

    [Fact]
    public void Compare_OtherImage_NamesTheFirstEventThatIsNotThat()
    {
        // as if the release had another command line: the register follows, the event is named
        ExpectedRegister kernel = s_expected.Registers.Single(r => r is { Register: 11, Case: MeasuredCase.Kernel });
        int at = kernel.Events.ToList().FindIndex(e => e.What == "section .cmdline");
        ExpectedEvent[] events = [.. kernel.Events];
        events[at] = events[at] with { Digest = Sha256Digest.Of("other words"u8) };
        AttestationReport report = Compare(Start, s_expected with { Registers = [kernel with { Events = events }] });
        Assert.Equal(
            "event 35 (EV_IPL '.cmdline') is not the expected 'section .cmdline'", report.Registers.Single(r => r.Number == 11).Finding);
        report = Compare(Start, s_expected with { Registers = [kernel with { Events = events[..4] }] });
        Assert.Equal("event 34 (EV_IPL '.cmdline') is one more than expected", report.Registers.Single(r => r.Number == 11).Finding);
        report = Compare(Start, s_expected with { Registers = [kernel with { Events = [.. kernel.Events, events[at]] }] });
        Assert.Equal("'section .cmdline' was not measured", report.Registers.Single(r => r.Number == 11).Finding);
        report = Compare(Start, s_expected with { Registers = [kernel with { Events = [.. kernel.Events.Skip(2)] }] });
        Assert.Equal(
            "event 30 (EV_IPL '.linux') was not expected before 'name of section .osrel'",
            report.Registers.Single(r => r.Number == 11).Finding);
    }

    /// <summary>A log that was made to fit does not fit the registers.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(0)]
    public void Compare_LogThatDoesNotExplainARegister_IsNotBelieved(int number)
    {
        EventLog log = EventLog.Read(Bytes($"{Start}.log"));
        byte[] bytes = Bytes($"{Start}.log");
        LoggedEvent changed = log.Events.First(e => e.Register == number);
        bytes[bytes.AsSpan().IndexOf(changed.Digest.Bytes)] ^= 1;
        AttestationReport report = Attestation.Attestation.Compare(
            EventLog.Read(bytes), RegisterValues.Read(Bytes($"{Start}.pcrs")), s_expected);
        Assert.False(report.IsAsExpected);
        AttestedRegister register = report.Registers.Single(r => r.Number == number);
        Assert.Contains("the log does not explain it", register.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_RegisterThatIsNotTold_IsDifferent()
    {
        Dictionary<int, Sha256Digest> values = new(RegisterValues.Read(Bytes($"{Start}.pcrs")));
        values.Remove(7);
        AttestationReport report = Attestation.Attestation.Compare(EventLog.Read(Bytes($"{Start}.log")), values, s_expected);
        Assert.Equal((false, "the machine does not tell it"), (report.IsAsExpected, report.Registers.Single(r => r.Number == 7).Finding));
    }

    [Fact]
    public void Text_OfEvents_NamesVariablesAndPrograms()
    {
        string[] texts = [.. EventLog.Read(Bytes($"{Start}.log")).Events.Select(e => $"{e.Register} {e.TypeName} {e.Text}".TrimEnd())];
        Assert.Contains("7 EV_EFI_VARIABLE_DRIVER_CONFIG SecureBoot", texts);
        Assert.Contains("7 EV_EFI_VARIABLE_AUTHORITY db", texts);
        Assert.Contains("4 EV_EFI_ACTION Calling EFI Application from Boot Option", texts);
        Assert.Contains(@"4 EV_EFI_BOOT_SERVICES_APPLICATION \EFI\BOOT\BOOTX64.EFI", texts);
        Assert.Contains(@"4 EV_EFI_BOOT_SERVICES_APPLICATION \EFI\Linux\owned_1.efi", texts);
        Assert.Contains("11 EV_IPL .pcrpkey", texts);
        Assert.Contains("9 EV_EVENT_TAG Linux initrd", texts);
    }

    [Fact]
    public void Read_EveryCutOfALog_IsRefusedOrHasFewerEvents()
    {
        byte[] log = Bytes($"{Start}.log");
        int all = EventLog.Read(log).Events.Count;
        for (int length = 0; length < log.Length; length += 7)
        {
            try
            {
                Assert.True(EventLog.Read(log.AsMemory(0, length)).Events.Count < all);
            }
            catch (ImageFormatException)
            {
                // the usual end
            }
        }
        BinaryPrimitives.WriteUInt32LittleEndian(log.AsSpan(28), uint.MaxValue);
        Assert.Throws<ImageFormatException>(() => EventLog.Read(log));
    }

    [Theory]
    [InlineData("")]
    [InlineData("24:HEX")]
    [InlineData("-1:HEX")]
    [InlineData("1:HEX\n1:HEX")]
    [InlineData("1:aa")]
    [InlineData("HEX")]
    public void Read_WhatIsNoRegister_IsRefused(string text) => Assert.Throws<ImageFormatException>(
        () => RegisterValues.Read(System.Text.Encoding.ASCII.GetBytes(text.Replace("HEX", new string('a', 64), StringComparison.Ordinal))));

    [Fact]
    public void Read_RegistersOfTpm2Tools_AreTaken() => Assert.Equal(
        [0, 11], RegisterValues.Read(System.Text.Encoding.ASCII.GetBytes(
            $"  sha256:\n    0 : 0x{new string('A', 64)}\n    11: 0x{new string('B', 64)}\n")).Keys);

    [Fact]
    public void Read_ValueThatIsNotOfItsEvents_IsRefused()
    {
        string text = System.Text.Encoding.UTF8.GetString(Bytes("owned.measurements.json"));
        string value = s_expected.Registers[0].Value.ToString();
        ImageFormatException refused = Assert.Throws<ImageFormatException>(() => ExpectedMeasurements.Read(
            System.Text.Encoding.UTF8.GetBytes(text.Replace(value, new string('0', 64), StringComparison.Ordinal))));
        Assert.Contains("is not that of its events", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Bytes("owned.measurements.json"), s_expected.Write());
    }

    private static AttestationReport Compare(string start, ExpectedMeasurements? expected = null) => Attestation.Attestation.Compare(
        EventLog.Read(Bytes($"{start}.log")), RegisterValues.Read(Bytes($"{start}.pcrs")), expected ?? s_expected);

    private static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests/Strata.Trust.Tests/Starts", name));
}
