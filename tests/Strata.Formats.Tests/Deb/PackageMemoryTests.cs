using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Ar;
using Strata.Testing;

namespace Strata.Formats.Tests.Deb;

/// <summary>Runs alone: it measures the whole process.</summary>
[CollectionDefinition(nameof(PackageMemoryTests), DisableParallelization = true)]
[Collection(nameof(PackageMemoryTests))]
public class PackageMemoryTests
{
    private const long FileSize = 200L << 20;
    private const long Allowed = 64L << 20;

    [SkippableFact]
    public void FromPackage_FileOf200MiB_NeedsLittleMemory()
    {
        Skip.IfNot(File.Exists("/proc/self/status"), "the peak of memory is read from /proc");
        using TemporaryFolder folder = new();
        WritePackage(folder);
        using FileStream deb = File.OpenRead(folder["a.deb"]);
        DebBytes.List(DebBytes.Package(DebBytes.Tar())); // code and buffers that stay
        GC.Collect();
        long before = WorkingSet();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long highest = 0;
        using (Timer timer = new(_ => highest = Math.Max(highest, WorkingSet()), null, 0, 5))
        {
            PackageListing listing = PackageListing.FromPackage(deb);
            highest = Math.Max(highest, WorkingSet());
            Assert.Equal(FileSize, listing.Entries[0].Size);
            // head -c 209715200 /dev/zero | sha256sum
            Assert.Equal("72abf2ca8f36943e", listing.Entries[0].Digest.ToString()[..16]);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, Allowed);
        Assert.True(highest - before < Allowed, $"the working set grew from {before} to {highest} bytes");
    }

    private static void WritePackage(TemporaryFolder folder)
    {
        using (FileStream data = File.Create(folder["data.tar.xz"]))
        using (Stream compressed = Compressor.OpenXz(data, new XzOptions { Preset = 0 }))
        using (TarWriter tar = new(compressed))
        {
            tar.Write(new TarEntry { Name = "./zeros", Kind = TarKind.File, Mode = Modes.File, Size = FileSize }, new ZeroStream(FileSize));
            tar.Finish();
        }
        File.WriteAllBytes(folder["a.deb"], ArBytes.Archive(
            ("debian-binary", "2.0\n"u8.ToArray()),
            ("control.tar", DebBytes.ControlTar(("control", DebBytes.Control))),
            ("data.tar.xz", File.ReadAllBytes(folder["data.tar.xz"]))));
    }

    private static long WorkingSet()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..^2].Trim(), System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    private sealed class ZeroStream(long length) : MemoryStream
    {
        private long _left = length;

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Clear();
            _left -= read;
            return read;
        }

        public override int ReadByte() => _left == 0 ? -1 : throw new InvalidOperationException("the test reads in pieces");
    }
}
