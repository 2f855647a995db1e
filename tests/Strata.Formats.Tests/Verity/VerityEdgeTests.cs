using System.Buffers.Binary;
using System.Text.Json;
using Strata.Core;
using Strata.Formats.Oci;
using Strata.Formats.Tar;
using Strata.Formats.Verity;

namespace Strata.Formats.Tests.Verity;

/// <summary>
/// Superblocks with one changed field (cryptsetup, struct verity_sb), and an OCI image's texts (image-spec) member by
/// member.
/// </summary>
public class VerityEdgeTests
{
    [Theory]
    [InlineData(0, (byte)'V', false)]
    [InlineData(7, 1, false)]
    [InlineData(8, 0, false)] // version
    [InlineData(8, 2, false)]
    [InlineData(12, 0, false)] // the salt behind the data, as Chrome OS had it
    [InlineData(12, 2, false)]
    [InlineData(38, (byte)'-', false)] // "sha256-"
    [InlineData(63, 1, false)]
    [InlineData(35, (byte)'5', false)] // "sha556"
    [InlineData(65, 0x20, false)] // data blocks of 8 KiB
    [InlineData(69, 0x20, false)] // hash blocks of 8 KiB
    [InlineData(72, 0, false)] // no data
    [InlineData(72, 1, true)]
    [InlineData(80, 255, true)] // salt
    [InlineData(82, 7, true)] // padding, which nobody reads
    public void Read_OneByte_IsTakenOrRefused(int at, byte value, bool allowed)
    {
        byte[] block = Superblock();
        block[at] = value;
        Check(block, allowed);
    }

