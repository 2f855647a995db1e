using System.Text;
using Strata.Core;
using Strata.Packages.Indexes;

namespace Strata.Packages.Tests.Indexes;

public class PackageIndexTests
{
    private static readonly IndexOrigin s_origin = new("trixie", "main", "amd64");

    private const string Curl = """
        Package: curl
        Source: curl-src (8.14.1-2)
        Version: 8.14.1-2
        Installed-Size: 502
        Maintainer: Nobody
        Architecture: amd64
        Multi-Arch: foreign
        Provides: fetcher (= 2)
        Pre-Depends: dpkg
        Depends: libc6 (>= 2.34), libcurl4t64 (= 8.14.1-2)
        Recommends: ca-certificates
        Conflicts: wget9
        Breaks: old (<< 1)
        Replaces: older
        Essential: yes
        Description: long text
         with more
        Section: web
        Priority: important
        Filename: pool/main/c/curl/curl_8.14.1-2_amd64.deb
        Size: 269904
        SHA256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        """;

    [Fact]
    public void Read_AllFields_AreKept()
    {
        PackageEntry curl = Assert.Single(Read(Curl).Find("curl"));
        Assert.Equal("curl 8.14.1-2 (amd64)", curl.ToString());
        Assert.Equal("curl-src", curl.SourceName);
        Assert.Equal(502 * 1024, curl.InstalledSize.Bytes);
        Assert.Equal(MultiArch.Foreign, curl.MultiArch);
        Assert.Equal(PackagePriority.Important, curl.Priority);
        Assert.True(curl.IsEssential);
        Assert.Equal("web", curl.Section);
        Assert.Equal("pool/main/c/curl/curl_8.14.1-2_amd64.deb", curl.Filename);
        Assert.Equal(269904, curl.Size);
        Assert.Equal(new string('a', 64), curl.Digest.ToString());
        Assert.Equal("dpkg", Assert.Single(curl.PreDepends).ToString());
        Assert.Equal("libc6 (>= 2.34), libcurl4t64 (= 8.14.1-2)", string.Join(", ", curl.Depends));
        Assert.Equal("ca-certificates", Assert.Single(curl.Recommends).ToString());
        Assert.Equal("fetcher (= 2)", Assert.Single(curl.Provides).ToString());
        Assert.Equal("wget9", Assert.Single(curl.Conflicts).ToString());
        Assert.Equal("old (<< 1)", Assert.Single(curl.Breaks).ToString());
        Assert.Equal("older", Assert.Single(curl.Replaces).ToString());
    }

    [Fact]
    public void Find_UnsortedIndex_FindsEachNameInTheArchivesOrder()
    {
        PackageIndex index = TestIndex.Of("zsh 1\nbash 2\nbash 1\na\nbash-doc 1");
        Assert.Equal(["2", "1"], index.Find("bash").Select(e => e.Version.ToString()));
        Assert.Equal(["a", "bash", "bash", "bash-doc", "zsh"], Enumerable.Range(0, index.Count).Select(i => index[i].Name));
        Assert.Empty(index.Find("bas"));
        Assert.Empty(index.Find("zzz"));
        Assert.Empty(TestIndex.Of("").Find("bash"));
    }

    [Fact]
    public void SourceDigest_OfTheText_IsItsSha256()
    {
        Assert.Equal(Sha256Digest.Of(Encoding.UTF8.GetBytes(Curl)), Read(Curl).SourceDigest);
        Assert.Equal(Sha256Digest.Of([]), Read("").SourceDigest);
    }

