using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;

namespace Strata.Measure.Tests;

/// <summary>Measurements made in the test.</summary>
internal static class Samples
{
    public static Measurement Measurement(params SizePart[] parts) => new()
    {
        Format = Measure.Measurement.CurrentFormat,
        Edition = "sample",
        Title = "Sample & Co",
        Version = "1",
        Architecture = "amd64",
        Image = "disk",
        Digest = new string('a', 64),
        Commit = new string('b', 40),
        Kernel = "6.12",
        Download = new DownloadNumbers(parts.Sum(p => p.Packed), parts.Sum(p => p.Packed) + 1000, parts),
        Installed = new InstalledNumbers(parts.Sum(p => p.Plain), 10, 3, 2, 40960, "pages"),
        Surface = Surface(),
    };

    public static SurfaceNumbers Surface(params string[] setUid) => new()
    {
        Packages = 2,
        Programs = ["/usr/bin/busybox", "/usr/bin/curl"],
        Commands = 300,
        SetUid = setUid,
        SetGid = [],
        FileCapabilities = [],
        Services = [new SurfaceService("ssh", "daemon", "ssh", "/usr/sbin/dropbear -F")],
        Shells = ["/usr/bin/busybox"],
        Interpreters = [],
        WorldWritable = ["/tmp (sticky)"],
        Binaries = [],
    };

    public static SizePart Kernel(long bytes) => new("kernel", "kernel", bytes, true, []);

    public static SizePart Part(string name, params SizePackage[] packages) => new(name, "capability", packages.Sum(p => p.Packed), false, packages);

    public static SizePackage Package(string name, string version, params SizeFile[] files) =>
        new(name, version, files.Sum(f => f.Packed), files.Sum(f => f.Plain), files.Length, [.. files.OrderByDescending(f => f.Packed)]);

    public static Measurement Typical() => Measurement(
        Kernel(4_000_000),
        Part("shell", Package("libc6", "2.41-12", new SizeFile("/usr/lib/libc.so.6", 700_000, 2_000_000), new SizeFile("/usr/lib/ld.so", 100_000, 220_000)),
            Package("busybox", "1.37", new SizeFile("/usr/bin/busybox", 360_000, 800_000))),
        Part("download", Package("libssl3t64", "3.5.1", new SizeFile("/usr/lib/libcrypto.so.3", 1_900_000, 6_000_000)), Package("curl", "8.14", new SizeFile("/usr/bin/curl", 120_000, 300_000))))
        with
    {
        Guest = Guest(),
        Budgets = [new BudgetRow("image", 8_000_000, 7_180_000, "bytes"), new BudgetRow("setuid", 0, 1, "count"), new BudgetRow("memory", 20 << 20, null, "bytes")],
    };

    public static GuestNumbers Guest() => new()
    {
        IsReady = true,
        Machine = "QEMU q35, 1 processor, 256 MiB, emulated (TCG)",
        MemoryMiB = 256,
        Boot = new BootTimes([new("firmware", 2000), new("loader", 400), new("kernel", 3000), new("early init", 600), new("services", 500)], 6500, 2600, "the same firmware", [new(6400, 2560), new(6600, 2600), new(6500, 2700)]),
        Memory = new IdleMemory(30 << 20, 40 << 20, 28 << 20, 6 << 20, 2 << 20, 9),
        Least = new LeastMemory(136, 1, 9, 135, "ended: kernel panic: out of memory"),
        Listening = [new ListeningSocket("tcp", "0.0.0.0", 22, "dropbear"), new ListeningSocket("tcp", "127.0.0.1", 8080, "admin")],
        Scan = new OutsideScan([22], 65534, 0, null),
        Modules = ["virtio_net"],
    };
}
