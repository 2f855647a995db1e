using System.Security.Cryptography.X509Certificates;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Inventory.Bills;
using Strata.Inventory.Provenance;
using Strata.Kernel.Building;
using Strata.Packages.Locks;
using Strata.Store.Actions;

namespace Strata.Editions.Bills;

/// <summary>Where the images of a build come from: out of its lock and what it left in the store.</summary>
/// <param name="services">Have all of it.</param>
public sealed class EditionProvenance(BuildServices services)
{
    /// <summary>The provenance of an image that was built.</summary>
    /// <param name="built">The build.</param>
    /// <param name="kind">Which of its images.</param>
    /// <param name="certificate">What it is signed with for firmware; null when it is not signed.</param>
    /// <exception cref="KeyNotFoundException">The build made no such image.</exception>
    public BuildProvenance Of(BuildResult built, ImageKind kind, X509Certificate2? certificate = null)
    {
        ArgumentNullException.ThrowIfNull(built);
        ArgumentNullException.ThrowIfNull(kind);
        Edition edition = built.Blueprint.Edition;
        BuildManifest manifest = BuiltParts.ManifestOf(services.Store, built);
        return new BuildProvenance
        {
            Edition = edition.Name,
            Version = edition.Version,
            Architecture = edition.Architecture.Name,
            Kind = kind.Name,
            Blueprint = built.Blueprint.Digest,
            Lock = built.Lock.Digest,
            Tool = EditionBills.Tool,
            Certificate = certificate is null || !kind.Boots || built.Product.Uki is null ? null : Sha256Digest.Of(certificate.RawData),
            Subjects = [.. SubjectsOf(built, kind, manifest)],
            Inputs = [.. InputsOf(built)],
            Kernel = manifest.BuiltKernel is ManifestKernel kernel && built.Product.Uki is not null
                ? new ProvenanceKernel(
                    manifest.Kernel, edition.Kernel.Name, Sha256Digest.Parse(kernel.Image), Sha256Digest.Parse(kernel.Config))
                : null,
        };
    }

    private static IEnumerable<ProvenanceSubject> SubjectsOf(BuildResult built, ImageKind kind, BuildManifest manifest)
    {
        string place = kind.PlaceOf(built.Blueprint.Edition.Name);
        foreach (ActionOutput file in built[kind].Files)
        {
            yield return new ProvenanceSubject(kind.IsFolder ? $"{place}/{file.Name}" : place, file.Digest);
        }
        if (kind == ImageKind.Oci && manifest.ContainerManifest is ManifestBlob image) // registries know it by this one
        {
            yield return new ProvenanceSubject(image.Name, Sha256Digest.Parse(image.Digest));
        }
    }

    private IEnumerable<ProvenanceInput> InputsOf(BuildResult built)
    {
        string suite = built.Blueprint.Edition.Suite;
        foreach ((PackageLock? packages, string role, BillRole kept) in new[]
        {
            (built.Lock.Guest, "package", BillRole.Contained), (built.Lock.Tools, "tool", BillRole.Tool),
            (built.Lock.Kernel, "kernel-tool", BillRole.KernelTool), (built.Lock.Builds, "build-tool", BillRole.BuildTool),
        })
        {
            foreach (LockedPackage package in packages?.Packages ?? [])
            {
                yield return new ProvenanceInput(
                    package.Name, PackageUrl.Of(EditionBills.Of(package, kept), suite), package.Sha256,
                    kept == BillRole.KernelTool && package.Name == KernelToolchain.SourcePackage ? "kernel-source" : role);
            }
        }
        foreach (BillProgram program in new EditionBills(services).ProgramsOf(built))
        {
            yield return new ProvenanceInput(
                program.Name,
                program.IsOurs ? PackageUrl.OfOurs(program.Name, EditionBills.Tool) : PackageUrl.OfOwn(program.Name, program.Sources),
                program.Sources, "program");
        }
    }
}
