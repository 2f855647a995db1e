using System.Text;
using Strata.Core;

namespace Strata.Inventory.Bills;

/// <summary>Package URLs (package-url/purl-spec), by which scanners and registers know a package.</summary>
public static class PackageUrl
{
    /// <summary>
    /// Of a package: type <c>deb</c> and who publishes it; <c>generic</c> with its digest for a file that no archive has.
    /// </summary>
    /// <param name="package">The package.</param>
    /// <param name="suite">Debian suite of what it is an input of.</param>
    public static string Of(BillPackage package, string suite)
    {
        ArgumentNullException.ThrowIfNull(package);
        return package.Archive.Length == 0
            ? $"pkg:generic/{Escape(package.Name)}@{Escape(package.Version)}?checksum=sha256:{package.Sha256}"
            : $"pkg:deb/{Escape(package.Archive)}/{Escape(package.Name)}@{Escape(package.Version)}?arch={Escape(package.Architecture)}"
                + (package.Archive == BillPackage.Debian ? $"&distro={Escape(suite)}" : "");
    }

    /// <summary>Of the source package that it was built from.</summary>
    internal static string OfSource(BillPackage package, string suite) => package.Archive.Length == 0
        ? $"pkg:generic/{Escape(package.Source!)}@{Escape(package.SourceVersion!)}"
        : $"pkg:deb/{Escape(package.Archive)}/{Escape(package.Source!)}@{Escape(package.SourceVersion!)}?arch=source"
            + (package.Archive == BillPackage.Debian ? $"&distro={Escape(suite)}" : "");

    /// <summary>Of the edition itself, which nobody registers.</summary>
    internal static string OfEdition(Bill bill) => $"pkg:generic/{Escape(bill.Edition)}@{Escape(bill.Version)}";

    /// <summary>Of a program that strata compiles out of its own sources.</summary>
    /// <param name="name">Name of the program.</param>
    /// <param name="version">Version of strata.</param>
    public static string OfOurs(string name, string version) => $"pkg:generic/strata-{Escape(name)}@{Escape(version)}";

    /// <summary>Of software that is built with an edition, which nobody registers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sources">SHA-256 of what it is built from.</param>
    public static string OfOwn(string name, Sha256Digest sources) => $"pkg:generic/{Escape(name)}@{sources.ToShortString()}";

    /// <summary>Of the source of a kernel that was compiled.</summary>
    internal static string OfKernel(Bill bill, string version) =>
        $"pkg:deb/{BillPackage.Debian}/linux@{Escape(version)}?arch=source&distro={Escape(bill.Suite)}";

    // purl-spec, "Rules for each purl component": letters, digits and . - _ ~ stand for themselves
    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'.' or (byte)'-' or (byte)'_' or (byte)'~')
            {
                escaped.Append((char)b);
            }
            else
            {
                escaped.Append('%').Append(Convert.ToHexString([b]));
            }
        }
        return escaped.ToString();
    }
}
