using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Deb;

namespace Strata.Formats.Tests.Deb;

public class PackageContentReaderTests
{
    private static readonly byte[] s_deb = DebBytes.Package(
        DebBytes.Tar(DebBytes.File("./a", "first"), DebBytes.File("./b", new byte[200_000]), DebBytes.File("./c", "third"), DebBytes.File("./d", "")), CompressionKind.Xz);

    private static readonly Sha256Digest s_package = Sha256Digest.Of(s_deb);
    private static readonly PackageListing s_listing = DebBytes.List(s_deb);
    private static readonly byte[] s_object = "object"u8.ToArray();

    private int _opened;

    [Fact]
    public void Open_ContentsInOrder_OpensThePackageOnce()
    {
        using PackageContentReader reader = NewReader();
        Assert.Equal("first", Text(reader.Open(Of("/a"))));
        Assert.Equal("third", Text(reader.Open(Of("/c"))));
        Assert.Equal("", Text(reader.Open(Of("/d"))));
        Assert.Equal(1, _opened);
    }

    [Fact]
    public void Open_EarlierContent_StartsAnew()
    {
        using PackageContentReader reader = NewReader();
        Assert.Equal("third", Text(reader.Open(Of("/c"))));
        Assert.Equal("first", Text(reader.Open(Of("/a"))));
        Assert.Equal("first", Text(reader.Open(Of("/a"))));
        Assert.Equal(3, _opened);
    }

    [Fact]
    public void Open_AfterAContentLeftUnread_GoesOn()
    {
        using PackageContentReader reader = NewReader();
        Stream unread = reader.Open(Of("/b"));
        Assert.Equal(100, unread.Read(new byte[100]));
        Assert.Equal("third", Text(reader.Open(Of("/c"))));
        Assert.Throws<ObjectDisposedException>(() => unread.Read(new byte[1]));
        Assert.Equal(1, _opened);
    }

    [Fact]
    public void Open_InlineAndStored_GivesThem()
    {
        using PackageContentReader reader = NewReader();
        Assert.Equal("inline", Text(reader.Open(InlineContent.FromText("inline"))));
        Assert.Equal("object", Text(reader.Open(new StoredContent(6, Sha256Digest.Of(s_object)))));
    }

    [Fact]
    public void Read_OtherBytesThanPromised_IsRefused()
    {
        using PackageContentReader reader = NewReader();
        PackageContent right = Of("/a");
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(right with { Digest = default })));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(right with { Offset = right.Offset + 1 })));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(right with { Size = 4 })));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(right with { Size = 1 << 30 })));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(right with { Offset = 1 << 30 })));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(Of("/d") with { Digest = default })));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(new StoredContent(7, Sha256Digest.Of(s_object)))));
        Assert.Throws<ImageFormatException>(() => Text(reader.Open(new StoredContent(5, Sha256Digest.Of(s_object)))));
        Assert.Equal("first", Text(reader.Open(right)));
    }

    [Fact]
    public void Read_ExactlyAllBytes_ChecksTheDigestWithTheLast()
    {
        using PackageContentReader reader = NewReader();
        Stream content = reader.Open(Of("/a") with { Digest = default });
        Assert.Throws<ImageFormatException>(() => content.ReadExactly(new byte[5]));
    }

    [Fact]
    public void Open_ObjectThatIsNoPackage_IsRefusedAndClosed()
    {
        MemoryStream wrong = new(s_object);
        using PackageContentReader reader = new(_ => wrong);
        Assert.Throws<ImageFormatException>(() => reader.Open(Of("/a")));
        Assert.False(wrong.CanRead);
    }

    [Fact]
    public void Dispose_ClosesThePackage()
    {
        MemoryStream deb = new(s_deb);
        PackageContentReader reader = new(_ => deb);
        reader.Open(Of("/a"));
        reader.Dispose();
        Assert.False(deb.CanRead);
        Assert.Throws<ObjectDisposedException>(() => reader.Open(Of("/a")));
    }

    private static PackageContent Of(string path) =>
        s_listing.TryGet(GuestPath.Parse(path), out ListingEntry? entry) ? entry.ContentIn(s_package) : throw new ArgumentException(path);

    private PackageContentReader NewReader() => new(digest =>
    {
        _opened++;
        return new MemoryStream(digest == s_package ? s_deb : s_object);
    });

    private static string Text(Stream stream)
    {
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
