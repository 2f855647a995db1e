using System.Globalization;

namespace Strata.Packages.Sources;

/// <summary>A service that keeps every state of an archive under its date, as Debian's snapshot service does.</summary>
/// <param name="Service">Address of the service: the folder that holds <c>archive/</c>.</param>
/// <param name="Archive">The service's name of the archive: <c>debian</c>, <c>debian-security</c>.</param>
/// <remarks>
/// Addresses are <c>SERVICE/archive/ARCHIVE/yyyyMMddTHHmmssZ/pool/…</c>; such a service answers with the newest state that is not younger
/// than the date. The state that a <c>Release</c> describes is therefore found a day after its date, and files that were gone by then at
/// the date itself.
/// </remarks>
public sealed record SnapshotArchive(Uri Service, string Archive)
{
    /// <summary>Setting that names the service.</summary>
    public const string Setting = "STRATA_SNAPSHOT";

    /// <summary>Where a file of the pool may be, best first.</summary>
    /// <param name="released">Date of the <c>Release</c> that listed it.</param>
    /// <param name="filename">Path below the root of the archive.</param>
    public IEnumerable<Uri> AddressesOf(DateTimeOffset released, string filename)
    {
        foreach (DateTimeOffset date in (DateTimeOffset[])[released.AddDays(1), released])
        {
            string folder = date.ToUniversalTime().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
            yield return ArchivePath.Below(Service, $"archive/{Archive}/{folder}/{filename}");
        }
    }
}
