using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Store;
using Strata.Toolbox;

namespace Strata.Benchmarks;

/// <summary>Layers against <c>mksquashfs</c> and <c>veritysetup</c>, alternating: the section "Layers" of <c>docs/benchmarks.md</c>.</summary>
/// <param name="store">A store that holds the packages.</param>
/// <param name="lockFile">Their lock.</param>
/// <param name="judges">Folder with <c>mksquashfs</c> and <c>veritysetup</c>.</param>
/// <param name="folder">For everything that a run makes.</param>
/// <param name="rounds">Rounds of the quick codec; the slow ones get one less, at least one.</param>
/// <param name="only">Name of the one codec to measure; null for all.</param>
internal sealed class LayerReport(string store, string lockFile, string judges, string folder, int rounds, string? only)
{
    private const string ChangedFile = "/usr/bin/ssh-agent";
    private const int LargeImage = 512 << 20;

    private static readonly (string Name, string Codec, int Block, string[] Arguments)[] s_codecs =
    [
        ("zstd-15, 128 KiB", "zstd-15", 128 << 10, ["-comp", "zstd", "-Xcompression-level", "15", "-b", "128K"]),
        ("zstd-22, 1 MiB", "zstd-22", 1 << 20, ["-comp", "zstd", "-Xcompression-level", "22", "-b", "1M"]),
        ("xz with x86 filter, 1 MiB", "xz-bcj", 1 << 20, ["-comp", "xz", "-Xbcj", "x86", "-b", "1M"]),
    ];

    private static readonly string[] s_groupings = ["package", "image"];

    private readonly StringBuilder _text = new();
    private readonly CommandTimer _timer = new(new Dictionary<string, string>());

    private string Root => Path.Combine(folder, "tree");

    private string Listing => Path.Combine(folder, "tree.list");

    /// <summary>Measures and returns the section.</summary>
    public async Task<string> MakeAsync()
    {
        string load = Load();
        FileTree tree;
        using (ObjectStore packages = new(store))
        {
            tree = await TreeListing.OfLockAsync(packages, lockFile);
            using PackageContentReader contents = new(packages.OpenRead);
            TreeExtractor.Write(tree, contents, Root);
        }
        TreeListing.Write(tree, Listing);
        List<FileContent> distinct = [.. tree.Entries.Select(e => e.Node).OfType<FileNode>().Select(f => f.Content).DistinctBy(c => c.Digest)];
        long plain = distinct.Sum(c => c.Size);
        Line("## Layers");
        Line();
        Line($"Tree: the {tree.Entries.Select(e => e.Origin.Package).Distinct().Count() - 1} packages of the toolbox set '{Path.GetFileNameWithoutExtension(lockFile)}', {tree.Entries.Count(e => e.Node is FileNode)} files, {new ByteSize(plain)} of different contents, unpacked in a folder and in the page cache.");
        Line($"Machine: {Environment.ProcessorCount} processors, in use by other work: load average {load} at the begin. {LayerWork.Threads} threads for everybody. CPU first: wall says more about the neighbours.");
        Line("A layer is the whole of it in a process of its own: tree read, squashfs, verity tree, block index, manifest, SHA-256 and flush to disk of each; `mksquashfs` writes the squashfs only.");
        Line("Again: `dotnet run --project benchmarks/Strata.Benchmarks -c Release -- layers --lock FILE --judges FOLDER`.");
        Line();
        Line("| | mksquashfs wall | CPU | size | layer wall | CPU | squashfs size | wall ratio | CPU ratio | size ratio | peak memory |");
        Line("|---|---|---|---|---|---|---|---|---|---|---|");
        List<(string Name, Samples Other, Samples Changed, Samples FromPackages, Samples Inner)> rebuilds = [];
        foreach ((string name, string codec, int block, string[] arguments) in s_codecs.Where(c => only is null || c.Codec == only))
        {
            rebuilds.Add(Compare(name, codec, block, arguments, codec == "zstd-15" ? rounds : Math.Max(1, rounds - 2)));
        }
        Rebuilds(rebuilds);
        Verity();
        Grouping();
        return _text.ToString();
    }

    private (string Name, Samples Other, Samples Changed, Samples FromPackages, Samples Inner) Compare(string name, string codec, int block, string[] arguments, int times)
    {
        Samples other = new("mksquashfs");
        Samples cold = new("cold");
        Samples changed = new("changed");
        Samples fromPackages = new("changed, contents in packages");
        Samples inner = new("changed, without the start of the process");
        (long otherSize, long size) = (0, 0);
        for (int round = 0; round < times; round++)
        {
            Say($"{name}: round {round + 1} of {times}");
            string image = Path.Combine(folder, "other.squashfs");
            File.Delete(image);
            other.Add(_timer.Run(folder, Path.Combine(judges, "mksquashfs"), [Root, image, .. arguments,
                "-processors", $"{LayerWork.Threads}", "-all-root", "-all-time", "0", "-no-exports", "-noappend", "-quiet", "-no-progress"]).Measurement);
            otherSize = new FileInfo(image).Length;
            string fresh = Path.Combine(folder, $"store-{codec}-{round}");
            (Measurement measurement, string output) = Layer(fresh, Root, codec, block);
            cold.Add(measurement);
            size = long.Parse(output.Split(' ')[0], CultureInfo.InvariantCulture);
            (measurement, output) = Layer(fresh, Root, codec, block, ChangedFile);
            changed.Add(measurement);
            inner.Add(new Measurement(double.Parse(output.Split(' ')[1], CultureInfo.InvariantCulture), 0, 0));
            fromPackages.Add(Layer(fresh, "packages", codec, block, "/usr/bin/ssh-add").Measurement);
            Directory.Delete(fresh, recursive: true);
        }
        Line($"| {name} | {Number(other.Wall)} | {Number(other.Cpu)} | {new ByteSize(otherSize)} | {Number(cold.Wall)} | {Number(cold.Cpu)} | {new ByteSize(size)} | {Number(cold.Wall / other.Wall)} | {Number(cold.Cpu / other.Cpu)} | {Number((double)size / otherSize, 4)} | {new ByteSize(cold.PeakBytes)} |");
        return (name, other, changed, fromPackages, inner);
    }