    // what is read is added up, and the installed size stands in KiB: no number may leave its type
    [Theory]
    [InlineData("\nSize: 269904", "\nSize: 9223372036854775807", true)]
    [InlineData("\nSize: 269904", "\nSize: 9223372036854775808", false)]
    [InlineData("\nSize: 269904", "\nSize: 1 ", true)]
    [InlineData("\nSize: 269904", "\nSize: 1 KiB", false)]
    [InlineData("Installed-Size: 502", "Installed-Size: 0", true)]
    [InlineData("Installed-Size: 502", "Installed-Size: 9007199254740991", true)]
    [InlineData("Installed-Size: 502", "Installed-Size: 9007199254740992", false)]
    [InlineData("Installed-Size: 502", "Installed-Size: 9223372036854775807", false)]
    public void Read_NumberAtItsLimit_IsTakenOrCostsItsPackage(string from, string to, bool isTaken)
    {
        PackageIndex index = Read(Curl.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(isTaken ? 1 : 0, index.Count);
        Assert.Equal(isTaken ? 0 : 1, index.Refused.Count);
        foreach (PackageEntry entry in index.Find("curl"))
        {
            long number = long.Parse(to.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(number, from.StartsWith('I') ? entry.InstalledSize.Bytes / 1024 : entry.Size);
        }
    }

    [Theory]
    [InlineData("Package: curl", "Package: Curl!", "line 1: Name: character 'C'")]
    [InlineData("Version: 8.14.1-2\n", "", "line 1: Version is missing")]
    [InlineData("Version: 8.14.1-2\n", "Version: x\n", "line 3: Version: the upstream part does not start")]
    [InlineData("Architecture: amd64", "Architecture: arm64", "line 6: Architecture: 'arm64' is neither 'amd64' nor 'all'")]
    [InlineData("Filename: pool/", "Filename: /pool/", "line 20: Filename")]
    [InlineData("Filename: pool/", "Filename: ../pool/", "a component '..'")]
    [InlineData("Filename: pool/", "Filename: %2e%2e/pool/", "'%2'")]
    [InlineData("Size: 269904", "Size: -1", "line 21: Size is no number")]
    [InlineData("\nSize: 269904", "\nSize: 0", "Size is missing or 0")]
    [InlineData("\nSize: 269904", "\nSize: 99999999999999999999", "Size is no number")]
    [InlineData("SHA256: a", "SHA256: A", "SHA256 is not 64 lower-case hex digits")]
    [InlineData("SHA256: ", "SHA1: ", "SHA256 is missing")]
    [InlineData("SHA256: ", "SHA512: ", "Sha512: it is not 128 lower-case hex digits")]
    [InlineData("Filename: pool/", "Filename: pool/./", "a component '.'")]
    [InlineData("Filename: pool/", "Filename: ./../pool/", "a component '..'")]
    [InlineData("Multi-Arch: foreign", "Multi-Arch: perhaps", "Multi-Arch is none of")]
    [InlineData("Provides: fetcher", "Provides: fetcher | getter", "line 8: Provides: alternatives")]
    [InlineData("Depends: libc6 (>= 2.34)", "Depends: libc6 (>> v2)", "line 10: Depends: version 'v2'")]
    [InlineData("Breaks: old", "Breaks: o!d", "line 13: Breaks: character '!'")]
    [InlineData("Maintainer: Nobody", "Maintainer", "line 5: expected 'Field: value'")]
    [InlineData("Section: web", "Priority: extra", "line 19: the field 'Priority' occurs twice")]
    [InlineData("Maintainer: Nobody", "Maintainer: \0", "line 5: the line contains a NUL")]
    [InlineData("Essential: yes", "E\u001Bssential: yes", "line 15: the field name")]
    public void Read_BrokenStanza_CostsItsPackageAndNamesTheLine(string from, string to, string problem)
    {
        string text = Curl.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Curl, text);
        PackageIndex index = Read($"{text}\n\n{Curl.Replace("curl", "wget", StringComparison.Ordinal)}");
        Assert.Equal("wget", Assert.Single(Enumerable.Range(0, index.Count).Select(i => index[i].Name)));
        RefusedStanza refused = Assert.Single(PackageIndex.Load(index.Bytes, s_origin).Refused); // also through the form that is kept
        Assert.Equal(Assert.Single(index.Refused), refused);
        Assert.Contains(problem, refused.Problem, StringComparison.Ordinal);
        Assert.Equal(to.StartsWith("Package", StringComparison.Ordinal) ? "Curl!" : "curl", refused.Name);
    }

    [Fact]
    public void Read_WordsOfABrokenStanza_ReachNobodysTerminal()
    {
        RefusedStanza refused = Assert.Single(Read(Curl.Replace("Breaks: old", "Breaks: o\u001B[2Jd", StringComparison.Ordinal)
            .Replace("Package: curl", "Package: cu\trl", StringComparison.Ordinal)).Refused);
        Assert.Equal("cu?rl", refused.Name);
        Assert.DoesNotContain(refused.Problem, char.IsControl);
    }

    [Fact]
    public void Read_MoreBrokenStanzasThanTheLimit_EndsTheIndex()
    {
        string text = string.Concat(Enumerable.Range(0, PackageIndexReader.MaxRefused).Select(i => $"Package: p{i}\nVersion: v1\n\n"));
        Assert.Equal(PackageIndexReader.MaxRefused, Read(text).Refused.Count);
        Assert.Contains($"more than {PackageIndexReader.MaxRefused} stanzas break a rule; the last: line 30001: ",
            Assert.Throws<ImageFormatException>(() => Read(text + "Package: one\n")).Problem, StringComparison.Ordinal);
    }

    // apt reads all of them: as apt-ftparchive of a relative folder writes paths, a description with a line of one blank, files from
    // Windows.
    [Theory]
    [InlineData("Filename: pool/", "Filename: ./pool/")]
    [InlineData("Filename: pool/", "Filename: .//./pool/")]
    [InlineData(" with more\n", " with more\n \n and more\n\t\n")]
    [InlineData("\n", "\r\n")]
    [InlineData("Depends: libc6 (>= 2.34),", "Depends: libc6 (>= 2.34),\n \n\t")]
    [InlineData("Package: curl", "\uFEFFPackage: curl")]
    [InlineData("Package: curl", " \n\t\nPackage: curl")]
    public void Read_FormsThatAptReads_GiveTheSamePackage(string from, string to)
    {
        string text = Curl.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Curl, text);
        PackageIndex index = Read(text);
        Assert.Empty(index.Refused);
        PackageEntry curl = Assert.Single(index.Find("curl"));
        Assert.Equal("pool/main/c/curl/curl_8.14.1-2_amd64.deb", curl.Filename);
        Assert.Equal("libc6 (>= 2.34), libcurl4t64 (= 8.14.1-2)", string.Join(", ", curl.Depends));
        Assert.Equal(269904, curl.Size);
    }

