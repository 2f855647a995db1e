using System.Globalization;
using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A package of Debian: its suite, its path, its control file and its bytes.</summary>
internal sealed record RealPackage(string Suite, string Filename, string Control, byte[] Content)
{
    /// <summary>The parts of a lock that name packages of the archive.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["guest", "tools", "kernel"];

    /// <summary>Those that locks of editions name, out of the store of the tests; each once.</summary>
    public static IReadOnlyList<RealPackage> OfLocks(params IEnumerable<JsonNode> locks) =>
    [
        .. locks.SelectMany(l => Parts.Select(p => l[p])).OfType<JsonNode>().SelectMany(p => p["packages"]!.AsArray())
            .DistinctBy(p => (string?)p!["sha256"]).Select(p => Read(p!)),
    ];

    private static RealPackage Read(JsonNode package)
    {
        string digest = (string)package["sha256"]!;
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(Environment.GetEnvironmentVariable("HOME")!, ".cache");
        string store = Environment.GetEnvironmentVariable("STRATA_STORE") is { Length: > 0 } own ? own : Path.Combine(home, "strata");
        string file = Path.Combine(store, "cas", digest[..2], digest);
        (int exitCode, string control) = Oracle.Run("dpkg-deb", "-f", file);
        Assert.True(exitCode == 0, control);
        byte[] content = File.ReadAllBytes(file);
        Assert.Equal(long.Parse(package["size"]!.ToString(), CultureInfo.InvariantCulture), content.Length);
        return new RealPackage((string)package["suite"]!, (string)package["filename"]!, control, content);
    }
}
