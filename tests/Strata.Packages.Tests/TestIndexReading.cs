using System.Text;
using Strata.Packages.Indexes;

namespace Strata.Packages.Tests;

internal static partial class TestIndex
{
    /// <summary>What a reader makes of <see cref="Text"/>.</summary>
    public static PackageIndex Of(string lines, string suite = "trixie", string architecture = "amd64", bool isInstaller = false)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(Text(lines, architecture)));
        return PackageIndexReader.Read(stream, new IndexOrigin(suite, "main", architecture, isInstaller));
    }
}
