using Strata.Core;
using Strata.Updates.Releases;

namespace Strata.Updates.Tests.Releases;

internal static class SampleRelease
{
    /// <summary>shell (base) ← network ← containers; storage beside them.</summary>
    public static Release Four() => new()
    {
        Edition = "capability",
        Version = "0.1+b1",
        Architecture = "amd64",
        Layers = [Layer("shell", isBase: true), Layer("network"), Layer("storage"), Layer("containers", requires: ["network", "storage"])],
    };

    public static ReleaseLayer Layer(string name, bool isBase = false, params string[] requires) => new()
    {
        Name = name,
        IsBase = isBase,
        Requires = requires,
        Manifest = Sha256Digest.Of("m"u8),
        Image = Sha256Digest.Of("i"u8),
        Size = 3 * 4096,
        Data = 4096,
        Root = Sha256Digest.Of("r"u8),
        Salt = "",
    };
}