    private (Measurement Measurement, string Output) Layer(string target, string root, string codec, int block, params string[] changed) => _timer.Run(
        folder, Environment.ProcessPath!, ["layer", Listing, root, store, target, codec, block.ToString(CultureInfo.InvariantCulture), .. changed]);

    private void Rebuilds(List<(string Name, Samples Other, Samples Changed, Samples FromPackages, Samples Inner)> rebuilds)
    {
        Line();
        Line($"One file changed (all bytes of `{ChangedFile}`, a file of its package), everything else in the block cache: the whole layer anew, as above. In the last two columns the");
        Line("changed file is another one, and contents are not unpacked but inside their packages, as in a build: what the fragment beside the changed file needs is decompressed.");
        Line();
        Line("| | wall | in the process | CPU | wall, mksquashfs = 1 | CPU, mksquashfs = 1 | peak memory | from packages, wall | CPU |");
        Line("|---|---|---|---|---|---|---|---|---|");
        foreach ((string name, Samples other, Samples changed, Samples packages, Samples inner) in rebuilds)
        {
            Line($"| {name} | {Number(changed.Wall)} | {Number(inner.Wall)} | {Number(changed.Cpu)} | {Number(changed.Wall / other.Wall, 3)} | {Number(changed.Cpu / other.Cpu, 3)} | {new ByteSize(changed.PeakBytes)} | {Number(packages.Wall)} | {Number(packages.Cpu)} |");
        }
        Line();
    }

    private void Verity()
    {
        string image = Path.Combine(folder, "large");
        using (FileStream file = File.Create(image))
        {
            byte[] part = File.ReadAllBytes(Path.Combine(folder, "other.squashfs"));
            while (file.Length < LargeImage)
            {
                file.Write(part.AsSpan(0, (int)Math.Min(part.Length, LargeImage - file.Length)));
            }
        }
        Samples other = new("veritysetup");
        Samples own = new("own");
        Samples inner = new("own, without the start of the process");
        (string otherRoot, string root) = ("", "");
        for (int round = 0; round < rounds; round++)
        {
            (Measurement measurement, string output) = _timer.Run(
                folder, Path.Combine(judges, "veritysetup"), "format", "--salt=-", "--uuid=00000000-0000-0000-0000-000000000000", image, image + ".other");
            other.Add(measurement);
            otherRoot = output.Split('\n').First(l => l.StartsWith("Root hash:", StringComparison.Ordinal)).Split(':')[1].Trim();
            (measurement, output) = _timer.Run(folder, Environment.ProcessPath!, "verity", image, image + ".own");
            own.Add(measurement);
            root = output.Split(' ')[0];
            inner.Add(new Measurement(double.Parse(output.Split(' ')[1], CultureInfo.InvariantCulture), 0, 0));
        }
        Line($"dm-verity tree of {new ByteSize(LargeImage)}: `veritysetup format` {Number(other.Wall)} s wall, {Number(other.Cpu)} s CPU; ours {Number(own.Wall)} s wall ({Number(inner.Wall)} in the process), {Number(own.Cpu)} s CPU: {Number(own.Wall / other.Wall)} and {Number(own.Cpu / other.Cpu)} of it. Root hashes {(root == otherRoot ? "equal" : "DIFFER")}.");
        Line();
    }

    private void Grouping()
    {
        Line("Tails packed per package against tails packed over everything:");
        Line();
        Line("| | per package | over everything | cost |");
        Line("|---|---|---|---|");
        foreach ((string name, string codec, int block, _) in s_codecs.Where(c => c.Codec != "zstd-22" && (only is null || c.Codec == only)))
        {
            long[] sizes = [.. s_groupings.Select(grouping => long.Parse(
                _timer.Run(folder, Environment.ProcessPath!, "squashfs", Listing, Root, Path.Combine(folder, "grouped"), codec, block.ToString(CultureInfo.InvariantCulture), grouping).Output,
                CultureInfo.InvariantCulture))];
            Line($"| {name} | {new ByteSize(sizes[0])} | {new ByteSize(sizes[1])} | {Number(100.0 * (sizes[0] - sizes[1]) / sizes[1])} % |");
        }
        Line();
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Number(double value, int digits = 2) => value.ToString("0." + new string('0', digits), CultureInfo.InvariantCulture);

    private static void Say(string text) => Console.Error.WriteLine(text);

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
