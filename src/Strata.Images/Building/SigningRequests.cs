using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Images.Boot;
using Strata.Images.Signing;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Trust.Keys;
using Strata.Trust.Offline;
using Strata.Trust.Signatures;

namespace Strata.Images.Building;

/// <summary>Says what of a built edition has to be signed, for a key that lies elsewhere.</summary>
/// <param name="services">Where everything is.</param>
public sealed class SigningRequests(BuildServices services)
{
    /// <summary>
    /// All that <see cref="ImageSigner"/> would sign, whichever medium it lies on; of the kernel image its policies first, and when those
    /// are signed the image.
    /// </summary>
    /// <param name="built">The edition; it boots.</param>
    /// <param name="signer">Has the certificates; private keys that it has sign here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The tools lack the boot program.</exception>
    public async Task<IReadOnlyList<SigningRequest>> OfAsync(BuildResult built, ImageSigner signer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        ArgumentNullException.ThrowIfNull(signer);
        Edition edition = built.Blueprint.Edition;
        ActionOutput uki = built.Product.Bootable;
        // their signatures become part of the kernel image, so it is signed after them
        List<SigningRequest> requests = [.. signer.NotApproved(services, built.Blueprint, uki).Select(
            p => new SigningRequest($"{edition.Name}-policy-{p.Name}", p.ToSign) { Role = KeyRole.Policies })];
        if (requests.Count == 0)
        {
            ActionOutput approved = await signer.ApproveAsync(services, built.Blueprint, uki, cancellationToken);
            await using FileStream image = services.Store.OpenRead(approved.Digest);
            requests.Add(RequestFor($"{edition.Name}-kernel-image", image));
        }
        if (edition.Boot != BootProgram.Uki)
        {
            ToolTree tools = await services.Toolbox.InstallAsync(services.BuildTools.Name, built.Lock.Tools, cancellationToken);
            requests.Add(RequestFor($"{edition.Name}-boot-program", new MemoryStream(EspTree.SystemdBoot(edition.Architecture, tools))));
        }
        return requests;
    }

    private static SigningRequest RequestFor(string name, Stream image) => new(name, ImageSignature.ToSign(Authenticode.Digest(image)));
}
