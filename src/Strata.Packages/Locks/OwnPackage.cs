using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Packages.Deb822;
using Strata.Packages.Relations;
using Strata.Packages.Sources;
using Strata.Packages.Versions;
using Strata.Store;

namespace Strata.Packages.Locks;

/// <summary>A package file that lies beside a blueprint: chosen as an archive's would be, fixed by its digest, never fetched.</summary>
/// <remarks>Somebody else may have made it: it is read below its folder, by the reader of all packages and within its limits.</remarks>
public sealed class OwnPackage
{
    private const long MostBytes = 2L << 30;

    private readonly string _folder;

    private OwnPackage(string folder, LockedPackage locked) => (_folder, Locked) = (folder, locked);

    /// <summary>As a lock has it: of the suite <see cref="LockedPackage.OwnSuite"/>, with the path of the file below its folder.</summary>
    public LockedPackage Locked { get; }

    /// <summary>Reads what a package says of itself.</summary>
    /// <param name="folder">A folder of ours.</param>
    /// <param name="file">The package file, relative to it.</param>
    /// <param name="archive">Name of the archive that is the folder with this file; empty for a file that is named itself.</param>
    /// <exception cref="StrataException">It is not there, leads out of the folder, or is no package.</exception>
    public static OwnPackage Read(string folder, string file, string archive = PackageArchive.DebianName)
    {
        string path = Encoding.UTF8.GetString(ArchivePath.WithoutLeadingDots(Encoding.UTF8.GetBytes(file)));
        if (ArchivePath.ProblemOf(path) is { } problem)
        {
            throw new StrataException($"cannot take package {file}: {problem}");
        }
        using ForeignFolder own = new(folder);
        using FileStream deb = own.OpenRead(path, MostBytes);
        try
        {
            string control = DebReader.Read(deb).Control;
            deb.Position = 0;
            Sha256Digest digest = new(SHA256.HashData(deb));
            Deb822Reader fields = new(new MemoryStream(Encoding.UTF8.GetBytes(control)), "control file");
            if (!fields.Read() || fields.StanzaFault is not null)
            {
                throw fields.StanzaFault ?? fields.Fault(1, "it is empty");
            }
            LockedPackage locked = new()
            {
                Name = Field(fields, "Package", n => PackageName.ProblemOf(n)),
                Version = Field(fields, "Version", v => DebianVersion.ProblemOf(v)),
                Architecture = Field(fields, "Architecture", a => PackageName.IsArchitecture(a) ? null : $"'{a}' is none"),
                Archive = archive,
                Suite = LockedPackage.OwnSuite,
                Component = LockedPackage.OwnSuite,
                Filename = path,
                Size = deb.Length,
                Sha256 = digest,
                Reason = path,
            };
            return fields.Read() ? throw fields.Fault(fields.Line, "it describes more than one package") : new OwnPackage(folder, locked);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot take package {path}: {e.Message}", null, e);
        }
    }

    /// <summary>Puts the file into the store, unless it is there.</summary>
    /// <exception cref="StrataException">It is not what it was when it was read.</exception>
    public async Task AddToAsync(ObjectStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.Contains(Locked.Sha256))
        {
            return;
        }
        using ForeignFolder own = new(_folder);
        (Sha256Digest digest, _) = await own.AddToAsync(store, Locked.Filename, MostBytes, cancellationToken);
        if (digest != Locked.Sha256)
        {
            throw new StrataException($"cannot take package {Locked.Filename}: it changed while it was being used", "Try again.");
        }
    }

    private static string Field(Deb822Reader fields, string name, Func<string, string?> problemOf)
    {
        string value = fields.Text(Encoding.ASCII.GetBytes(name)) ?? throw fields.Fault(1, $"{name} is missing");
        return problemOf(value) is { } problem ? throw fields.Fault(1, $"{name}: {problem}") : value;
    }
}
