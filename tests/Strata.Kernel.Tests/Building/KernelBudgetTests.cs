using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Store.Actions;

namespace Strata.Kernel.Tests.Building;

public class KernelBudgetTests
{
    private static readonly KernelBuild s_build = new(
        "small",
        new ActionResult(
            [
                new("kernel", Sha256Digest.Of("kernel"u8), 4000),
                new("modules/kernel/large.ko", Sha256Digest.Of("large"u8), 2000),
                new("modules/kernel/small.ko", Sha256Digest.Of("small"u8), 100),
            ],
            []),
        WasKept: false) { PackedModuleBytes = 600 };

    private static readonly KernelProfile s_profile = new() { Name = "small", Description = "For a test", File = "small.yaml" };

    [Fact]
    public void Check_ExactlyAtEveryLimit_Passes() => KernelBudget.Check(
        s_profile with { ImageBudget = new ByteSize(4000), ModulesBudget = new ByteSize(600), TotalBudget = new ByteSize(4600) }, s_build);

    [Fact]
    public void Check_NoLimits_Passes() => KernelBudget.Check(s_profile, s_build);

    [Fact]
    public void Check_ImageOneByteTooLarge_SaysBothSizes()
    {
        StrataException e = Assert.Throws<StrataException>(() => KernelBudget.Check(s_profile with { ImageBudget = new ByteSize(3999) }, s_build));
        Assert.Contains("4000 bytes, its budget is 3999", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ModulesOneByteTooLarge_NamesTheLargestFirst()
    {
        StrataException e = Assert.Throws<StrataException>(() => KernelBudget.Check(s_profile with { ModulesBudget = new ByteSize(599) }, s_build));
        Assert.Contains("600 bytes, their budget is 599; the largest: large.ko (1.95 KiB plain), small.ko", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SumOneByteTooLarge_SaysTheSum()
    {
        StrataException e = Assert.Throws<StrataException>(() => KernelBudget.Check(s_profile with { TotalBudget = new ByteSize(4599) }, s_build));
        Assert.Contains("4600 bytes, their budget is 4599", e.Message, StringComparison.Ordinal);
    }
}
