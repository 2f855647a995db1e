using System.Text;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Formats.Iso;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Layers;
using Strata.Packages.Locks;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Updates.Releases;

namespace Strata.Images.Building;

/// <summary>What is made of a finished UKI, and of the layers beside it: the ISO image, and the files for booting from the network.</summary>
internal sealed class MediaImages(BuildServices services)
{
    private const string UkiOutput = "uki";
    private const string ReleaseOutput = "release";
    private const string BiosPxe = "usr/lib/ipxe/undionly.kpxe";
    private const string UefiPxe = "usr/lib/ipxe/snponly.efi";

    /// <summary>Adds an image to a build.</summary>
    /// <param name="edition">Names, command line, budget.</param>
    /// <param name="editionLock">Says which tools.</param>
    /// <param name="kind">Which image: the ISO image or the files for the network.</param>
    /// <param name="made">What the build made so far.</param>
    /// <param name="clock">Times the step.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    /// <returns>All outputs, and whether the image was there already.</returns>
    public async Task<(ActionResult Outputs, bool WasKept)> AddAsync(
        Edition edition, EditionLock editionLock, ImageKind kind, ActionResult made, StepClock clock, CancellationToken cancellationToken)
    {
        ActionOutput? release = made.Outputs.FirstOrDefault(o => o.Name == ReleaseOutput);
        if (kind == ImageKind.Pxe && release is not null)
        {
            throw new StrataException(
                $"cannot make {edition.Name} boot from the network: its layers lie on a medium, and there is none",
                "'--image iso' and '--image disk' carry them.");
        }
        string step = kind == ImageKind.Iso ? "iso" : "pxe";
        ActionKeyBuilder key = new ActionKeyBuilder(step, 1).WithBuildingCode()
            .Add("uki", made[UkiOutput].Digest)
            .Add("tools", Sha256Digest.Of(PackageLockFile.Write(editionLock.Tools)))
            .Add("names", [edition.Name, edition.Title, edition.Version, edition.Architecture, edition.CommandLine]);
        if (release is not null)
        {
            key.Add(ReleaseOutput, release.Digest);
        }
        bool wasKept = true;
        ActionResult added = await clock.TimeAsync(step, () => services.Actions.GetOrAddAsync(
            key.Build(),
            async token =>
            {
                wasKept = false;
                ToolTree tools = await services.Toolbox.InstallAsync(services.BuildTools.Name, editionLock.Tools, token);
                return kind == ImageKind.Iso
                    ? new ActionResult([await WriteIsoAsync(edition, made[UkiOutput], release, tools, token)])
                    : new ActionResult(await PxeAsync(edition, made[UkiOutput], tools, token));
            },
            cancellationToken));
        CheckBudget(edition, kind, made, added);
        return (new ActionResult([.. made.Outputs, .. added.Outputs]), wasKept);
    }

    private async Task<ActionOutput> WriteIsoAsync(Edition edition, ActionOutput uki, ActionOutput? release, ToolTree tools, CancellationToken cancellationToken)
    {
        FileTree? layers = null;
        if (release is not null)
        {
            Release read = ReleaseReader.Read(await BytesOfAsync(release, cancellationToken));
            layers = LayeredImage.StoreTreeOf(services.Store, read, read.Layers.Select(l => LayerBuilder.Read(services.Store, l.Manifest)));
        }
        IsoPlan plan = IsoImage.PlanOf(edition, uki, layers, tools, services.Store, () => new PackageContentReader(services.Store.OpenRead));
        using IProgressTask task = services.Progress.Begin("writing the ISO image");
        return await KeepAsync("iso", output => IsoWriter.WriteAsync(plan, output, cancellationToken), cancellationToken);
    }

    /// <summary>Kernel and initramfs as they are in the UKI, a script that names them, and iPXE for machines that have none.</summary>
    private async Task<IReadOnlyList<ActionOutput>> PxeAsync(Edition edition, ActionOutput uki, ToolTree tools, CancellationToken cancellationToken)
    {
        PlacedUki placed = PlacedUki.Read(services.Store, uki);
        List<ActionOutput> files =
        [
            await RangeAsync("vmlinuz", placed.Linux),
            await RangeAsync("initrd.img", placed.Initrd),
            Text(PxeFiles.Script, BootTexts.Ipxe(edition)),
            new(PxeFiles.Prefix + edition.Name + ".efi", uki.Digest, uki.Size),
        ];
        if (edition.Architecture == "amd64")
        {
            files.Add(await FileAsync(BiosPxe));
            files.Add(await FileAsync(UefiPxe));
        }
        files.Add(Text(PxeFiles.Sums, string.Concat(files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Digest}  {PxeFiles.NameOf(f)}\n"))));
        return files;

        async Task<ActionOutput> RangeAsync(string name, (long Offset, long Length) range) => await KeepAsync(
            PxeFiles.Prefix + name,
            async output =>
            {
                await using FileStream file = services.Store.OpenRead(uki.Digest);
                file.Position = range.Offset;
                byte[] buffer = new byte[1 << 17];
                for (long left = range.Length; left > 0;)
                {
                    int count = (int)Math.Min(left, buffer.Length);
                    await file.ReadExactlyAsync(buffer.AsMemory(0, count), cancellationToken);
                    await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                    left -= count;
                }
            },
            cancellationToken);

        ActionOutput Text(string name, string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            return new ActionOutput(PxeFiles.Prefix + name, services.Store.AddBytes(bytes), bytes.Length);
        }

        async Task<ActionOutput> FileAsync(string path)
        {
            FileInfo file = new(tools.PathOf(path));
            if (!file.Exists)
            {
                throw new StrataException($"cannot make the files for booting from the network: the toolbox has no {path}", "Package 'ipxe' should bring it; see toolbox/tools.yaml.");
            }
            return new ActionOutput(PxeFiles.Prefix + file.Name, await services.Store.AddFileAsync(file.FullName, move: false, cancellationToken), file.Length);
        }
    }

    private void CheckBudget(Edition edition, ImageKind kind, ActionResult made, ActionResult added)
    {
        if (edition.Budgets.Image is null)
        {
            return;
        }
        using FileStream json = services.Store.OpenRead(made["manifest"].Digest);
        BuildManifest manifest = BuildManifest.FromJson(json);
        if (kind == ImageKind.Iso)
        {
            SizeBudget.Check(edition, "ISO image", added["iso"].Size, manifest);
        }
        else
        {
            SizeBudget.Check(edition, "kernel and initramfs for the network", manifest.KernelBytes + manifest.InitramfsBytes, manifest);
        }
    }

    private async Task<byte[]> BytesOfAsync(ActionOutput output, CancellationToken cancellationToken)
    {
        await using FileStream file = services.Store.OpenRead(output.Digest);
        byte[] bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private async Task<ActionOutput> KeepAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        string path = services.Store.NewTemporaryPath();
        try
        {
            await using (FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                await write(file);
            }
            long size = new FileInfo(path).Length;
            return new ActionOutput(name, await services.Store.AddFileAsync(path, move: true, cancellationToken), size);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

/// <summary>Names of the files for booting from the network.</summary>
public static class PxeFiles
{
    /// <summary>What their outputs' names begin with.</summary>
    public const string Prefix = "pxe/";

    /// <summary>The script for iPXE.</summary>
    public const string Script = "boot.ipxe";

    /// <summary>Digests of the others, as <c>sha256sum</c> writes them.</summary>
    public const string Sums = "SHA256SUMS";

    /// <summary>Name of a file in its folder.</summary>
    public static string NameOf(ActionOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output.Name[Prefix.Length..];
    }
}
