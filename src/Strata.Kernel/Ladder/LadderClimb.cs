using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Store;

namespace Strata.Kernel.Ladder;

/// <summary>What was found about a rung.</summary>
/// <param name="Rung">Which.</param>
/// <param name="Measured">Null when it has not been built.</param>
public sealed record RungResult(LadderRung Rung, RungSize? Measured);

/// <summary>Measured sizes of a rung, in bytes.</summary>
/// <param name="Release">What <c>uname -r</c> prints.</param>
/// <param name="Symbols">Symbols of the configuration that are <c>y</c> or <c>m</c>.</param>
/// <param name="ImageBytes">The image that boots.</param>
/// <param name="PlainBytes">The kernel in memory: text, data and bss.</param>
/// <param name="Compiler">The compiler, as the configuration names it.</param>
/// <param name="Packing">How the image is compressed: <c>xz</c>.</param>
public sealed record RungSize(string Release, int Symbols, long ImageBytes, long PlainBytes, string Compiler, string Packing);

/// <summary>Builds a ladder from below, in one folder, so that make compiles only what a rung adds.</summary>
/// <param name="builder">Builds kernels.</param>
/// <param name="store">Keeps them; the folder lies in it while the work lasts.</param>
/// <param name="catalog">Finds fragments.</param>
public sealed class LadderClimb(KernelBuilder builder, ObjectStore store, KernelCatalog catalog)
{
    /// <summary>Compressors of the kernel's image, by their symbols (init/Kconfig, "Kernel compression mode").</summary>
    private static readonly (string Symbol, string Name)[] s_packings =
    [
        ("KERNEL_GZIP", "gzip"), ("KERNEL_BZIP2", "bzip2"), ("KERNEL_LZMA", "lzma"), ("KERNEL_XZ", "xz"), ("KERNEL_LZO", "lzo"), ("KERNEL_LZ4", "lz4"),
        ("KERNEL_ZSTD", "zstd"),
    ];

    /// <summary>Measures the rungs; those above <paramref name="last"/> only when they are built already.</summary>
    /// <param name="ladder">Which ladder.</param>
    /// <param name="last">Index of the last rung to build; -1 builds none.</param>
    /// <param name="toolchain">With what.</param>
    /// <param name="done">Told the rungs known so far, each time there is one more.</param>
    /// <param name="cancellationToken">Stops the work; finished rungs are kept.</param>
    public async Task<IReadOnlyList<RungResult>> ClimbAsync(
        KernelLadder ladder, int last, KernelToolchain toolchain, Func<IReadOnlyList<RungResult>, Task> done, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ladder);
        ArgumentNullException.ThrowIfNull(done);
        // the wishes of all are checked before the first is compiled: a mistake in the last rung would otherwise show after an hour
        RungResult[] results = new RungResult[ladder.Rungs.Count];
        for (int i = 0; i < results.Length; i++)
        {
            KernelBuild? kept = await builder.FindAsync(ladder.ProfileOf(i, catalog), toolchain, cancellationToken);
            results[i] = new RungResult(ladder.Rungs[i], kept is null ? null : await MeasureAsync(kept, cancellationToken));
        }
        await done(results);
        string folder = Directory.CreateDirectory(store.NewTemporaryPath()).FullName;
        try
        {
            for (int i = 0; i <= last && i < results.Length; i++)
            {
                if (results[i].Measured is null)
                {
                    KernelBuild built = await builder.BuildAsync(ladder.ProfileOf(i, catalog), toolchain, cancellationToken, folder);
                    results[i] = results[i] with { Measured = await MeasureAsync(built, cancellationToken) };
                    await done(results);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return results;
    }

    private async Task<RungSize> MeasureAsync(KernelBuild build, CancellationToken cancellationToken)
    {
        KernelConfig config = await KernelBuilder.ReadConfigAsync(store, build.Config, cancellationToken);
        return new RungSize(
            build.Release,
            config.Values.Values.Count(v => v is "y" or "m"),
            build.Image.Size,
            build.PlainBytes,
            config.BareValue("CC_VERSION_TEXT") ?? throw new StrataException($"cannot tell the compiler of kernel {build.Profile}: its configuration does not name it"),
            s_packings.FirstOrDefault(p => config.IsBuiltIn(p.Symbol)).Name ?? "none");
    }
}
