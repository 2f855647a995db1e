using System.Text;
using Strata.Core;
using Strata.Formats.Digests;
using Strata.Inventory.Bills;

namespace Strata.Inventory.Tests.Bills;

/// <summary>A bill with one of everything, and names that forms have trouble with.</summary>
internal static class MadeBill
{
    public static Bill Whole { get; } = new()
    {
        Edition = "made",
        Version = "1.0+a b",
        Title = "Made \"for\" a test",
        Architecture = "amd64",
        Suite = "trixie",
        IsContainer = false,
        Lock = Digest("lock"),
        Time = new DateTimeOffset(2026, 11, 27, 2, 10, 32, 500, TimeSpan.FromHours(2)),
        Tool = "0.1.0",
        Layers = [new BillLayer("shell", "A shell", Digest("layer")),
            new BillLayer("system", "What is made", null), new BillLayer("none", "Empty", null)],
        Packages =
        [
            Package("libstdc++6", "14.2.0-19", "gcc-14", "14.2.0-19") with
                { Licence = "GPL-3.0-or-later AND (MIT OR LicenseRef-Debian-own)" },
            Package("libstdc--6", "1:2~3", "libstdc--6", "1:2~3") with { Archive = "vendor" },
            Package("mine", "1", "mine", "1") with { Archive = "", Layers = ["shell", "system"], HasCopyright = false, Licence = null },
            Package("xz-utils", "5.8", null, null) with { Role = BillRole.Tool, Layers = [] },
            Package("gcc", "14", null, null) with { Role = BillRole.KernelTool, Layers = [] },
            Package("linux-source-6.12", "6.12.117-1", null, null) with { Role = BillRole.KernelTool, Layers = [] },
            Package("gcc", "14", null, null) with { Role = BillRole.BuildTool, Layers = [] },
        ],
        Files =
        [
            File("/etc/motd", null, "system"), File("/usr/bin/[", "libstdc++6", "shell"), File("/usr/lib/both", "mine", "shell", "system"),
            File("/usr/share/ä \"b\"", "libstdc--6", "shell"),
        ],
        Kernel = new BillKernel("6.12.117", "nano", Digest("bzImage"), "CONFIG_A=y\n# CONFIG_B is not set\n"u8.ToArray(),
            "linux-source-6.12"),
        Programs =
        [
            new BillProgram("early-init", "a device program", null, Digest("init"), "MIT", IsOurs: true),
            new BillProgram("hello", "software", "shell", Digest("hello"), null, IsOurs: false),
        ],
        Vex = new Dictionary<string, string> { ["CVE-2026-9"] = "It is not reached." },
        Parts = new Dictionary<string, long> { ["kernel"] = 4096, ["layer shell"] = 70_000 },
        Budgets = new Dictionary<string, string> { ["image"] = "16.0 MiB" },
        LicenceTexts = new Dictionary<string, string> { ["LicenseRef-Debian-own"] = "Do what you like.\n", },
    };

    public static Sha256Digest Digest(string text) => Sha256Digest.Of(Encoding.UTF8.GetBytes(text));

    private static BillPackage Package(string name, string version, string? source, string? sourceVersion) => new()
    {
        Role = BillRole.Contained,
        Name = name,
        Version = version,
        Architecture = "amd64",
        Archive = BillPackage.Debian,
        Suite = "trixie",
        Filename = $"pool/main/{name}.deb",
        Sha256 = Digest(name),
        Source = source,
        SourceVersion = sourceVersion,
        Licence = "MIT",
        HasCopyright = true,
        Layers = ["shell"],
        Entries = 1,
        AllEntries = 3,
        LeftOut = source is null ? [] : ["/usr/bin/left-" + name],
    };

    private static BillFile File(string path, string? package, params string[] layers) =>
        new(path, path.Length, Digest(path), Sha1Digest.Of(Encoding.UTF8.GetBytes(path)), layers, package);
}
