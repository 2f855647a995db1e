using Strata.Core;
using Strata.Packages.Locks;
using Strata.Packages.Sources;
using Strata.Packages.Versions;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Reads the package files of <c>archives: {NAME: {folder: …}}</c>.</summary>
/// <remarks>
/// Every file of the folder whose name ends in <c>.deb</c> counts, and nothing else does: a folder that a build writes has
/// <c>.changes</c> and <c>.buildinfo</c> beside them. Limits: 4,096 names, 2 GiB a file.
/// </remarks>
internal static class PackageFolder
{
    private const int MostNames = 4096;
    private const string Ending = ".deb";

    /// <summary>By archive, then by name of the file. Faults are collected, each with the file that it is about.</summary>
    /// <param name="edition">The blueprint.</param>
    /// <param name="archives">Its archives; those that are folders are read.</param>
    /// <param name="folderOf">Folder of the file in which something stands.</param>
    /// <param name="architecture">Of the edition.</param>
    public static IReadOnlyList<(YamlScalar Place, OwnPackage Package)> Read(
        MappingReader edition, IReadOnlyList<PackageArchive> archives, Func<YamlValue, string> folderOf, GuestArchitecture architecture)
    {
        List<(YamlScalar, OwnPackage)> packages = [];
        foreach (PackageArchive archive in archives.Where(a => a.Folder is not null))
        {
            YamlScalar place = PlaceOf(edition, archive.Name);
            List<OwnPackage> found = ReadOne(place, archive, folderOf(place), edition.Faults);
            foreach (LockedPackage foreign in found.Select(p => p.Locked).Where(p => !Fits(p, architecture)))
            {
                edition.Faults.Add(
                    place,
                    $"'{foreign.Filename}' is for {foreign.Architecture} and the edition for {architecture}; packages for others belong "
                    + "into another folder");
            }
            foreach (IGrouping<(string, DebianVersion), OwnPackage> twice in found
                .Where(p => Fits(p.Locked, architecture))
                .GroupBy(p => (p.Locked.Name, DebianVersion.Parse(p.Locked.Version))).Where(g => g.Count() > 1))
            {
                edition.Faults.Add(
                    place,
                    $"package '{twice.First().Locked.Name}' is in the folder twice with version {twice.First().Locked.Version}: "
                    + $"{string.Join(" and ", twice.Select(p => $"'{p.Locked.Filename}'"))}; remove one");
            }
            packages.AddRange(found.Select(p => (place, p)));
        }
        return packages;
    }

    private static bool Fits(LockedPackage package, GuestArchitecture architecture) =>
        package.Architecture == "all" || package.Architecture == architecture.Name;

    private static List<OwnPackage> ReadOne(YamlScalar place, PackageArchive archive, string folder, FaultList faults)
    {
        List<OwnPackage> packages = [];
        string below = archive.Folder!.StartsWith("./", StringComparison.Ordinal) ? archive.Folder[2..] : archive.Folder;
        below = below.TrimEnd('/');
        try
        {
            if (below is "" or ".")
            {
                faults.Add(place, $"'{archive.Folder}' is no folder below that of this file; expected one such as debs");
                return packages;
            }
            using ForeignFolder own = new(folder);
            if (own.TryList(below, MostNames) is not { } names)
            {
                faults.Add(place, $"'{archive.Folder}' is no folder beside this file");
                return packages;
            }
            string[] files = [.. names.Where(n => !n.IsFolder && n.Name.EndsWith(Ending, StringComparison.Ordinal)).Select(n => n.Name)];
            foreach (string file in files)
            {
                Add($"{below}/{file}");
            }
            if (files.Length == 0)
            {
                faults.Add(place, $"the folder '{archive.Folder}' has no file directly in it whose name ends in {Ending}");
            }
        }
        catch (StrataException e)
        {
            faults.Add(place, $"{e.Message}; expected a folder of {Ending} files below the folder of this file");
        }
        return packages;

        void Add(string file)
        {
            try
            {
                packages.Add(OwnPackage.Read(folder, file, archive.Name));
            }
            catch (StrataException e) // told for each file, so that they are repaired at once
            {
                faults.Add(place, e.Message);
            }
        }
    }

    private static YamlScalar PlaceOf(MappingReader edition, string archive) => (YamlScalar)((YamlMapping)edition.Pairs("archives")
        .First(p => p.Key.Text == archive).Value).Items.First(i => i.Key.Text == "folder").Value;
}
