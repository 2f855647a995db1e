using Strata.Core;

namespace Strata.Packages.Listings;

/// <summary>Debian's merged /usr: <c>/bin</c>, <c>/sbin</c> and <c>/lib*</c> are links into <c>/usr</c> on every system since release 12.</summary>
/// <remarks>A few packages still name the old places; the canonical name is the one below <c>/usr</c>.</remarks>
public static class MergedUsr
{
    private static readonly GuestPath s_usr = GuestPath.Parse("/usr");
    private static readonly string[] s_moved = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    /// <summary>Where a path really is.</summary>
    public static GuestPath Canonical(GuestPath path)
    {
        string text = path.ToString();
        int slash = text.IndexOf('/', 1);
        string first = slash < 0 ? text : text[..slash];
        return Array.IndexOf(s_moved, first) < 0 ? path : s_usr.Join(text[1..]);
    }

    /// <summary>True for the places themselves, which are links and no directories.</summary>
    public static bool IsMovedDirectory(GuestPath path) => Array.IndexOf(s_moved, path.ToString()) >= 0;
}
