using System.Text;
using Strata.Blueprints;
using Strata.Core;

namespace Strata.Editions.Remembered;

/// <summary>Under which name the store remembers something of an edition.</summary>
internal static class EditionIdentity
{
    /// <summary>Its name and a digest of its folder: editions of one name in two folders are two editions.</summary>
    public static string Of(Edition edition) =>
        $"{edition.Name}-{Sha256Digest.Of(Encoding.UTF8.GetBytes(edition.Folder)).ToShortString()}";
}
