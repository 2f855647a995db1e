using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.State;

namespace Strata.Updates.Tests;

/// <summary>
/// What plans of state and block indexes may hold: the last that is allowed, and the sentence about the first that is not.
/// </summary>
public class RuleEdgeTests
{
    private const long MiB = 1 << 20;

    public static TheoryData<string, StatePlan, string?> Plans
    {
        get
        {
            StatePlan plan = new() { Edition = "e" };
            StatePlan One(string path, int mode = 0, long limit = 0) => plan with { Folders = [new KeptFolder(path, 0, 0, mode, limit)] };
            StatePlan Many(int count) => plan with { Folders = [.. Enumerable.Range(0, count).Select(i => new KeptFolder($"/f{i:d3}", 0, 0,
                0))] };
            return new TheoryData<string, StatePlan, string?>
            {
                { "least", plan, null },
                { "all", plan with { IsEverything = true }, null },
                { "all and one", One("/a") with { IsEverything = true }, "it keeps 1 folders, allowed are 0" },
                { "most", Many(65), null },
                { "one more", Many(66), "it keeps 66 folders, allowed are 65" },
                { "name", plan with { Edition = "E" }, "edition 'E' is no name of lower-case letters, digits and + - . _" },
                { "init", plan with { Init = "/init" }, null },
                { "relative init", plan with { Init = "init" }, "init: it does not start with '/'" },
                { "root", One("/"), "'/' cannot be kept: it is no plain absolute path below the root" },
                { "slash at the end", One("/a/"), "'/a/' cannot be kept: it has an empty component" },
                { "two slashes", One("/a//b"), "'/a//b' cannot be kept: it has an empty component" },
                { "relative", One("a"), "'a' cannot be kept: it does not start with '/'" },
                { "beside", plan with { Folders = [new("/a", 0, 0, 0), new("/ab", 0, 0, 0)] }, null },
                { "in it", plan with { Folders = [new("/a", 0, 0, 0), new("/a/b", 0, 0, 0)] },
                    "'/a/b' lies in '/a', or before it in the order of paths" },
                { "before it", plan with { Folders = [new("/b", 0, 0, 0), new("/a", 0, 0, 0)] },
                    "'/a' lies in '/b', or before it in the order of paths" },
                { "twice", plan with { Folders = [new("/a", 0, 0, 0), new("/a", 0, 0, 0)] },
                    "'/a' lies in '/a', or before it in the order of paths" },
                { "all bits", One("/a", Modes.All), null },
                { "a bit more", One("/a", Modes.All + 1), "'/a' has mode 10000; allowed are 0 to 7777" },
                { "less than none", One("/a", -1), "'/a' has mode 37777777777; allowed are 0 to 7777" },
                { "least limit", One("/a", 0, 16 * MiB), null },
                { "whole MiB", One("/a", 0, 17 * MiB), null },
                { "less", One("/a", 0, 15 * MiB), "'/a' has the limit 15728640; allowed are whole MiB, at least 16 of them" },
                { "half a MiB", One("/a", 0, (16 * MiB) + (MiB / 2)),
                    "'/a' has the limit 17301504; allowed are whole MiB, at least 16 of them" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void StatePlan_LastAllowedAndFirstRefused(string name, StatePlan plan, string? problem)
    {
        Assert.Equal(problem is null ? [] : [problem], plan.Problems());
        if (problem is null)
        {
            Assert.Equal(plan.Folders, StatePlanText.Read(StatePlanText.Write(plan)).Folders);
        }
        else // nobody writes what nobody could read
        {
            Assert.Equal((name, true), (name, Assert.ThrowsAny<Exception>(() => StatePlanText.Write(plan)).Message.Contains(problem,
                StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("\"user\":0", "\"user\":2147483647", null)]
    [InlineData("\"user\":0", "\"user\":2147483648", "user is larger than 2147483647")]
    [InlineData("\"group\":0", "\"group\":2147483648", "group is larger than 2147483647")]
    [InlineData("strata-state-1", "strata-state-2", "its format is another one than strata-state-1, the one this program reads")]
    [InlineData("\"folders\"", "\"folder\"", "expected member 'folders' here, found 'folder'")]
    [InlineData("\"everything\":false", "\"everything\":0", "expected true or false as everything")]
    [InlineData("\"init\":\"\"", "\"init\":1", "found Number")]
    [InlineData("}\n", "}\n{}", "")]
    [InlineData("{\"format\"", "{ \"format\"", "")]
    public void StatePlan_Text_IsOfOneForm(string from, string to, string? problem)
    {
        string text = Encoding.UTF8.GetString(StatePlanText.Write(new StatePlan { Edition = "e", Folders = [new("/a", 0, 0, 0)] }));
        byte[] changed = Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        if (problem is null)
        {
            Assert.Equal((uint)int.MaxValue, StatePlanText.Read(changed).Folders[0].User);
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => StatePlanText.Read(changed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StatePlan_TextOf64KiB_IsReadAndAByteMoreIsNot()
    {
        byte[] most = new byte[64 << 10];
        most.AsSpan().Fill((byte)' ');
        Assert.DoesNotContain("allowed are", Assert.Throws<ImageFormatException>(() => StatePlanText.Read(most)).Problem,
            StringComparison.Ordinal);
        Assert.Equal(
            "it has 65537 bytes, allowed are 65536", Assert.Throws<ImageFormatException>(() => StatePlanText.Read(new byte[(64 << 10)
                + 1])).Problem);
    }

    [Theory]
    [InlineData(4096, null)]
    [InlineData(1 << 20, null)]
    [InlineData(2048, 16)]
    [InlineData(1 << 21, 16)]
    [InlineData(4097, 16)]
    [InlineData(12288, 16)]
    public void BlockIndex_BlockSize_IsAPowerOfTwo(int size, int? offset) => Check(new BlockIndex(size, 96, [new(default, 1, 1)]), offset);

    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(4096, 4096, null)]
    [InlineData(1, 4096, null)]
    [InlineData(0, 1, 32)]
    [InlineData(1, 0, 32)]
    [InlineData(0, 0, 32)]
    [InlineData(-1, 1, 32)]
    [InlineData(1, 4097, 32)]
    [InlineData(4096, 4097, 32)]
    [InlineData(2, 1, 32)]
    public void BlockIndex_Block_IsNoLongerStoredThanPlain(int stored, int plain, int? offset)
    {
        Check(new BlockIndex(4096, 96, [new(default, stored, plain)]), offset);
        Check(new BlockIndex(4096, 96, [new(default, 1, 1), new(default, stored, plain)]), offset + 40);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(1, 1, null)]
    [InlineData(1, 0, 24)]
    [InlineData(0, 1, 24)]
    [InlineData(1, -1, 24)]
    public void BlockIndex_FirstOffset_IsThereWithBlocksOnly(int blocks, long first, int? offset) =>
        Check(new BlockIndex(4096, first, [.. Enumerable.Repeat(new IndexedBlock(default, 1, 1), blocks)]), offset);

    [Theory]
    [InlineData(-1, "it has -1 blocks, allowed are 0 to 16777216")]
    [InlineData(1 << 24, "16777216 blocks take 671088704 bytes, not 104")]
    [InlineData((1 << 24) + 1, "it has 16777217 blocks, allowed are 0 to 16777216")]
    [InlineData(2, "2 blocks take 144 bytes, not 104")]
    [InlineData(0, "0 blocks take 64 bytes, not 104")]
    public void BlockIndex_Count_IsThatOfTheBytes(int count, string problem)
    {
        byte[] bytes = new BlockIndex(4096, 96, [new(default, 1, 1)]).Write();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), count);
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => BlockIndex.Read(bytes));
        Assert.Equal((problem, 20), (e.Problem, e.OffsetBytes));
    }

    [Fact]
    public void BlockIndex_AnyBitThatFlips_IsSeen()
    {
        byte[] bytes = new BlockIndex(4096, 96, [new(Sha256Digest.Of([1]), 5, 9)]).Write();
        Assert.Equal(5, BlockIndex.Read(bytes).StoredBytes);
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 1;
            Assert.Throws<ImageFormatException>(() => BlockIndex.Read(bytes));
            bytes[at] ^= 1;
        }
        Assert.Throws<ImageFormatException>(() => BlockIndex.Read(bytes.AsSpan(0, 63)));
        Assert.Throws<ImageFormatException>(() => BlockIndex.Read([.. bytes, 0]));
    }

    private static void Check(BlockIndex index, int? offset)
    {
        byte[] bytes = index.Write();
        if (offset is null)
        {
            BlockIndex read = BlockIndex.Read(bytes);
            Assert.Equal((index.BlockSize, index.FirstOffset), (read.BlockSize, read.FirstOffset));
            Assert.Equal(index.Blocks, read.Blocks);
            return;
        }
        Assert.Equal(offset.Value, Assert.Throws<ImageFormatException>(() => BlockIndex.Read(bytes)).OffsetBytes);
    }
}
