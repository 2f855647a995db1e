using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Images.Boot;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Trust.Offline;
using Strata.Trust.Signatures;

namespace Strata.Images.Building;

/// <summary>Says what of a built edition has to be signed, for a key that lies elsewhere.</summary>
/// <param name="services">Where everything is.</param>
public sealed class SigningRequests(BuildServices services)
{
    /// <summary>All that <see cref="Signing.ImageSigner"/> would sign, whichever medium it lies on.</summary>
    /// <param name="built">The edition; it boots.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The tools lack the boot program.</exception>
    public async Task<IReadOnlyList<SigningRequest>> OfAsync(BuildResult built, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        Edition edition = built.Blueprint.Edition;
        ActionOutput uki = built.Product.Bootable;
        List<SigningRequest> requests = [];
        await using (FileStream image = services.Store.OpenRead(uki.Digest))
        {
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
