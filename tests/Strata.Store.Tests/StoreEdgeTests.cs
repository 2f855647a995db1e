using System.Buffers;
using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Store.Actions;
using Strata.Store.Remotes;

namespace Strata.Store.Tests;

/// <summary>Entries and messages made by hand (docs/formats; protobuf.dev, "Encoding"), each right but for one thing.</summary>
public class StoreEdgeTests
{
    private static readonly Sha256Digest s_key = Sha256Digest.Of("key"u8);
    private static readonly string s_content = Sha256Digest.Of("content"u8).ToString();

    [Theory]
    [InlineData("a", true)]
    [InlineData("AZaz09._+-/:@~=,", true)]
    [InlineData("a/b/c", true)]
    [InlineData("..a/.b/c..", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/./b", false)]
    [InlineData("a/../b", false)]
    [InlineData("a/..", false)]
    [InlineData("../a", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("a%", false)]
    [InlineData("ä", false)]
    public void Names_OfOutputsInputsAndNotes_AreRelativePaths(string name, bool allowed)
    {
        Assert.Equal(allowed, ActionNames.IsName(name));
        Assert.Equal(allowed, Allowed(() => new ActionResult([new ActionOutput(name, s_key, 0)])));
        Assert.Equal(allowed, Allowed(() => new ActionResult([], [new(name, "")])));
        Assert.Equal(allowed, Allowed(() => new ActionKeyBuilder("s", 1).Add(name, 1)));
    }

    [Theory]
    [InlineData("a-z.0_9+", true)]
    [InlineData("A", false)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    public void Steps_AreOfLowerCase(string step, bool allowed) => Assert.Equal(allowed, Allowed(() => new ActionKeyBuilder(step, 1)));

    [Fact]
    public void Lengths_LastAllowedAndFirstRefused()
    {
        Assert.True(ActionNames.IsName(new string('a', 255)));
        Assert.False(ActionNames.IsName(new string('a', 256)));
        Assert.True(ActionNames.IsStep(new string('a', 64)));
        Assert.False(ActionNames.IsStep(new string('a', 65)));
        Assert.True(Allowed(() => new ActionKeyBuilder("s", 1)));
        Assert.False(Allowed(() => new ActionKeyBuilder("s", 0)));
        Assert.True(Allowed(() => new ActionResult([], [new("n", new string('a', 4096))])));
        Assert.False(Allowed(() => new ActionResult([], [new("n", new string('a', 4097))])));
        Assert.True(Allowed(() => new ActionResult([], Notes(256))));
        Assert.False(Allowed(() => new ActionResult([], Notes(257))));
        Assert.False(Allowed(() => new ActionResult([], [new("n", "a"), new("n", "b")])));
        Assert.True(Allowed(() => new ActionResult(Outputs(65_536))));
        Assert.False(Allowed(() => new ActionResult(Outputs(65_537))));
        Assert.False(Allowed(() => new ActionResult([new ActionOutput("a", s_key, -1)])));
        Assert.False(Allowed(() => new ActionResult([new ActionOutput("a", s_key, 1), new ActionOutput("a", s_key, 1)])));

        static IEnumerable<KeyValuePair<string, string>> Notes(int count) => Enumerable.Range(0, count).Select(i =>
            new KeyValuePair<string, string>($"n{i}", ""));
        static IEnumerable<ActionOutput> Outputs(int count) => Enumerable.Range(0, count).Select(i => new ActionOutput($"o{i}", s_key, 0));
    }

    public static TheoryData<string, string?> Entries { get; } = new()
    {
        { "step s 1\n", null },
        { "step s 10\noutput {0} 0 a\noutput {0} 9223372036854775807 b\nnote a %25%0A%0D\nnote b \n", null },
        { "step s 01\n", "expected 'step" },
        { "step s -1\n", "expected 'step" },
        { "step S 1\n", "expected 'step" },
        { "step s\n", "expected 'step" },
        { "step s 1\noutput {0} 00 a\n", "expected 'output" },
        { "step s 1\noutput {0} 9223372036854775808 a\n", "expected 'output" },
        { "step s 1\noutput {0} 1 ../a\n", "expected 'output" },
        { "step s 1\noutput {0} 1 \n", "expected 'output" },
        { "step s 1\noutput {0} 1\n", "expected 'output" },
        { "step s 1\noutput x{0} 1 a\n", "expected 'output" },
        { "step s 1\noutput {0}  a\n", "expected 'output" },
        { "step s 1\noutput {0} 1 b\noutput {0} 1 a\n", "not in order" },
        { "step s 1\noutput {0} 1 a\noutput {0} 1 a\n", "not in order" },
        { "step s 1\nnote b x\nnote a x\n", "not in order" },
        { "step s 1\nnote a x\nnote a x\n", "not in order" },
        { "step s 1\nnote a %\n", "expected 'note" },
        { "step s 1\nnote a %2\n", "expected 'note" },
        { "step s 1\nnote a %20\n", "expected 'note" },
        { "step s 1\nnote a %0a\n", "expected 'note" },
        { "step s 1\nnote a %25%\n", "expected 'note" },
        { "step s 1\nnote a x\r\n", "expected 'note" },
        { "step s 1\nnote a\n", "expected 'note" },
        { "step s 1\nnote a x\noutput {0} 1 a\n", "neither output nor note" },
        { "step s 1\nx", "neither output nor note" },
        { "step s 1", "expected 'step" },
    };

    [Theory]
    [MemberData(nameof(Entries), DisableDiscoveryEnumeration = true)]
    public void Read_EntryWithItsSum_IsTakenOrNamesTheLine(string lines, string? problem)
    {
        string said = string.Format(CultureInfo.InvariantCulture, lines, s_content);
        byte[] body = Encoding.UTF8.GetBytes($"strata-action-result 1\nkey {s_key}\n{said}");
        byte[] entry = [.. body, .. Encoding.ASCII.GetBytes($"end {Sha256Digest.Of(body)}\n")];
        if (problem is null)
        {
            ActionResult result = ActionEntryFormat.Read(entry, s_key);
            Assert.Equal(lines.Contains("%25", StringComparison.Ordinal) ? "%\n\r" : null, result.Notes.GetValueOrDefault("a"));
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => ActionEntryFormat.Read(entry, s_key)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EntryOfAnotherKeyOrSum_IsRefused()
    {
        byte[] entry = ActionEntryFormat.Write(new ActionKey("s", 1, s_key), new ActionResult([]));
        Assert.NotNull(ActionEntryFormat.Read(entry, s_key));
        Assert.Throws<ImageFormatException>(() => ActionEntryFormat.Read(entry, Sha256Digest.Of("other"u8)));
        Assert.Throws<ImageFormatException>(() => ActionEntryFormat.Read(entry.AsSpan(0, entry.Length - 1), s_key));
        Assert.Throws<ImageFormatException>(() => ActionEntryFormat.Read((byte[])[.. entry, (byte)'\n'], s_key));
    }

    // numbers of the fields are those of ActionResult, OutputFile and Digest in remote_execution.proto
    private static byte[] Digest(string hash, ulong size) => [.. Field(1, Encoding.ASCII.GetBytes(hash)), .. Number(2, size)];

    private static byte[] File(string path, byte[]? digest = null) => [.. Field(1, Encoding.UTF8.GetBytes(path)),
        .. Field(2, digest ?? Digest(s_content, 7))];

    private static readonly byte[] s_said = Field(5, Encoding.ASCII.GetBytes($"key {s_key}\n"));

    public static TheoryData<string, byte[], bool> Messages { get; } = new()
    {
        { "nothing but the key", s_said, true },
        { "no key", Field(2, File("a")), false },
        { "another key", Field(5, Encoding.ASCII.GetBytes($"key {Sha256Digest.Of("other"u8)}\n")), false },
        { "key and a note", Field(5, Encoding.ASCII.GetBytes($"key {s_key}\nnote a b\n")), true },
        { "key and something else", Field(5, Encoding.ASCII.GetBytes($"key {s_key}\nelse\n")), false },
        { "a file", [.. s_said, .. Field(2, File("a"))], true },
        { "files out of order", [.. Field(2, File("b")), .. Field(2, File("a")), .. s_said], true },
        { "a file twice", [.. s_said, .. Field(2, File("a")), .. Field(2, File("a"))], false },
        { "a path that leads out", [.. s_said, .. Field(2, File("../a"))], false },
        { "longest path", [.. s_said, .. Field(2, File(new string('a', 255)))], true },
        { "too long a path", [.. s_said, .. Field(2, File(new string('a', 256)))], false },
        { "no path", [.. s_said, .. Field(2, Field(2, Digest(s_content, 1)))], false },
        { "no digest", [.. s_said, .. Field(2, Field(1, "a"u8))], false },
        { "path twice", [.. s_said, .. Field(2, [.. File("a"), .. Field(1, "a"u8)])], false },
        { "digest twice", [.. s_said, .. Field(2, [.. File("a"), .. Field(2, Digest(s_content, 7))])], false },
        { "contents", [.. s_said, .. Field(2, [.. File("a"), .. Field(5, "x"u8)])], false },
        { "executable", [.. s_said, .. Field(2, [.. File("a"), .. Number(4, 1)])], true },
        { "no size", [.. s_said, .. Field(2, File("a", Field(1, Encoding.ASCII.GetBytes(s_content))))], true },
        { "largest size", [.. s_said, .. Field(2, File("a", Digest(s_content, long.MaxValue)))], true },
        { "negative size", [.. s_said, .. Field(2, File("a", Digest(s_content, 1UL << 63)))], false },
        { "hash of 63 digits", [.. s_said, .. Field(2, File("a", Digest(s_content[1..], 1)))], false },
        { "hash of 65 digits", [.. s_said, .. Field(2, File("a", Digest(s_content + "0", 1)))], false },
        { "hash twice", [.. s_said, .. Field(2, File("a", [.. Digest(s_content, 1), .. Field(1, Encoding.ASCII.GetBytes(s_content))]))],
            false },
        { "size twice", [.. s_said, .. Field(2, File("a", [.. Digest(s_content, 1), .. Number(2, 1)]))], false },
        { "exit code 0", [.. s_said, .. Number(4, 0)], true },
        { "exit code 1", [.. s_said, .. Number(4, 1)], false },
        { "folders", [.. s_said, .. Field(3, [])], false },
        { "links to files", [.. s_said, .. Field(10, [])], false },
        { "links to folders", [.. s_said, .. Field(11, [])], false },
        { "links", [.. s_said, .. Field(12, [])], false },
        { "who did it", [.. s_said, .. Field(9, [])], true },
        { "number for bytes", [.. s_said, .. Number(2, 1)], false },
        { "bytes for a number", [.. s_said, .. Field(4, [])], false },
        { "another number", [.. s_said, .. Number(100, ulong.MaxValue)], true },
        { "number of 64 bits", [.. s_said, .. Varint(100 << 3), .. Enumerable.Repeat((byte)0xFF, 9), 1], true },
        { "number of 65 bits", [.. s_said, .. Varint(100 << 3), .. Enumerable.Repeat((byte)0xFF, 9), 2], false },
        { "number of eleven bytes", [.. s_said, .. Varint(100 << 3), .. Enumerable.Repeat((byte)0x80, 10), 0], false },
        { "number cut off", [.. s_said, .. Varint(100 << 3), 0x80], false },
        { "fixed of 8 bytes", [.. s_said, .. Varint((100 << 3) | 1), 1, 2, 3, 4, 5, 6, 7, 8], true },
        { "fixed of 7 bytes", [.. s_said, .. Varint((100 << 3) | 1), 1, 2, 3, 4, 5, 6, 7], false },
        { "fixed of 4 bytes", [.. s_said, .. Varint((100 << 3) | 5), 1, 2, 3, 4], true },
        { "fixed of 3 bytes", [.. s_said, .. Varint((100 << 3) | 5), 1, 2, 3], false },
        { "bytes to the end", [.. s_said, .. Varint((100 << 3) | 2), 1, 0], true },
        { "bytes beyond the end", [.. s_said, .. Varint((100 << 3) | 2), 2, 0], false },
        { "start of a group", [.. s_said, .. Varint((100 << 3) | 3)], false },
        { "end of a group", [.. s_said, .. Varint((100 << 3) | 4)], false },
        { "wire type 6", [.. s_said, .. Varint((100 << 3) | 6), 0], false },
        { "field 0", [.. s_said, 0, 0], false },
        { "largest field", [.. s_said, .. Varint(((1UL << 29) - 1) << 3), 0], true },
        { "field of 30 bits", [.. s_said, .. Varint((1UL << 29) << 3), 0], false },
    };

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Read_Message_IsTakenOrRefused(string name, byte[] message, bool allowed)
    {
        if (allowed)
        {
            Assert.True(ActionResultMessage.Read(message, s_key).Outputs.Count < 3, name);
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => ActionResultMessage.Read(message, s_key));
        }
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "0801")]
    [InlineData(127, "087F")]
    [InlineData(128, "088001")]
    [InlineData(150, "089601")] // the example of "Encoding"
    [InlineData(16384, "08808001")]
    [InlineData(long.MaxValue, "08FFFFFFFFFFFFFFFF7F")]
    public void Write_Number_IsAVarint(long value, string expected)
    {
        ArrayBufferWriter<byte> bytes = new();
        ProtobufWriter.Number(bytes, 1, value);
        Assert.Equal(expected, Convert.ToHexString(bytes.WrittenSpan));
    }

    private static byte[] Field(int field, ReadOnlySpan<byte> content) => [.. Varint(((ulong)field << 3) | 2),
        .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)((value & 0x7F) | 0x80));
        }
        return [.. bytes, (byte)value];
    }

    private static bool Allowed(Func<object> make)
    {
        try
        {
            return make() is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
