using System.Globalization;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Kernel.Profiles;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Kernel.Building;

/// <summary>The limits that a profile sets to its kernel.</summary>
internal static class KernelBudget
{
    private const string SizeNote = "packed";

    /// <summary>Bytes of all modules, each packed with xz.</summary>
    public static async Task<long> PackedModulesAsync(KernelBuild build, ObjectStore store, ActionCache actions, CancellationToken cancellationToken)
    {
        Sha256Digest[] modules = [.. build.Modules.Select(m => m.Output.Digest)];
        if (modules.Length == 0)
        {
            return 0;
        }
        ActionKey key = new ActionKeyBuilder("kernel-module-sizes", 1).Add("modules", modules).Build();
        ActionResult result = await actions.GetOrAddAsync(key, token =>
        {
            long sum = 0;
            foreach (Sha256Digest module in modules)
            {
                token.ThrowIfCancellationRequested();
                using MemoryStream packed = new();
                using (FileStream plain = store.OpenRead(module))
                using (Stream encoder = Compressor.OpenXz(packed, leaveOpen: true))
                {
                    plain.CopyTo(encoder);
                }
                sum += packed.Length;
            }
            return Task.FromResult(new ActionResult([], [new(SizeNote, sum.ToString(CultureInfo.InvariantCulture))]));
        }, cancellationToken);
        return long.Parse(result.Notes[SizeNote], CultureInfo.InvariantCulture);
    }

    /// <summary>Fails when a budget is broken.</summary>
    /// <exception cref="StrataException">With the sizes, and the largest modules.</exception>
    public static void Check(KernelProfile profile, KernelBuild build)
    {
        if (profile.ImageBudget is ByteSize image && build.Image.Size > image.Bytes)
        {
            throw new StrataException(
                $"cannot keep kernel {profile.Name}: its image takes {build.Image.Size} bytes, its budget is {image.Bytes} ({new ByteSize(build.Image.Size - image.Bytes)} too much)",
                "Make drivers modules that nothing boots from, take less, or raise 'budget: image' in the profile.");
        }
        if (profile.ModulesBudget is ByteSize modules && build.PackedModuleBytes > modules.Bytes)
        {
            throw new StrataException(
                $"cannot keep kernel {profile.Name}: its packed modules take {build.PackedModuleBytes} bytes, their budget is {modules.Bytes}; the largest: {Largest(build)}",
                "Take less, or raise 'budget: modules' in the profile.");
        }
        long total = build.Image.Size + build.PackedModuleBytes;
        if (profile.TotalBudget is ByteSize limit && total > limit.Bytes)
        {
            throw new StrataException(
                $"cannot keep kernel {profile.Name}: image and packed modules take {total} bytes, their budget is {limit.Bytes}; the largest modules: {Largest(build)}",
                "Take less, or raise 'budget: total' in the profile.");
        }
    }

    private static string Largest(KernelBuild build) => string.Join(
        ", ",
        build.Modules.OrderByDescending(m => m.Output.Size).ThenBy(m => m.Path, StringComparer.Ordinal).Take(5)
            .Select(m => $"{Path.GetFileName(m.Path)} ({new ByteSize(m.Output.Size)} plain)"));
}
