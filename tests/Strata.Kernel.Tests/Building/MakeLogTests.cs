using Strata.Kernel.Building;

namespace Strata.Kernel.Tests.Building;

/// <summary>Which of make's lines an error message quotes.</summary>
public class MakeLogTests
{
    private static readonly string[] s_work = ["  CC      init/main.o", "  AR      init/built-in.a", "  CC [M]  fs/btrfs/super.o", "  CHKSHA1 include/linux/atomic.h"];

    [Fact]
    public void Failure_OfAProgramThatMakeStarts_HasItsWordsWithoutTheWorkBesideIt()
    {
        MakeLog log = Take(
            [.. s_work, "  /source/usr/gen_initramfs.sh: Cannot open '/there/is/none'", "make[3]: *** [usr/initramfs_data.cpio] Error 1",
            .. s_work, "make[2]: *** [usr] Error 2"]);
        Assert.Equal(
            ["  /source/usr/gen_initramfs.sh: Cannot open '/there/is/none'", "make[3]: *** [usr/initramfs_data.cpio] Error 1", "make[2]: *** [usr] Error 2"],
            log.Failure(12));
    }

    [Fact]
    public void Failure_OfTheCompiler_BeginsWithItsFirstError()
    {
        MakeLog log = Take([.. s_work, "a.c:1:2: warning: odd", "a.c:3:4: error: 'x' undeclared", "    3 | x = 1;", "  AR      b.a", "make[1]: *** [a.o] Error 1"]);
        Assert.Equal(["a.c:3:4: error: 'x' undeclared", "    3 | x = 1;"], log.Failure(2));
    }

    [Fact]
    public void Failure_WithoutAReason_IsTheEnd()
    {
        MakeLog log = Take(["one", "two", .. s_work, "Killed"]);
        Assert.Equal(["two", "Killed"], log.Failure(2));
    }

    private static MakeLog Take(IEnumerable<string> lines)
    {
        MakeLog log = new(writer: null);
        foreach (string line in lines)
        {
            log.Take(line);
        }
        return log;
    }
}
