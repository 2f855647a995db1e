using Strata.Core;

namespace Strata.Updates.Releases;

/// <summary>The form of a medium that carries a release: what it is known by, and where things lie on it (<c>docs/formats/release.md</c>).</summary>
public static class Medium
{
    /// <summary>Label of its file system, and of its partition.</summary>
    public const string Label = "STRATA";

    /// <summary>Name of the release's file, in the root of its file system.</summary>
    public const string ReleaseFile = "release.json";

    /// <summary>Folder of the objects, below the root of its file system.</summary>
    public const string ObjectFolder = "strata/cas";

    /// <summary>GPT type of its partition. Media of earlier versions have that of Linux data: they are known by their label alone.</summary>
    public static Guid PartitionType { get; } = new("5c1ed6ae-2f0b-4d35-9a3c-7d8f1b6e5a21");

    /// <summary>Where an object lies, below the root of its file system: <c>strata/cas/ab/ab…</c>.</summary>
    public static string PathOf(Sha256Digest digest)
    {
        string text = digest.ToString();
        return $"{ObjectFolder}/{text[..2]}/{text}";
    }
}
