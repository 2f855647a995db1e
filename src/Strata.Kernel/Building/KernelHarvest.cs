using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Kernel.Profiles;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Kernel.Building;

/// <summary>Takes what a build left in its folder into the store.</summary>
/// <remarks>
/// What ran in the room may have been told what to do by a profile of somebody else's: names are held to what a kernel's build writes,
/// files are read by <see cref="ForeignFolder"/> alone.
/// </remarks>
/// <param name="store">Gets it.</param>
/// <param name="profile">Name for messages.</param>
/// <param name="architecture">Says where the image lies.</param>
internal sealed partial class KernelHarvest(ObjectStore store, string profile, KernelArchitecture architecture)
{
    /// <summary>The configuration in a build folder.</summary>
    public const string ConfigFile = ".config";

    /// <summary>Folder in a build folder that modules are installed to.</summary>
    public const string InstallFolder = "installed";

    private const int MostModules = 20_000;
    private const long LargestRelease = 256;
    private const long LargestList = 16 << 20;
    private const long LargestSymbols = 64 << 20;
    private const long LargestFile = 4L << 30; // vmlinux with everything a debugger wants is about a quarter of it
    private const long LargestModule = 512 << 20;
    private const long LargestSum = 16L << 30;

    private long _taken;

    /// <summary>Collects image, maps, modules and log.</summary>
    /// <param name="folder">The build folder.</param>
    /// <param name="config">The configuration, in the store already.</param>
    /// <param name="logFile">What make said; a file of ours.</param>
    /// <param name="parsed">The configuration.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="StrataException">Something is missing, or is not what a kernel's build leaves.</exception>
    public async Task<ActionResult> CollectAsync(string folder, ActionOutput config, string logFile, KernelConfig parsed,
        CancellationToken cancellationToken)
    {
        using ForeignFolder build = new(folder);
        string release = build.ReadText("include/config/kernel.release", LargestRelease).Trim();
        if (!ReleasePattern().IsMatch(release))
        {
            throw new StrataException($"cannot keep kernel {profile}: its release is no name of 1 to 64 letters, digits and . + _ -");
        }
        Dictionary<string, string> notes = new(StringComparer.Ordinal)
        {
            [KernelBuild.ReleaseNote] = release,
            [KernelBuild.PlainSizeNote] = SymbolMap.PlainSize(build.ReadText("System.map", LargestSymbols))
                .ToString(CultureInfo.InvariantCulture),
        };
        if (parsed.IsBuiltIn("MODULE_SIG") && parsed.BareValue("MODULE_SIG_KEY") == "certs/signing_key.pem")
        {
            notes.Add(KernelBuild.SignedNote, "yes");
        }
        List<ActionOutput> outputs = [config];
        foreach ((string name, string file, long limit) in ((string, string, long)[])
        [
            (KernelBuild.ImageName, architecture.ImagePath, LargestFile), (KernelBuild.SymbolsName, "System.map", LargestSymbols),
            (KernelBuild.ObjectName, "vmlinux", LargestFile), (KernelBuild.MapName, "vmlinux.map", LargestFile),
            (KernelBuild.ModulePrefix + "modules.builtin", "modules.builtin", LargestList),
            (KernelBuild.ModulePrefix + "modules.builtin.modinfo", "modules.builtin.modinfo", LargestList),
        ])
        {
            outputs.Add(await KeepAsync(build, name, file, limit, cancellationToken));
        }
        if (KernelRecipe.IsLinkedTwice(parsed))
        {
            outputs.Add(await KeepAsync(build, KernelBuild.ObjectMapName, KernelRecipe.ObjectMapFile, LargestFile, cancellationToken));
        }
        await AddModulesAsync(build, $"{InstallFolder}/lib/modules/{release}", outputs, cancellationToken);
        using ForeignFolder logs = new(Path.GetDirectoryName(logFile)!);
        outputs.Add(await KeepAsync(logs, KernelBuild.LogName, Path.GetFileName(logFile), LargestFile, cancellationToken));
        return new ActionResult(outputs, notes);
    }

    private async Task AddModulesAsync(ForeignFolder build, string installed, List<ActionOutput> outputs,
        CancellationToken cancellationToken)
    {
        const string OrderName = "modules.order";
        byte[] order = build.TryRead($"{installed}/{OrderName}", LargestList) ?? []; // a kernel without modules installs none
        outputs.Add(new ActionOutput(KernelBuild.ModulePrefix + OrderName, store.AddBytes(order), order.Length));
        HashSet<string> seen = new(StringComparer.Ordinal);
        using StringReader lines = new(Encoding.UTF8.GetString(order)); // paths below the folder, one a line
        while (lines.ReadLine() is string module)
        {
            if (!ModulePattern().IsMatch(module) || module.Split('/').Any(part => part is "." or "..") || !seen.Add(module))
            {
                throw new StrataException(
                    $"cannot keep kernel {profile}: line {seen.Count + 1} of its {OrderName} names no module below kernel/, or one a "
                    + "second time");
            }
            if (seen.Count > MostModules)
            {
                throw new StrataException($"cannot keep kernel {profile}: it has more than {MostModules} modules");
            }
            outputs.Add(
                await KeepAsync(build, KernelBuild.ModulePrefix + module, $"{installed}/{module}", LargestModule, cancellationToken));
        }
    }

    private async Task<ActionOutput> KeepAsync(ForeignFolder from, string name, string file, long limit,
        CancellationToken cancellationToken)
    {
        try
        {
            (Sha256Digest digest, long length) = await from.AddToAsync(
                store, file, Math.Min(limit, LargestSum - _taken), cancellationToken);
            _taken += length;
            return new ActionOutput(name, digest, length);
        }
        catch (StrataException e)
        {
            throw new StrataException($"cannot keep kernel {profile}: {e.Message}", e.Hint, e);
        }
    }

    [GeneratedRegex(@"\A[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ReleasePattern();

    // what modules_install writes: kernel/ and the folders of the source; 'updates' and 'extra' are for modules built elsewhere
    [GeneratedRegex(@"\Akernel(/[0-9A-Za-z.+_-]{1,100}){1,16}\.ko\z", RegexOptions.CultureInvariant)]
    private static partial Regex ModulePattern();
}
