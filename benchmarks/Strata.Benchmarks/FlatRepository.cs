using System.Globalization;
using System.Text;
using Strata.Packages.Locks;

namespace Strata.Benchmarks;

/// <summary>Packages of a lock as a flat repository, for tools that take them from an archive.</summary>
/// <remarks>The index leaves relations out: the set is fixed already, and some of its relations are cut by the edition.</remarks>
internal static class FlatRepository
{
    /// <summary>Copies the packages into a new folder and writes its index.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="packages">Which.</param>
    /// <param name="pathOf">Where a package lies.</param>
    public static void Make(string folder, IReadOnlyList<LockedPackage> packages, Func<LockedPackage, string> pathOf)
    {
        Directory.CreateDirectory(folder);
        StringBuilder index = new();
        foreach (LockedPackage package in packages)
        {
            string name = $"{package.Name}.deb";
            File.Copy(pathOf(package), Path.Combine(folder, name));
            index.Append(
                CultureInfo.InvariantCulture,
                $"Package: {package.Name}\nVersion: {package.Version}\nArchitecture: {package.Architecture}\n");
            index.Append("Maintainer: nobody <nobody@localhost>\nDescription: part of a fixed set\n");
            index.Append(CultureInfo.InvariantCulture, $"Filename: ./{name}\nSize: {package.Size}\nSHA256: {package.Sha256}\n\n");
        }
        File.WriteAllText(Path.Combine(folder, "Packages"), index.ToString());
    }
}