    [Fact]
    public void Load_ItsOwnBytes_GivesTheSameIndex()
    {
        PackageIndex index = TestIndex.Of("a 1 | Depends: b\nb 2 | Provides: c (= 3)");
        PackageIndex again = PackageIndex.Load(index.Bytes, index.Origin);
        Assert.Equal(2, again.Count);
        Assert.Equal("c (= 3)", Assert.Single(Assert.Single(again.Find("b")).Provides).ToString());
        Assert.Equal(index.SourceDigest, again.SourceDigest);
    }

    [Fact]
    public void Load_AnyFlippedBit_IsRefused()
    {
        byte[] bytes = TestIndex.Of("a 1 | Depends: b\nb 2\nc v3").Bytes.ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] broken = [.. bytes];
            broken[i] ^= (byte)(1 << (i % 8));
            Assert.Throws<ImageFormatException>(() => PackageIndex.Load(broken, s_origin));
        }
    }

    // With a checksum that fits, the numbers themselves must be found out.
    [Fact]
    public void Load_MutatedNumbersUnderAGoodChecksum_ThrowNothingElse()
    {
        byte[] bytes = TestIndex.Of("a 1 | Depends: b\nb 2 | Provides: x, y\nc v3").Bytes.ToArray();
        Random random = new(5);
        int refused = 0;
        for (int i = 0; i < 5_000; i++)
        {
            byte[] broken = [.. bytes];
            broken[random.Next(bytes.Length - Sha256Digest.Size)] = (byte)random.Next(256);
            Sha256Digest.Of(broken.AsSpan(..^Sha256Digest.Size)).Bytes.CopyTo(broken.AsSpan(^Sha256Digest.Size..));
            try
            {
                PackageIndex index = PackageIndex.Load(broken, s_origin);
                for (int place = 0; place < index.Count; place++)
                {
                    Assert.True(index[place].Size > 0);
                    _ = index[place].InstalledSize + "" + index[place].Version + index[place].Provides.Count + index[place].Depends.Count;
                }
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1, 4_999);
    }

    [Fact]
    public void Read_MutatedText_ThrowsNothingElse()
    {
        byte[] seed = Encoding.UTF8.GetBytes(Curl + "\n\n" + Curl.Replace("curl", "wget", StringComparison.Ordinal));
        Random random = new(13);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            try
            {
                using MemoryStream stream = new(bytes);
                PackageIndexReader.Read(stream, s_origin);
            }
            catch (ImageFormatException e)
            {
                Assert.NotEmpty(e.Problem);
            }
        }
    }

    private static PackageIndex Read(string text)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
        return PackageIndexReader.Read(stream, s_origin);
    }
}
