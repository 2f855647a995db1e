using System.Security.Cryptography;
using System.Text;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>Tests of several machines, with real guests on wires of ours.</summary>
[Collection("guests")]
public sealed class WiredGuestTests : IDisposable
{
    private static readonly string[] s_network = ["failover", "net_failover", "virtio_net"];

    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<string> _foldersBefore = GuestParts.MachineFolders();

    public void Dispose()
    {
        Assert.Equal(_foldersBefore, GuestParts.MachineFolders());
        _folder.Dispose();
    }

    // Addresses by DHCP, ping of each other and of the host, a name, a file larger than a window, a port that is closed, a scan.
    [SkippableFact]
    public async Task RunAsync_TwoGuestsAndAHost_ReachEachOther()
    {
        string text = string.Concat(Enumerable.Range(0, 20000).Select(i => $"line {i}\\n"));
        EditionTestReport report = await RunAsync($$"""
              - name: net
                wires:
                  blue:
                    host:
                      address: 10.7.7.1
                      dhcp: true
                      names: {www.example: 10.7.7.1}
                      files: {/hello.txt: "hello from the wire\n", /large: "{{text}}"}
                ready: guest-is-ready
                machine: {wires: [blue]}
                guests:
                  one: {}
                  two: {}
                steps:
                  - {on: one, run: "udhcpc -f -n -q -i eth0 -s /bin/lease && ifconfig eth0", expect: {contains: "inet addr:10.7.7.100"} }
                  - {on: two, run: "udhcpc -f -n -q -i eth0 -s /bin/lease && ifconfig eth0", expect: {contains: "inet addr:10.7.7.101"} }
                  - {on: two, run: ping -c 2 -W 5 10.7.7.100, expect: {contains: 0% packet loss} }
                  - {on: two, run: ping -c 2 -W 5 10.7.7.1, expect: {contains: 0% packet loss} }
                  - {on: one, run: wget -q -O - http://www.example/hello.txt, expect: {equals: hello from the wire} }
                  - {on: one, run: "wget -q -O - http://www.example/large | tail -n 1", expect: {equals: line 19999} }
                  - {on: one, run: "wget -q -O - http://www.example/large | md5sum", expect: {contains: "{{Md5(text)}}" } }
                  - {on: one, run: wget -q -O - http://www.example/nothing, exit: 1}
                  - {on: one, run: wget -q -O - http://10.7.7.1:81/, exit: 1}
                  - {on: one, run: nslookup nothing.example, exit: 1}
                  - {on: one, run: "httpd -p 8080 -h / && (nc -l -p 22 >/dev/null &)"}
                  - {on: one, scan: blue, open: [22, 8080], within: 120}
                  - {on: two, scan: blue, open: [], within: 120}
                  - {on: two, run: wget -q -O - http://10.7.7.100:8080/etc/resolv.conf, expect: {equals: nameserver 10.7.7.1} }
            """);
        Assert.True(report.Ok, Shown(report));
        Assert.Equal("one: start", report.Tests[0].Steps[0].Name);
    }

    // A client that is no more than wget gets the manifest by its tag, what that names, and the same bytes as were served.
    [SkippableFact]
    public async Task RunAsync_HostWithAnImage_ServesManifestAndBlob()
    {
        byte[] layer = new byte[400_000];
        new Random(5).NextBytes(layer);
        Core.Sha256Digest blob = Core.Sha256Digest.Of(layer);
        byte[] manifest = Encoding.ASCII.GetBytes($$"""{"layers":[{"digest":"sha256:{{blob}}"}]}""");
        Core.Sha256Digest root = Core.Sha256Digest.Of(manifest);
        await File.WriteAllBytesAsync(_folder["image.tar"], [0, 0, 0, .. manifest, .. layer, 0]);
        ServedBlob first = new(root, "application/vnd.oci.image.manifest.v1+json", true, _folder["image.tar"], 3, manifest.Length);
        ServedBlob second = new(blob, "l/l", false, _folder["image.tar"], 3 + manifest.Length, layer.Length);
        ServedImage image = new(first, [first, second]);
        EditionTestReport report = await RunAsync($$"""
              - name: pull
                wires:
                  blue:
                    host: {address: 10.7.7.1, dhcp: true, names: {registry.example: 10.7.7.1}, images: {tools/app:1: ../app.tar} }
                ready: guest-is-ready
                machine: {wires: [blue]}
                steps:
                  - run: udhcpc -f -n -q -i eth0 -s /bin/lease
                  - {run: wget -q -O - http://registry.example/v2/, expect: {equals: "{}"} }
                  - run: wget -q -O /tmp/m http://registry.example/v2/tools/app/manifests/1 && sha256sum </tmp/m
                    expect: {contains: "{{root}}"}
                  - run: "wget -S -O /dev/null http://registry.example/v2/tools/app/manifests/sha256:{{root}} 2>&1"
                    expect: {contains: ["Content-Type: application/vnd.oci.image.manifest.v1+json", "Content-Digest: sha256:{{root}}"]}
                  - run: "wget -q -O - http://registry.example/v2/tools/app/blobs/$(grep -o 'sha256:[0-9a-f]*' /tmp/m) | sha256sum"
                    expect: {contains: "{{blob}}"}
                  - {run: wget -q -O - http://registry.example/v2/tools/app/manifests/2, exit: 1}
            """, images: new Dictionary<string, ServedImage>(StringComparer.Ordinal) { ["../app.tar"] = image });
        Assert.True(report.Ok, Shown(report));
    }

