using System.Globalization;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Benchmarks;

/// <summary>How much memory one package costs: listed and packed into an initramfs as a build does it, in a process of its own.</summary>
/// <remarks>An archive made here is not signed by anybody who is trusted, so the measure is taken below the archives.</remarks>
internal static class PackageMemory
{
    /// <summary>First argument that makes this program the process that is measured.</summary>
    public const string Argument = "pack-one";

    private const int BlockBytes = 1 << 18; // well inside the dictionary of every preset of xz

    /// <summary>
    /// Makes a package with one file of that many MiB. The file repeats a block of pseudo-random bytes, so that xz is done with it quickly;
    /// the memory of xz depends on its dictionary and its threads, not on what it reads.
    /// </summary>
    public static string MakePackage(Settings settings, CommandTimer timer, int mebibytes)
    {
        string root = Path.Combine(settings.Folder, $"made-{mebibytes}");
        Directory.CreateDirectory(Path.Combine(root, "DEBIAN"));
        File.WriteAllText(Path.Combine(root, "DEBIAN", "control"), """
            Package: made
            Version: 1
            Architecture: amd64
            Maintainer: nobody <nobody@localhost>
            Description: one large file

            """);
        byte[] block = new byte[BlockBytes];
        uint state = 1;
        for (int i = 0; i < block.Length; i++)
        {
            state = unchecked((state * 1664525) + 1013904223); // Numerical Recipes, "quick and dirty" generator
            block[i] = (byte)(state >> 24);
        }
        using (FileStream file = File.Create(Path.Combine(root, "payload")))
        {
            for (int i = 0; i < mebibytes * ((1 << 20) / BlockBytes); i++)
            {
                file.Write(block);
            }
        }
        string package = root + ".deb";
        timer.Run(settings.Folder, "dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", root, package);
        Directory.Delete(root, recursive: true);
        return package;
    }

    /// <summary>Measures one package, in a process of its own.</summary>
    public static (Measurement Measurement, long Peak) Measure(Settings settings, CommandTimer timer, string package)
    {
        string store = Path.Combine(settings.Folder, "one-store");
        try
        {
            (Measurement measurement, string output) = timer.Run(settings.Folder, Environment.ProcessPath!, [.. Itself(), Argument, package, store]);
            return (measurement, long.Parse(output, CultureInfo.InvariantCulture));
        }
        finally
        {
            if (Directory.Exists(store))
            {
                Directory.Delete(store, recursive: true);
            }
        }
    }

    /// <summary>The process that is measured: prints its own peak in bytes.</summary>
    public static async Task<int> RunAsync(string package, string folder)
    {
        using (ObjectStore store = new(folder))
        {
            ActionCache actions = new(store);
            Sha256Digest digest = await store.AddFileAsync(package);
            PackageLister lister = new(store, actions);
            IReadOnlyList<ListedPackage> listed = await lister.ListAsync([("made", "1", digest)], SilentProgress.Instance, CancellationToken.None);
            ListingEntry payload = listed[0].Listing.Entries.Single(e => e.Kind == ListingKind.File);
            FileTree tree = new();
            tree.Add(payload.Path, new FileNode { Permissions = payload.Permissions, Content = payload.ContentIn(digest) }, new Origin(null, "made", "measured"));
            // uncompressed: compressors are processes of their own with a memory that does not depend on the input
            (_, long size) = await store.AddWrittenAsync(output =>
            {
                using PackageContentReader contents = new(store.OpenRead);
                CpioWriter.Write(tree, contents, output);
                return Task.CompletedTask;
            });
            if (size == 0)
            {
                return 1;
            }
        }
        Console.WriteLine(CommandTimer.PeakOf(Environment.ProcessId).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    // under 'dotnet X.dll' the process is dotnet and the assembly is its first argument
    private static IEnumerable<string> Itself() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
}
