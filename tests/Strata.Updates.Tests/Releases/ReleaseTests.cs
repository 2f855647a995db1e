using System.Text;
using Strata.Core;
using Strata.Testing;
using Strata.Updates.Releases;

namespace Strata.Updates.Tests.Releases;

public class ReleaseTests
{
    private const string One =
        """
        {"format":"strata-release-1","edition":"capability","version":"0.1","architecture":"amd64","layers":[{"name":"shell","base":true,
        "requires":[],"manifest":"62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a",
        "image":"de7d1b721a1e0632b7cf04edf5032c8ecffa9f9a08492152b926f1a5a7e765d7","size":12288,"data":4096,
        "root":"454349e422f05297191ead13e21d3db520e5abef52055e4964b82fb213f593a1","salt":""}]}
        """;

    /// <summary>The text above as it has to be: without the line breaks that make it fit here.</summary>
    private static readonly string s_one = One.ReplaceLineEndings("") + "\n";

    [Fact]
    public void Write_OneLayer_IsTheTextOfTheFormat()
    {
        Release release = SampleRelease.Four() with { Version = "0.1", Layers = [SampleRelease.Layer("shell", isBase: true)] };
        Assert.Equal(s_one, Encoding.UTF8.GetString(ReleaseWriter.Write(release)));
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        byte[] text = ReleaseWriter.Write(SampleRelease.Four());
        Release again = ReleaseReader.Read(text);
        Assert.Equal(text, ReleaseWriter.Write(again));
        Assert.Equal(["network", "storage"], again.Layers[3].Requires);
        Assert.Equal("strata/cas/de/de7d1b721a1e0632b7cf04edf5032c8ecffa9f9a08492152b926f1a5a7e765d7", again.Layers[0].MediumPath);
    }

    [Theory]
    [InlineData("\"layers\":[", "\"layers\": [", "canonical")]
    [InlineData("capability", "c\\u0061pability", "canonical")]
    [InlineData("]}\n", "]}", "canonical")]
    [InlineData("]}\n", "]}\n\n", "canonical")]
    [InlineData("]}\n", "]}\n{}", "after a single JSON value")]
    [InlineData("\"salt\":\"\"", "\"salt\":\"\",\"salt\":\"\"", "unexpected member 'salt'")]
    [InlineData("\"salt\":\"\"", "\"salt\":\"\",\"key\":1", "unexpected member 'key'")]
    [InlineData(",\"salt\":\"\"", "", "'salt' is missing")]
    [InlineData("\"salt\":\"\"", "\"salt\":\"AB\"", "salt")]
    [InlineData("\"salt\":\"\"", "\"salt\":\"abc\"", "salt")]
    [InlineData("\"base\":true", "\"base\":1", "true or false")]
    [InlineData("12288", "12288.0", "whole number")]
    [InlineData("12288", "-1", "whole number")]
    [InlineData("12288", "99999999999999999999", "whole number")]
    [InlineData("12288", "4096", "more than data")]
    [InlineData("4096", "4097", "multiple of 4096")]
    [InlineData("\"62c6", "\"62C6", "SHA-256")]
    [InlineData("release-1", "release-2", "format")]
    [InlineData("\"shell\"", "\"none\"", "reserved")]
    [InlineData("\"shell\"", "\"../etc\"", "its name")]
    [InlineData("\"shell\"", "\"\\ud800\"", "Unicode")]
    [InlineData("\"requires\":[]", "\"requires\":[\"network\"]", "no layer of this release")]
    [InlineData("\"requires\":[]", "\"requires\":[[]]", "a text in requires")]
    [InlineData("{\"format\"", "{\"edition\"", "expected member 'format'")]
    [InlineData("\"0.1\"", "\"\"", "version")]
    public void Read_BrokenRule_SaysWhich(string old, string changed, string words)
    {
        Assert.Contains(old, s_one, StringComparison.Ordinal);
        byte[] text = Encoding.UTF8.GetBytes(s_one.Replace(old, changed, StringComparison.Ordinal));
        ImageFormatException fault = Assert.Throws<ImageFormatException>(() => ReleaseReader.Read(text));
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Read_Salt_HasAtMost256Bytes(int bytes, bool isRead)
    {
        byte[] text = Encoding.UTF8.GetBytes(
            s_one.Replace("\"salt\":\"\"", $"\"salt\":\"{string.Concat(Enumerable.Repeat("0f", bytes))}\"", StringComparison.Ordinal));
        string? problem = Problem(text);
        Assert.Equal(isRead, problem is null);
        Assert.Contains("0 to 256 bytes", problem ?? "0 to 256 bytes", StringComparison.Ordinal);
    }

    // one more is told before the others are looked at; as many as there may be are, and are none of its layers
    [Theory]
    [InlineData(1024, "which is no layer of this release")]
    [InlineData(1025, "requires has more than 1024 elements")]
    public void Read_RequiredNames_AreAtMostAsManyAsLayers(int count, string problem)
    {
        string names = string.Join(',', Enumerable.Range(1000, count).Select(i => $"\"l{i}\""));
        byte[] text = Encoding.UTF8.GetBytes(s_one.Replace("\"requires\":[]", $"\"requires\":[{names}]", StringComparison.Ordinal));
        Assert.Contains(problem, Problem(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TooLong_IsRefusedUnread() =>
        Assert.Contains("1048577", Assert.Throws<ImageFormatException>(() => ReleaseReader.Read(new byte[(1 << 20) + 1])).Message, StringComparison.Ordinal);

    private static string? Problem(byte[] text) => (Record.Exception(() => ReleaseReader.Read(text)) as ImageFormatException)?.Message;

    [Fact]
    public void Read_EveryPrefix_IsRefused()
    {
        byte[] text = Encoding.UTF8.GetBytes(s_one);
        for (int length = 0; length < text.Length; length++)
        {
            Assert.Throws<ImageFormatException>(() => ReleaseReader.Read(text.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Read_EveryChangedByte_IsRefusedOrMeansSomethingElse()
    {
        byte[] text = Encoding.UTF8.GetBytes(s_one);
        for (int at = 0; at < text.Length; at++)
        {
            foreach (byte flip in (byte[])[1, 0x20, 0x80])
            {
                byte[] changed = [.. text];
                changed[at] ^= flip;
                try
                {
                    Assert.Equal(changed, ReleaseWriter.Write(ReleaseReader.Read(changed)));
                }
                catch (ImageFormatException)
                {
                    // the only exception that may leave
                }
            }
        }
    }

    [Fact]
    public void Problems_RequiredAboveOrTwice_AreTold()
    {
        Release release = SampleRelease.Four() with { Layers = [SampleRelease.Layer("a", false, "b"), SampleRelease.Layer("b"), SampleRelease.Layer("b")] };
        Assert.Equal(["layer 'a' requires 'b', which does not stand below it", "two layers are called 'b'"], release.Problems());
        Assert.Throws<ArgumentException>(() => ReleaseWriter.Write(release));
    }

    [SkippableFact]
    public void Write_IsJsonForOthers()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "release.json");
        File.WriteAllBytes(file, ReleaseWriter.Write(SampleRelease.Four()));
        (int exitCode, string output) = Oracle.Run("python3", "-c",
            "import json,sys; t=open(sys.argv[1]).read(); d=json.loads(t); " +
            "print(json.dumps(d,separators=(',',':'))+'\\n'==t, [l['name'] for l in d['layers']])", file);
        Assert.Equal(0, exitCode);
        Assert.Equal("True ['shell', 'network', 'storage', 'containers']", output.Trim());
    }
}