    // What was flushed stays, what was only written goes; a restart and a reset keep all.
    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RunAsync_PowerCuts_LoseWhatWasNotFlushed()
    {
        EditionTestReport report = await RunAsync("""
              - name: cuts
                ready: guest-is-ready
                machine: {disks: [4 MiB]}
                steps:
                  - run: printf one | dd of=/dev/vda conv=notrunc,fsync bs=512 2>&1
                  - power-cut: flushed
                  - {run: dd if=/dev/vda bs=3 count=1 2>/dev/null, expect: {equals: one}}
                  - run: printf two | dd of=/dev/vda conv=notrunc,fsync bs=512 2>&1
                  # the last close of a disk writes what is in memory, and flushes nothing
                  - run: dd if=/bin/busybox of=/dev/vda conv=notrunc bs=512 count=1 2>&1; echo 3 >/proc/sys/vm/drop_caches
                  - {run: dd if=/dev/vda bs=4 count=1 2>/dev/null | tail -c 3, expect: {equals: ELF}}
                  - power-cut: flushed
                  - {run: dd if=/dev/vda bs=3 count=1 2>/dev/null, expect: {equals: two}}
                  - run: dd if=/bin/busybox of=/dev/vda conv=notrunc bs=512 count=1 2>&1
                  - power-cut: written
                  - {run: dd if=/dev/vda bs=4 count=1 2>/dev/null | tail -c 3, expect: {equals: ELF}}
                  - run: printf kept | dd of=/dev/vda conv=notrunc bs=512 2>&1
                  - restart: sync; poweroff -f
                  - {run: dd if=/dev/vda bs=4 count=1 2>/dev/null, expect: {equals: kept}}
                  - power-off: poweroff -f
            """, ["virtio_blk"]);
        Assert.True(report.Ok, Shown(report));
        string log = await File.ReadAllTextAsync(report.Tests[0].LogPath);
        Assert.Equal(5, log.Split("guest-is-ready").Length - 1);
    }

    private async Task<EditionTestReport> RunAsync(
        string tests, string[]? modules = null, Dictionary<string, ServedImage>? images = null)
    {
        string initrd = GuestParts.MakeInitrd(_folder, "ifconfig lo 127.0.0.1 up\n" + GuestParts.Shell, modules ?? s_network, root =>
        {
            Directory.CreateDirectory(Path.Combine(root, "etc"));
            string lease = Path.Combine(root, "bin/lease");
            File.WriteAllText(lease, """
                #!/bin/sh
                [ "$1" = deconfig ] && ifconfig "$interface" up
                [ "$1" = bound ] || exit 0
                ifconfig "$interface" "$ip" netmask "$subnet"
                echo "nameserver $dns" >/etc/resolv.conf

                """);
            File.SetUnixFileMode(lease, (UnixFileMode)0b111_101_101);
        });
        Dictionary<Core.ImageKind, BootMedium> boots = new() { [Core.ImageKind.Kernel] = GuestParts.Config(initrd).Boot };
        IReadOnlyList<EditionTest> parsed = EditionTestFile.Parse(
            $"format: 1\nmachine: {{image: kernel, firmware: bios, memory: 128 MiB}}\ntests:\n{tests}\n", "tests.yaml");
        return await new EditionTestRunner(GuestParts.Qemu, AcceleratorKind.Tcg, boots, _folder["logs"])
        {
            ServedImages = images ?? [],
        }.RunAsync(parsed);
    }

    private static string Shown(EditionTestReport report) => string.Join('\n', report.Tests.SelectMany(t => t.Steps)
        .Select(s => $"{s.Outcome} {s.Milliseconds} ms {s.Name} | {s.Message}\n    {string.Join("\n    ", s.Tail)}"));

#pragma warning disable CA5351 // md5sum is what the guest's BusyBox has, and nobody attacks this wire
    private static string Md5(string escaped) => Convert.ToHexStringLower(
        MD5.HashData(Encoding.ASCII.GetBytes(escaped.Replace("\\n", "\n", StringComparison.Ordinal))));
#pragma warning restore CA5351
}
