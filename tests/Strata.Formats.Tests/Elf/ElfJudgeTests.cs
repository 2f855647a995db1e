using System.Text;
using System.Text.RegularExpressions;
using Strata.Formats.Elf;
using Strata.Testing;

namespace Strata.Formats.Tests.Elf;

/// <summary>readelf of binutils as the judge, on the programs and libraries of the machine that runs the test.</summary>
public partial class ElfJudgeTests
{
    private const int Wanted = 150;

    [SkippableFact]
    public void Read_FilesOfThisMachine_AgreesWithReadelf()
    {
        List<string> files = FindElfFiles();
        Skip.If(files.Count < 20, "there are too few ELF files here");
        (_, string output) = Oracle.Run("readelf", ["-W", "-h", "-l", "-d", .. files]);
        Dictionary<string, string> theirs = Split(output);
        foreach (string file in files)
        {
            Assert.Equal(DescribeTheirs(theirs[file]), Describe(ElfFile.Read(File.ReadAllBytes(file))));
        }
    }

    [SkippableFact]
    public void Read_CompiledNote_IsFound()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.c"], """
            #include <stdint.h>
            #define JSON "[{\"feature\":\"zip\",\"description\":\"Reads archives\",\"priority\":\"recommended\",\"soname\":[\"libz.so.1\"]}]"
            __attribute__((used, section(".note.dlopen"))) _Alignas(4) static const struct {
                uint32_t name_size, content_size, type;
                char owner[4];
                _Alignas(4) char json[sizeof JSON];
            } note = { 4, sizeof JSON, 0x407c0c0a, "FDO", JSON };
            int main(void) { return 0; }
            """);
        (int exitCode, string output) = Oracle.Run("gcc", "-o", folder["a"], folder["a.c"]);
        Assert.True(exitCode == 0, output);
        DlopenNote note = Assert.Single(ElfFile.Read(File.ReadAllBytes(folder["a"])).DlopenNotes);
        Assert.Equal(("zip", "Reads archives", DlopenPriority.Recommended, "libz.so.1"), (note.Feature, note.Description, note.Priority, note.Sonames[0]));

        (exitCode, output) = Oracle.Run("gcc", "-c", "-o", folder["a.o"], folder["a.c"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(ElfType.Relocatable, ElfFile.Read(File.ReadAllBytes(folder["a.o"])).Type);
        (exitCode, output) = Oracle.Run("gcc", "-static", "-o", folder["static"], folder["a.c"]);
        Assert.True(exitCode == 0, output);
        ElfFile still = ElfFile.Read(File.ReadAllBytes(folder["static"]));
        Assert.Equal((ElfType.Executable, (string?)null, 0), (still.Type, still.Interpreter, still.Needed.Count));
    }

    /// <summary>Programs and libraries in ordinal order, each file once, no links.</summary>
    private static List<string> FindElfFiles()
    {
        List<string> found = [];
        foreach (string folder in (string[])["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/sbin", "/usr/bin"])
        {
            if (Directory.Exists(folder))
            {
                IEnumerable<string> files = Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Where(f => new FileInfo(f).LinkTarget is null && IsElf(f));
                found.AddRange(files.Take(Wanted));
            }
        }
        return found;
    }

    private static bool IsElf(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[20];
        return file.ReadAtLeast(start, 20, throwOnEndOfStream: false) == 20 && ElfFile.HasMagic(start);
    }

    private static Dictionary<string, string> Split(string output)
    {
        string[] parts = output.Split("\nFile: ");
        return parts.Skip(parts[0].StartsWith("File: ", StringComparison.Ordinal) ? 0 : 1)
            .Select(p => p.StartsWith("File: ", StringComparison.Ordinal) ? p[6..] : p)
            .ToDictionary(p => p[..p.IndexOf('\n', StringComparison.Ordinal)], StringComparer.Ordinal);
    }

    private static string Describe(ElfFile elf)
    {
        StringBuilder text = new();
        text.Append(elf.Class).Append(' ').Append(elf.Type).Append(elf.IsPie ? " PIE" : "").Append('\n');
        text.Append("interpreter ").Append(elf.Interpreter).Append('\n');
        foreach (string needed in elf.Needed)
        {
            text.Append("needed ").Append(needed).Append('\n');
        }
        return text.Append("soname ").Append(elf.Soname).Append("\nrpath ").Append(elf.Rpath).Append("\nrunpath ").Append(elf.Runpath).ToString();
    }

    private static string DescribeTheirs(string output)
    {
        StringBuilder text = new();
        text.Append(Class().Match(output).Groups[1].Value == "ELF64" ? "Elf64 " : "Elf32 ");
        text.Append(Type().Match(output).Groups[1].Value switch
        {
            "REL" => "Relocatable",
            "EXEC" => "Executable",
            _ => "Shared",
        });
        text.Append(Flags().IsMatch(output) ? " PIE\n" : "\n");
        text.Append("interpreter ").Append(Interpreter().Match(output).Groups[1].Value).Append('\n');
        foreach (Match needed in Needed().Matches(output))
        {
            text.Append("needed ").Append(needed.Groups[1].Value).Append('\n');
        }
        return text.Append("soname ").Append(Soname().Match(output).Groups[1].Value).Append("\nrpath ").Append(Rpath().Match(output).Groups[1].Value)
            .Append("\nrunpath ").Append(Runpath().Match(output).Groups[1].Value).ToString();
    }

    [GeneratedRegex(@"Class:\s+(\w+)")]
    private static partial Regex Class();

    [GeneratedRegex(@"Type:\s+(\w+)")]
    private static partial Regex Type();

    [GeneratedRegex(@"\(FLAGS_1\).*PIE")]
    private static partial Regex Flags();

    [GeneratedRegex(@"Requesting program interpreter: (.*)\]")]
    private static partial Regex Interpreter();

    [GeneratedRegex(@"\(NEEDED\)\s+Shared library: \[(.*)\]")]
    private static partial Regex Needed();

    [GeneratedRegex(@"\(SONAME\)\s+Library soname: \[(.*)\]")]
    private static partial Regex Soname();

    [GeneratedRegex(@"\(RPATH\)\s+Library rpath: \[(.*)\]")]
    private static partial Regex Rpath();

    [GeneratedRegex(@"\(RUNPATH\)\s+Library runpath: \[(.*)\]")]
    private static partial Regex Runpath();
}
