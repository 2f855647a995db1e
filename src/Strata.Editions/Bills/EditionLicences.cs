using Strata.Composition;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Packages.Licences;
using Strata.Packages.Listings;

namespace Strata.Editions.Bills;

/// <summary>The licence of a package that an image has files of.</summary>
/// <param name="Package">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Licence">As an expression of SPDX; null when its file has to be read by a person, or there is none.</param>
/// <param name="Text">Its copyright file; null without one.</param>
public sealed record PackageLicence(string Package, string Version, string? Licence, ReadOnlyMemory<byte>? Text);

/// <summary>Collects the copyright files of a build's packages, which an image itself mostly lacks.</summary>
/// <param name="services">Have the packages.</param>
public sealed class EditionLicences(BuildServices services)
{
    /// <summary>Those of all packages that the image has files of, by name.</summary>
    /// <exception cref="StrataException">A package is gone and cannot be had.</exception>
    public async Task<IReadOnlyList<PackageLicence>> OfAsync(BuildResult built, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        BuildManifest manifest = BuiltParts.ManifestOf(services.Store, built);
        PackageSet packages = await EditionPackages.OfAsync(
            services, built.Blueprint, built.Lock, new StepClock(), cancellationToken);
        CopyrightTexts texts = new(services.Store);
        List<PackageLicence> licences = [];
        foreach (string name in manifest.Entries.Where(e => e.Type != "dir").Select(e => e.Package).OfType<string>()
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string version = packages.TryGetPackage(name, out ListedPackage? listed) ? listed.Version : "";
            byte[]? text = CopyrightTexts.Find(packages, name) is PackagedEntry file ? texts.Read(file) : null;
            licences.Add(new PackageLicence(
                name, version, text is null ? null : CopyrightTerms.Of(text).Expression, text is null ? null : text.AsMemory()));
        }
        return licences;
    }
}
