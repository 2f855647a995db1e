using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Elf;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>The early init as a program.</summary>
public sealed class InitProgramTests
{
    private const int LargestCompressed = 1_258_291; // 1.2 MiB

    [SkippableFact]
    public async Task Program_IsStaticAndSmall()
    {
        byte[] program = await LayerBench.InitAsync();
        ElfFile elf = ElfFile.Read(program);
        Assert.Null(elf.Interpreter);
        Assert.Empty(elf.Needed);
        using MemoryStream packed = new();
        using (Stream xz = Compressor.OpenXz(packed, leaveOpen: true))
        {
            xz.Write(program);
        }
        Assert.True(packed.Length <= LargestCompressed, $"{packed.Length} bytes as xz, {program.Length} plain");
    }

    [SkippableFact]
    public async Task Program_JudgedByReadelf_IsPositionIndependentAndHardened()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["init"], await LayerBench.InitAsync());
        (int exitCode, string output) = Oracle.Run("readelf", "-hldW", folder["init"]);
        Assert.True(exitCode == 0, output);
        Assert.Contains("Type:                              DYN", output, StringComparison.Ordinal);
        Assert.Contains("GNU_RELRO", output, StringComparison.Ordinal);
        Assert.Contains("BIND_NOW", output, StringComparison.Ordinal);
        Assert.DoesNotContain("INTERP", output, StringComparison.Ordinal);
        Assert.DoesNotContain("(NEEDED)", output, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("GNU_STACK.*RWE"), output);
    }

    [SkippableFact]
    public async Task Program_ForArm64_IsOneStaticProgramForThatProcessor()
    {
        byte[] program = await LayerBench.BuildInitAsync(architecture: "arm64");
        ElfFile elf = ElfFile.Read(program);
        Assert.Equal((ElfMachine.Aarch64, ElfType.Shared, null), (elf.Machine, elf.Type, elf.Interpreter));
        Assert.Empty(elf.Needed);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Program_BuiltInAnotherFolderAndStore_HasTheSameBytes()
    {
        using TemporaryFolder folder = new();
        string home = folder["somewhere/else"];
        foreach (string file in Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) || f.StartsWith("toolbox/", StringComparison.Ordinal) || !f.Contains('/', StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(home, file))!);
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(home, file));
        }
        byte[] there = await LayerBench.BuildInitAsync(home, folder["store"]);
        Assert.Equal(Sha256Digest.Of(await LayerBench.InitAsync()), Sha256Digest.Of(there));
    }
}
