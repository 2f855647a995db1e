using System.Text;

namespace Strata.Inventory.Bills;

/// <summary>Package URLs (package-url/purl-spec), by which scanners and registers know a package.</summary>
internal static class PackageUrl
{
    /// <summary>
    /// Of a package: type <c>deb</c> and who publishes it; <c>generic</c> with its digest for a file that no archive has.
    /// </summary>
    public static string Of(BillPackage package, string suite) => package.Archive.Length == 0
        ? $"pkg:generic/{Escape(package.Name)}@{Escape(package.Version)}?checksum=sha256:{package.Sha256}"
        : $"pkg:deb/{Escape(package.Archive)}/{Escape(package.Name)}@{Escape(package.Version)}?arch={Escape(package.Architecture)}"
            + (package.Archive == BillPackage.Debian ? $"&distro={Escape(suite)}" : "");

    /// <summary>Of the source package that it was built from.</summary>
    public static string OfSource(BillPackage package, string suite) => package.Archive.Length == 0
        ? $"pkg:generic/{Escape(package.Source!)}@{Escape(package.SourceVersion!)}"
        : $"pkg:deb/{Escape(package.Archive)}/{Escape(package.Source!)}@{Escape(package.SourceVersion!)}?arch=source"
            + (package.Archive == BillPackage.Debian ? $"&distro={Escape(suite)}" : "");

    /// <summary>Of the edition itself, which nobody registers.</summary>
    public static string OfEdition(Bill bill) => $"pkg:generic/{Escape(bill.Edition)}@{Escape(bill.Version)}";

    /// <summary>Of the source of a kernel that was compiled.</summary>
    public static string OfKernel(Bill bill, string version) =>
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