    [Theory]
    [InlineData(256, 1L, true)]
    [InlineData(257, 1L, false)]
    [InlineData(0, long.MaxValue / 4096 / 2, true)]
    [InlineData(0, (long.MaxValue / 4096 / 2) + 1, false)]
    [InlineData(0, -1L, false)]
    public void Read_SaltAndBlocks_LastAllowedAndFirstRefused(int salt, long blocks, bool allowed)
    {
        byte[] block = Superblock();
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(72), blocks);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(80), (ushort)salt);
        Check(block, allowed);
        if (allowed)
        {
            VeritySuperblock read = VeritySuperblock.Read(block);
            Assert.Equal((blocks, salt), (read.DataBlocks, read.Salt.Length));
            Assert.Equal(new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"), read.Uuid);
        }
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public async Task Write_Salt_LastAllowedAndFirstRefused(int length, bool allowed)
    {
        using MemoryStream area = new();
        Task<VerityTree> writing = VerityWriter.WriteAsync(
            new MemoryStream(new byte[4096]), 4096, area, new VerityOptions { Uuid = new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"),
                Salt = new byte[length], Threads = 1 });
        if (allowed)
        {
            Assert.Equal(4096, (await writing).HashAreaLength);
        }
        else
        {
            await Assert.ThrowsAsync<ArgumentException>(() => writing);
        }
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "1")]
    [InlineData(128, "1")]
    [InlineData(129, "2 1")]
    [InlineData(128 * 128, "128 1")]
    [InlineData((128 * 128) + 1, "129 2 1")]
    public void LevelBlocks_FullAndOneMore(long blocks, string levels)
    {
        Assert.Equal(levels, string.Join(' ', VerityTree.LevelBlocks(blocks)));
        Assert.Equal((1 + VerityTree.LevelBlocks(blocks).Sum()) * 4096, VerityTree.HashAreaLengthOf(blocks));
    }

    [Theory]
    [InlineData("a:1", true)]
    [InlineData("a", false)]
    [InlineData(":1", false)]
    [InlineData("a:", false)]
    [InlineData("a:b:1", false)]
    [InlineData("a:-1", false)]
    public void Oci_NameAndTag_AreBothThere(string name, bool allowed)
    {
        OciImage image = Image() with { Name = name };
        if (allowed)
        {
            Assert.NotEqual(default, OciLayoutWriter.Write(image, new MemoryStream()).Digest);
        }
        else
        {
            Assert.Throws<ArgumentException>(() => OciLayoutWriter.Write(image, new MemoryStream()));
        }
        Assert.Throws<ArgumentException>(() => OciLayoutWriter.Write(image with { Layers = [] }, new MemoryStream()));
    }

    [Fact]
    public void Oci_EveryMember_HasItsOwnValue()
    {
        Dictionary<string, byte[]> files = Write(Image() with
        {
            Entrypoint = ["e"], Command = ["c", "d"], Environment = ["K=v"], User = "u", WorkingDirectory = "/w",
                Labels = new Dictionary<string, string> { ["l"] = "x" },
        });
        JsonElement listed = Json(files["index.json"]).GetProperty("manifests")[0];
        JsonElement manifest = Blob(listed);
        JsonElement config = Blob(manifest.GetProperty("config"));
        Assert.Equal("""{"User":"u","Env":["K=v"],"Entrypoint":["e"],"Cmd":["c","d"],"WorkingDir":"/w","Labels":{"l":"x"}}""",
            config.GetProperty("config").GetRawText());
        Assert.Equal(
            [$"sha256:{Sha256Digest.Of("plain 1"u8)}", $"sha256:{Sha256Digest.Of("plain 2"u8)}", $"sha256:{Sha256Digest.Of("plain 1"u8)}"],
            config.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(d => d.GetString()));
        Assert.Equal(["strata: one", "strata: two", "strata: one"], config.GetProperty("history").EnumerateArray().Select(h =>
            h.GetProperty("created_by").GetString()));
        Assert.Equal(
            ["application/vnd.oci.image.layer.v1.tar+gzip 3", "application/vnd.oci.image.layer.v1.tar+zstd 4",
                "application/vnd.oci.image.layer.v1.tar+gzip 3"],
            manifest.GetProperty("layers").EnumerateArray().Select(l =>
                $"{l.GetProperty("mediaType").GetString()} {l.GetProperty("size").GetInt32()}"));
        Assert.Equal("""{"l":"x"}""", manifest.GetProperty("annotations").GetRawText());
        Assert.Equal("""{"org.opencontainers.image.ref.name":"a:1"}""", listed.GetProperty("annotations").GetRawText());
        Assert.Equal("""{"imageLayoutVersion":"1.0.0"}""", System.Text.Encoding.UTF8.GetString(files["oci-layout"]));
        Assert.Equal(2 + 2 + 2 + 2, files.Count); // the layer that comes twice is there once
        Assert.Equal("{}", Blob(Blob(Json(Write(Image())["index.json"]).GetProperty("manifests")[0],
            Write(Image())).GetProperty("config"), Write(Image())).GetProperty("config").GetRawText());

        JsonElement Blob(JsonElement descriptor, Dictionary<string, byte[]>? of = null)
        {
            byte[] blob = (of ?? files)["blobs/sha256/" + descriptor.GetProperty("digest").GetString()!["sha256:".Length..]];
            Assert.Equal(blob.Length, descriptor.GetProperty("size").GetInt32());
            return Json(blob);
        }
    }

    private static Dictionary<string, byte[]> Write(OciImage image)
    {
        using MemoryStream archive = new();
        OciLayoutWriter.Write(image, archive);
        archive.Position = 0;
        Dictionary<string, byte[]> files = [];
        TarReader reader = new(archive);
        while (reader.Next() is TarEntry entry)
        {
            using MemoryStream bytes = new();
            reader.Content.CopyTo(bytes);
            files.Add(entry.Name, bytes.ToArray());
        }
        return files;
    }

    private static OciImage Image()
    {
        OciLayer one = Layer(OciCompression.Gzip, "abc", "plain 1", "one");
        return new() { Architecture = GuestArchitecture.Amd64, Name = "a:1", Layers = [one,
            Layer(OciCompression.Zstd, "defg", "plain 2", "two"), one] };
    }

    private static OciLayer Layer(OciCompression compression, string packed, string plain, string description)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(packed);
        return new(compression, Sha256Digest.Of(bytes), bytes.Length, Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(plain)),
            description, () => new MemoryStream(bytes));
    }

    private static JsonElement Json(byte[] text) => JsonDocument.Parse(text).RootElement;

    private static void Check(byte[] block, bool allowed)
    {
        if (allowed)
        {
            Assert.True(VeritySuperblock.Read(block).DataBlocks > 0);
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => VeritySuperblock.Read(block));
        }
    }

    private static byte[] Superblock()
    {
        byte[] block = new byte[512];
        "verity"u8.CopyTo(block);
        (block[8], block[12]) = (1, 1);
        for (int i = 0; i < 16; i++)
        {
            block[16 + i] = (byte)(i + 1);
        }
        "sha256"u8.CopyTo(block.AsSpan(32));
        (block[65], block[69], block[72]) = (0x10, 0x10, 9);
        return block;
    }
}
