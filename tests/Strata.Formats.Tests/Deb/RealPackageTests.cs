using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Testing;

namespace Strata.Formats.Tests.Deb;

/// <summary>dpkg-deb, tar and sha256sum as judges, on packages that the machine's package manager can fetch.</summary>
public class RealPackageTests
{
    // Tools that make packages without dpkg leave out zero blocks of the tar archives, or the last padding of ar; dpkg installs such
    // packages.
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(1024)]
    public void FromPackage_ShortEndOfTar_IsReadAsDpkgReadsIt(int zeros)
    {
        using TemporaryFolder folder = new();
        byte[] data = Shortened(DebBytes.Tar(DebBytes.Directory("./"), DebBytes.File("./a", "content")));
        byte[] deb = DebBytes.Package(
            data, controlTar: Shortened(DebBytes.ControlTar(("./control", DebBytes.Control + "Maintainer: N\nDescription: d\n"))));
        File.WriteAllBytes(folder["a.deb"], deb);
        (int exitCode, string output) = Oracle.Run("dpkg-deb", "-c", folder["a.deb"]);
        Assert.True(exitCode == 0 && output.Contains(" ./a\n", StringComparison.Ordinal), output); // of one block tar says that it is alone
        Assert.Equal("/a", DebBytes.List(deb).Entries[^1].Path.ToString());

        byte[] Shortened(byte[] tar) =>
            [.. tar.AsSpan().TrimEnd((byte)0), .. new byte[PaddingOf(tar.AsSpan().TrimEnd((byte)0).Length)], .. new byte[zeros]];

        static int PaddingOf(int length) => -length & 511;
    }

    [SkippableTheory]
    [InlineData("hello")]
    [InlineData("coreutils")]
    [InlineData("perl-base")]
    [InlineData("e2fsprogs")]
    [InlineData("tzdata")]
    [Trait("Category", "Slow")]
    public void FromPackage_PackageOfTheArchive_AgreesWithDpkgAndTar(string name)
    {
        using TemporaryFolder folder = new();
        string deb = Download(folder, name);
        using FileStream file = File.OpenRead(deb);
        PackageListing listing = PackageListing.FromPackage(file);

        (int exitCode, string output) = Oracle.Run(
            "sh", "-c", "dpkg-deb --fsys-tarfile \"$1\" > \"$2\" && tar --numeric-owner --quoting-style=literal -tvf \"$2\"", "sh", deb, folder["data.tar"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Normalise), listing.Entries.Select(Describe));

        (exitCode, output) = Oracle.Run("dpkg-deb", "-f", deb);
        Assert.Equal(0, exitCode);
        DebPackage package = DebReader.Read(file);
        Assert.Equal(output.Trim(), package.Control.Trim());

        Directory.CreateDirectory(folder["control"]);
        Assert.Equal(0, Oracle.Run("dpkg-deb", "-e", deb, folder["control"]).ExitCode);
        foreach (string script in (string[])["preinst", "postinst", "prerm", "postrm", "config", "triggers", "conffiles", "templates"])
        {
            string path = Path.Combine(folder["control"], script);
            Assert.Equal(File.Exists(path), package.Files.ContainsKey(script));
            Assert.True(!File.Exists(path) || File.ReadAllBytes(path).AsSpan().SequenceEqual(package.Files[script].Span));
        }

        CompareContents(folder, deb, listing);
    }

    private static void CompareContents(TemporaryFolder folder, string deb, PackageListing listing)
    {
        Directory.CreateDirectory(folder["out"]);
        Assert.Equal(0, Oracle.Run("tar", "-xf", folder["data.tar"], "-C", folder["out"]).ExitCode);
        byte[] tar = File.ReadAllBytes(folder["data.tar"]);
        using PackageContentReader contents = new(_ => File.OpenRead(deb));
        int files = 0;
        foreach (ListingEntry entry in listing.Entries.Where(e => e.Kind is ListingKind.File or ListingKind.HardLink))
        {
            byte[] expected = File.ReadAllBytes(Path.Combine(folder["out"], entry.Path.Relative));
            Assert.Equal(Sha256Digest.Of(expected), entry.Digest);
            Assert.True(tar.AsSpan((int)entry.Offset, (int)entry.Size).SequenceEqual(expected));
            if (entry.Kind == ListingKind.File)
            {
                PackageContent content = entry.ContentIn(Sha256Digest.Of("any"u8));
                Assert.Equal(entry.Digest, Sha256Digest.Of(contents.Open(content)));
            }
            files++;
        }
        Assert.NotEqual(0, files);
    }

    private static string Download(TemporaryFolder folder, string name)
    {
        (int exitCode, _) = Oracle.Run("sh", "-c", "cd \"$1\" && apt-get -o APT::Sandbox::User=root download \"$2\"", "sh", folder.Path, name);
        Skip.IfNot(exitCode == 0, $"package {name} cannot be fetched here");
        return Directory.GetFiles(folder.Path, "*.deb").Single();
    }

    /// <summary>A line of <c>tar -tv</c> without its date.</summary>
    private static string Normalise(string line)
    {
        string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries); // mode, owner, size, date, time, name
        return $"{parts[0]} {parts[1]} {parts[2]} {parts[5]}";
    }

    private static string Describe(ListingEntry entry)
    {
        bool isDirectory = entry.Kind == ListingKind.Directory;
        StringBuilder text = new();
        text.Append(entry.Kind switch { ListingKind.Directory => 'd', ListingKind.Symlink => 'l', ListingKind.HardLink => 'h', _ => '-' });
        text.Append(ModeOf(entry.Permissions));
        long size = entry.Kind == ListingKind.File ? entry.Size : 0;
        string name = entry.Path.IsRoot ? "./" : "." + entry.Path + (isDirectory ? "/" : "");
        text.Append(CultureInfo.InvariantCulture, $" {entry.Uid}/{entry.Gid} {size} {name}");
        return text.Append(entry.Kind switch
        {
            ListingKind.Symlink => $" -> {entry.Target}",
            ListingKind.HardLink => $" link to .{entry.Target}",
            _ => "",
        }).ToString();
    }

    private static string ModeOf(int mode)
    {
        char[] text = "rwxrwxrwx".ToCharArray();
        for (int i = 0; i < 9; i++)
        {
            text[i] = (mode & (0x100 >> i)) != 0 ? text[i] : '-';
        }
        if ((mode & 0x800) != 0)
        {
            text[2] = text[2] == 'x' ? 's' : 'S';
        }
        if ((mode & 0x400) != 0)
        {
            text[5] = text[5] == 'x' ? 's' : 'S';
        }
        if ((mode & 0x200) != 0)
        {
            text[8] = text[8] == 'x' ? 't' : 'T';
        }
        return new string(text);
    }
}
