using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Tar;

public class TreeTarWriterTests
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Write_TreeWithEverything_IsWhatTarExtracts(int seed)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners and devices can only be extracted by root");
        FileTree tree = new RandomTree(seed, 4096, 500).Tree;
        foreach (TreeEntry socket in tree.Entries.Where(e => e.Node is SpecialNode { Kind: SpecialKind.Socket }).ToList())
        {
            tree.Remove(socket.Path);
        }
        using TemporaryFolder folder = new();
        using (FileStream file = File.Create(folder["tree.tar"]))
        using (Contents contents = new())
        {
            TreeTarWriter.Write(tree, contents, file);
        }
        Directory.CreateDirectory(folder["out"]);

        (int exitCode, string said) = Oracle.Run("tar", "--extract", "--preserve-permissions", "--same-owner", "--numeric-owner", "-f", folder["tree.tar"], "-C", folder["out"]);

        Assert.True(exitCode == 0, said);
        Assert.Equal(Lines.Of(tree), Lines.OfFolder(folder["out"]));
    }

    [Fact]
    public void Write_RootOfItsOwn_ComesFirst()
    {
        FileTree tree = new();
        tree.Replace(GuestPath.Root, new DirectoryNode { Permissions = Modes.SecretFolder, Uid = 7 }, new Origin(null, null, "test"));
        TarEntry root = Assert.Single(EntriesOf(tree));
        Assert.Equal(("./", TarKind.Directory, Modes.SecretFolder, 7u), (root.Name, root.Kind, root.Mode, root.Uid));
    }

    [Fact]
    public void Write_PlainRoot_HasNoEntry() => Assert.Empty(EntriesOf(new FileTree()));

    [Fact]
    public void Write_Socket_IsRefusedByName()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/run/s"), new SpecialNode { Permissions = Modes.Link, Kind = SpecialKind.Socket }, new Origin(null, null, "test"));
        using Contents contents = new();
        StrataException e = Assert.Throws<StrataException>(() => TreeTarWriter.Write(tree, contents, new MemoryStream()));
        Assert.Contains("/run/s", e.Message, StringComparison.Ordinal);
    }

    private static List<TarEntry> EntriesOf(FileTree tree)
    {
        using MemoryStream archive = new();
        using Contents contents = new();
        TreeTarWriter.Write(tree, contents, archive);
        archive.Position = 0;
        List<TarEntry> entries = [];
        TarReader reader = new(archive);
        while (reader.Next() is TarEntry entry)
        {
            entries.Add(entry);
        }
        return entries;
    }
}
