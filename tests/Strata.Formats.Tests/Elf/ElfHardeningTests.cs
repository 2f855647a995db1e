using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Formats.Elf;
using Strata.Testing;

namespace Strata.Formats.Tests.Elf;

/// <summary>readelf of binutils and the flags of a compiler as judges.</summary>
public partial class ElfHardeningTests
{
    private const int Wanted = 120;

    [SkippableFact]
    public void Read_FilesOfThisMachine_AgreesWithReadelf()
    {
        string[] files =
        [
            .. new[] { "/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu" }.Where(Directory.Exists)
                .SelectMany(f => Directory.GetFiles(f).Order(StringComparer.Ordinal).Where(IsElf).Take(Wanted / 3)),
        ];
        Skip.If(files.Length < 20, "there are too few ELF files here");
        foreach (string file in files)
        {
            (_, string said) = Oracle.Run("readelf", "-W", "-h", "-l", "-d", "--dyn-syms", file);
            bool isStatic = !said.Contains("(NEEDED)", StringComparison.Ordinal) && !said.Contains("INTERP", StringComparison.Ordinal);
            string[] undefined = [.. Undefined().Matches(said).Select(m => m.Groups[1].Value)];
            string theirs = string.Join(' ', file,
                $"pie={said.Contains("Type:                              DYN", StringComparison.Ordinal)}",
                $"relro={(!said.Contains("GNU_RELRO", StringComparison.Ordinal) ? "None" : Now().IsMatch(said) ? "Full" : "Partial")}",
                $"nx={Stack().IsMatch(said)}",
                $"protector={StackCheck().IsMatch(said)}",
                $"fortify={undefined.Any(u => u.StartsWith("__", StringComparison.Ordinal) && u.EndsWith("_chk", StringComparison.Ordinal))}");
            ElfHardening ours = ElfHardening.Read(File.ReadAllBytes(file))!;
            if (isStatic)
            {
                continue; // readelf's list of dynamic symbols does not tell about those
            }
            Assert.Equal(theirs, string.Join(' ', file, $"pie={ours.IsPositionIndependent}", $"relro={ours.Relro}", $"nx={ours.HasNonExecutableStack}",
                $"protector={ours.StackProtector == Presence.Yes}", $"fortify={ours.Fortify == Presence.Yes}"));
        }
    }

    [SkippableTheory]
    [InlineData("-O2 -fPIE -pie -Wl,-z,relro,-z,now -fstack-protector-all -D_FORTIFY_SOURCE=2", "True True Full True Yes Yes")]
    [InlineData("-O0 -fno-pie -no-pie -Wl,-z,norelro -fno-stack-protector -U_FORTIFY_SOURCE", "True False None True No No")]
    [InlineData("-O0 -fPIE -pie -Wl,-z,relro,-z,lazy -z execstack -fno-stack-protector -U_FORTIFY_SOURCE", "True True Partial False No No")]
    [InlineData("-O2 -shared -fPIC -Wl,-z,relro,-z,now -fstack-protector-all -U_FORTIFY_SOURCE", "False True Full True Yes No")]
    public void Read_CompiledWithFlags_TellsThem(string flags, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.c"], """
            #include <stdio.h>
            #include <string.h>
            int main(int argc, char **argv) { char name[16]; strcpy(name, argv[0]); puts(name); return argc; }
            """);
        (int exitCode, string output) = Oracle.Run("gcc", [.. flags.Split(' '), "-o", folder["a"], folder["a.c"]]);
        Assert.True(exitCode == 0, output);
        ElfHardening elf = ElfHardening.Read(File.ReadAllBytes(folder["a"]))!;
        Assert.Equal(expected, $"{elf.IsProgram} {elf.IsPositionIndependent} {elf.Relro} {elf.HasNonExecutableStack} {elf.StackProtector} {elf.Fortify}");
    }

    [Fact]
    public void Read_AnyCutOrChangedByte_EndsInFormatErrorsOnly()
    {
        byte[] whole = TinyElf.Program("libc.so.6").ToBytes();
        Assert.Equal(Presence.Unknown, ElfHardening.Read(whole)!.StackProtector);
        for (int i = 0; i < whole.Length; i++)
        {
            Try(whole.AsSpan(0, i).ToArray());
            byte[] changed = [.. whole];
            changed[i] ^= 0xFF;
            Try(changed);
        }
        Assert.Null(ElfHardening.Read(TinyElf.Module("name=x")));

        static void Try(byte[] file)
        {
            try
            {
                ElfHardening.Read(file);
            }
            catch (ImageFormatException)
            {
                // as it should
            }
        }
    }

    private static bool IsElf(string path)
    {
        FileInfo info = new(path);
        if (info.LinkTarget is not null || info.Length is < 64 or > 8 << 20)
        {
            return false;
        }
        using FileStream file = info.OpenRead();
        Span<byte> start = stackalloc byte[4];
        file.ReadExactly(start);
        return ElfFile.HasMagic(start);
    }

    [GeneratedRegex(@" UND (\S+?)(@|\s|$)", RegexOptions.Multiline)]
    private static partial Regex Undefined();

    [GeneratedRegex(@"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW")]
    private static partial Regex Now();

    [GeneratedRegex(@"GNU_STACK.* RW +0x")]
    private static partial Regex Stack();

    [GeneratedRegex(@" __stack_chk_(fail|guard)(@|\s|$)", RegexOptions.Multiline)]
    private static partial Regex StackCheck();
}
