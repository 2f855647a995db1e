using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

public class UkiAdditionTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 451).Select(i => (byte)('a' + (i % 26)))];
    private static readonly byte[] s_signatures = [.. Enumerable.Range(0, 3000).Select(i => (byte)('0' + (i % 10)))];

    [Fact]
    public async Task WriteAsync_TwoSections_ComeBeforeTheKernelAndNothingElseMoves()
    {
        byte[] plain = await PePrograms.WriteAsync(PePrograms.Uki(TinyPe.Program(headers: 1536)));
        byte[] uki = await AddAsync(plain);
        PeImage before = PePrograms.Read(plain), after = PePrograms.Read(uki);
        Assert.Equal(
            [".text", ".osrel", ".cmdline", ".initrd", ".uname", ".pcrpkey", ".pcrsig", ".linux"], after.Sections.Select(s => s.Name));
        Assert.Equal(before.Sections.SkipLast(1), after.Sections.Take(before.Sections.Count - 1));
        Assert.All(after.Sections.Zip(after.Sections.Skip(1)), pair =>
        {
            Assert.Equal(pair.Second.RawOffset, pair.First.RawOffset + pair.First.RawSize);
            Assert.True(pair.First.VirtualAddress + pair.First.VirtualSize <= pair.Second.VirtualAddress);
        });
        Assert.All(after.Sections, s => Assert.Equal(0u, s.VirtualAddress % 4096));
        Assert.Equal(0u, after.Sections[^1].RawOffset % 2048);
        Assert.Equal((s_key.Length, s_signatures.Length), ((int)after.Sections[^3].VirtualSize, (int)after.Sections[^2].VirtualSize));
        Assert.Equal(s_key, PeImage.ReadSection(new MemoryStream(uki), after.Sections[^3], 1 << 20));
        Assert.Equal(s_signatures, PeImage.ReadSection(new MemoryStream(uki), after.Sections[^2], 1 << 20));
        Assert.Equal(TinyPe.Kernel(), PeImage.ReadSection(new MemoryStream(uki), after.Sections[^1], 1 << 20));
        Assert.Equal(after.Length, after.Sections[^1].RawOffset + (long)after.Sections[^1].RawSize);
    }

    /// <summary>The same headers as those of an image that had two sections of these lengths from the beginning.</summary>
    [Fact]
    public async Task WriteAsync_Headers_AreThoseOfAnImageThatHadThemFromTheBeginning()
    {
        byte[] stub = TinyPe.Program(headers: 1536);
        PeImage added = PePrograms.Read(await AddAsync(await PePrograms.WriteAsync(PePrograms.Uki(stub))));
        PeImage made = PePrograms.Read(await PePrograms.WriteAsync(PePrograms.Uki(stub) with
        {
            DeviceTrees =
            [
                UkiContent.Of(System.Text.Encoding.ASCII.GetString(s_key)),
                UkiContent.Of(System.Text.Encoding.ASCII.GetString(s_signatures)),
            ],
        }));
        Assert.Equal(
            (made.SizeOfImage, made.SizeOfHeaders, made.Sections.Count), (added.SizeOfImage, added.SizeOfHeaders, added.Sections.Count));
    }

    [Fact]
    public async Task WriteAsync_Checksum_IsThatOfTheFile()
    {
        byte[] uki = await AddAsync(await PePrograms.WriteAsync(PePrograms.Uki(TinyPe.Program(headers: 1536))));
        uint written = PePrograms.Read(uki).CheckSum;
        uki.AsSpan(0x40 + 24 + 64, 4).Clear();
        ulong sum = 0;
        for (int i = 0; i < uki.Length; i += 2)
        {
            sum += BitConverter.ToUInt16(uki, i);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        Assert.Equal((uint)sum + (uint)uki.Length, written);
    }

    [Fact]
    public async Task WriteAsync_WhatCannotBe_IsRefused()
    {
        byte[] plain = await PePrograms.WriteAsync(PePrograms.Uki(TinyPe.Program(headers: 1536)));
        await RefusedAsync("has a section of that name", plain, (".osrel", s_key));
        await RefusedAsync("a section has 1 to 65536 bytes", plain, (".pcrsig", []));
        await RefusedAsync("a section has 1 to 65536 bytes", plain, (".pcrsig", new byte[65537]));
        await RefusedAsync("has a section of that name", await AddAsync(plain), (".pcrsig", s_key));
        await RefusedAsync("its last section is", TinyPe.Program(), (".pcrsig", s_key));
        // 1024 bytes of headers have room for four sections more than those of an image
        byte[] narrow = await PePrograms.WriteAsync(PePrograms.Uki());
        await RefusedAsync("no room for 18 more section headers", narrow, [.. Enumerable.Range(0, 18).Select(i => ($".s{i}", s_key))]);
        using MemoryStream signed = new();
        await CertificateTable.AppendAsync(new MemoryStream(plain), new byte[100], signed, CancellationToken.None);
        await RefusedAsync("it is signed already", signed.ToArray(), (".pcrsig", s_key));
    }

    /// <summary>A table of certificates has at most 1 MiB: the header of an entry has 8 bytes, and entries end at multiples of 8.</summary>
    [Theory]
    [InlineData((1 << 20) - 8, null)]
    [InlineData((1 << 20) - 7, "its certificates would have 1048584 bytes, expected at most 1048576")]
    public async Task AppendAsync_Table_HasAtMostAMebibyte(int length, string? problem)
    {
        using MemoryStream signed = new();
        Task appended = CertificateTable.AppendAsync(new MemoryStream(TinyPe.Program()), new byte[length], signed, CancellationToken.None);
        if (problem is not null)
        {
            Assert.Equal(problem, (await Assert.ThrowsAsync<ImageFormatException>(() => appended)).Problem);
            return;
        }
        await appended;
        Assert.Equal(length, Assert.Single(CertificateTable.Read(signed)).Length);
    }

    /// <summary>systemd's own program says what its stub measures.</summary>
    [SkippableFact]
    public async Task MeasuredSections_OfAnImage_AreWhatSystemdMeasures()
    {
        byte[] stub = await File.ReadAllBytesAsync(File.Exists(PePrograms.StubPath) ? PePrograms.StubPath : Skipped());
        byte[] uki = await AddAsync(await PePrograms.WriteAsync(PePrograms.Uki(stub) with { Microcode = UkiContent.Of("microcode") }));
        IReadOnlyList<MeasuredSection> sections = MeasuredSections.Read(new MemoryStream(uki));
        Assert.Equal(
            [".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".uname", ".sbat", ".pcrpkey"], sections.Select(s => s.Name));
        Sha256Digest register = default;
        foreach (MeasuredSection section in sections)
        {
            Sha256Digest name = Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(section.Name + "\0"));
            register = Extended(Extended(register, name), section.Digest);
        }
        using TemporaryFolder folder = new();
        PeImage image = PePrograms.Read(uki);
        List<string> arguments = ["calculate", "--bank=sha256", "--phase=:"];
        foreach (string name in sections.Select(s => s.Name[1..]))
        {
            PeSection section = image.Sections.Single(s => s.Name == "." + name);
            await File.WriteAllBytesAsync(folder[name], PeImage.ReadSection(new MemoryStream(uki), section, 1 << 20));
            arguments.Add($"--{name}={folder[name]}");
        }
        (int code, string output) = Oracle.Run("systemd-measure", arguments);
        Assert.True(code == 0 && output.Contains($"11:sha256={register}", StringComparison.Ordinal), $"{register} expected: {output}");
        Assert.Equal(sections, MeasuredSections.Read(new MemoryStream(await WithoutAsync(stub)), s_key));
    }

    [Fact]
    public async Task MeasuredSections_WhatTheStubChoosesFrom_IsNotTold()
    {
        UkiConfig config = PePrograms.Uki(TinyPe.Program(headers: 1536)) with { DeviceTrees = [UkiContent.Of("tree")] };
        byte[] uki = await PePrograms.WriteAsync(config);
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => MeasuredSections.Read(new MemoryStream(uki)));
        Assert.Contains("of .dtb is not known before it starts", e.Message, StringComparison.Ordinal);
    }

    private static Sha256Digest Extended(Sha256Digest register, Sha256Digest with) => Sha256Digest.Of([.. register.Bytes, .. with.Bytes]);

    private static Task<byte[]> WithoutAsync(byte[] stub) =>
        PePrograms.WriteAsync(PePrograms.Uki(stub) with { Microcode = UkiContent.Of("microcode") });

    private static string Skipped()
    {
        Skip.If(true, "systemd's stub is not here");
        return "";
    }

    private static async Task<byte[]> AddAsync(byte[] uki, params (string, byte[])[] sections)
    {
        using MemoryStream output = new();
        await UkiAddition.WriteAsync(
            new MemoryStream(uki), sections.Length > 0 ? sections : [(".pcrpkey", s_key), (".pcrsig", s_signatures)], output,
            CancellationToken.None);
        return output.ToArray();
    }

    private static async Task RefusedAsync(string expected, byte[] uki, params (string, byte[])[] sections)
    {
        ImageFormatException e = await Assert.ThrowsAsync<ImageFormatException>(() => AddAsync(uki, sections));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
