using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Strata.Core;
using Strata.Measure.Differences;
using Strata.Testing;

namespace Strata.Measure.Tests;

/// <summary>What an initramfs holds, whoever wrote it.</summary>
public class ImageReaderTests
{
    private const int SectionTable = 0x40 + 24 + 240;
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // sha256sum of nothing

    // newc: one name of an object has the content, the first (ours) or the last (GNU cpio); members are NAME:INODE:CONTENT
    [Theory]
    [InlineData("a:7:hello b:7:", "a b")]
    [InlineData("a:7: b:7:hello", "a b")]
    [InlineData("a:7: b:7:hello c:7:", "a b c")]
    [InlineData("a:7: b:8: c:7:hello", "a c")] // another object in between
    [InlineData("b:8:other a:7:hello", "a")]
    [InlineData("a:0:hello", "a")]
    public void Read_FileOfSeveralNames_EachHasItsContent(string members, string full)
    {
        IReadOnlyDictionary<string, ContentEntry> entries = Read([.. members.Split(' ').Select(m => Member(m.Split(':')))]);
        string hello = Sha256Digest.Of("hello"u8).ToString();
        Assert.Equal(
            full.Split(' ').Select(n => $"/{n} file 0644 3:4 5 {hello}"),
            entries.Where(e => e.Value.Digest == hello).Select(Text).Order(StringComparer.Ordinal));
        Assert.Equal(members.Split(' ').Length, entries.Count);
    }

    [Fact]
    public void Read_OtherMembers_AreWhatTheyAre()
    {
        IReadOnlyDictionary<string, ContentEntry> entries = Read(
        [
            Member(".", 0x41ED, 1, ""), Member("./etc", 0x43FF, 2, ""), Member("/none", 0x81A4, 3, ""), Member("none too", 0x81A4, 4, ""),
            Member("lib", 0xA1FF, 5, "usr/lib"), Member("dev/null", 0x21B6, 6, ""), Member("su", 0x89ED, 7, "x"),
        ]);
        Assert.Equal(
            [
                "/ dir 0755 3:4 0 ", "/dev/null special 0666 3:4 0 ", "/etc dir 1777 3:4 0 ", "/lib link 0777 3:4 0  -> usr/lib",
                $"/none file 0644 3:4 0 {Empty}", $"/none too file 0644 3:4 0 {Empty}",
                $"/su file 4755 3:4 1 {Sha256Digest.Of("x"u8)}",
            ],
            entries.Select(Text).Order(StringComparer.Ordinal));
    }

    // docs/formats/release.md: Linux unpacks one after the other
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Read_PlainArchiveBeforeAPackedOne_HasBoth(bool hasPlain, bool hasPacked)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Archive([Member("packed", 0x81A4, 1, "b")]));
        }
        Assert.Equal(
            string.Join(' ', [.. hasPacked ? (string[])["/packed"] : [], .. hasPlain ? (string[])["/plain"] : []]),
            string.Join(' ', ReadArchive(
                [.. hasPlain ? Archive([Member("plain", 0x81A4, 1, "a")]) : [], .. hasPacked ? packed.ToArray() : []]).Keys
                .Order(StringComparer.Ordinal)));
    }

    private static string Text(KeyValuePair<string, ContentEntry> entry)
    {
        ContentEntry e = entry.Value;
        return $"{entry.Key} {e.Type} {e.Mode} {e.Owner} {e.Size} {e.Digest}" + (e.Target.Length > 0 ? " -> " + e.Target : "");
    }

    /// <summary>Reads a bootable file whose initramfs has these members.</summary>
    private static IReadOnlyDictionary<string, ContentEntry> Read(IEnumerable<byte[]> members) => ReadArchive(Archive(members));

    private static byte[] Archive(IEnumerable<byte[]> members) => [.. members.SelectMany(m => m), .. Member("TRAILER!!!", 0, 0, "")];

    private static IReadOnlyDictionary<string, ContentEntry> ReadArchive(byte[] archive)
    {
        byte[] image = [.. TinyPe.Program(1024, 0x100000, ".initrd")[..1024], .. archive, .. new byte[511]];
        image = image[..(image.Length / 512 * 512)];
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(SectionTable + 8), archive.Length); // VirtualSize
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(SectionTable + 16), image.Length - 1024); // SizeOfRawData
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["x.efi"], image);
        return ImageReader.Read(folder["x.efi"]).Entries;
    }

    private static byte[] Member(string[] parts) =>
        Member(parts[0], 0x81A4, int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);

    // cpio(5), "New ASCII Format": magic, then 13 numbers of 8 hexadecimal digits; name and content are padded to 4 bytes
    private static byte[] Member(string name, int mode, int inode, string content)
    {
        int[] fields = [inode, mode, 3, 4, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
        string text = "070701" + string.Concat(fields.Select(f => f.ToString("x8", CultureInfo.InvariantCulture))) + name + "\0";
        text = text.PadRight((text.Length + 3) / 4 * 4, '\0') + content;
        return Encoding.ASCII.GetBytes(text.PadRight((text.Length + 3) / 4 * 4, '\0'));
    }
}
