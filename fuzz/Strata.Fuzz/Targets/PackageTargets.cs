using System.Text;
using Strata.Blueprints;
using Strata.Composition.Builds;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Formats.Tar;
using Strata.Packages.Deb822;
using Strata.Packages.Indexes;
using Strata.Packages.Keys;
using Strata.Packages.Licences;
using Strata.Packages.Locks;
using Strata.Packages.Relations;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Packages.Versions;
using Strata.Testing;

namespace Strata.Fuzz.Targets;

/// <summary>What an archive of packages, its signer and the host's apt say, and the lock that is made of it.</summary>
internal static class PackageTargets
{
    private static readonly IndexOrigin s_origin = new("trixie", "main", "amd64");

    private static readonly OwnBuild s_build = new()
    {
        Name = "b", Place = "f:1:1", Packages = [], Files = [], Links = [], Command = ["c"],
        Outputs = [new BuildOutput(GuestPath.Parse("/usr/bin/x"), "x", null, null, "f:1:1")],
    };

    private static byte[] Outputs()
    {
        using MemoryStream archive = new();
        using TarWriter tar = new(archive, leaveOpen: true);
        tar.Write(new TarEntry { Name = "./0/usr/bin/x", Kind = TarKind.File, Mode = Modes.Program, Size = 2 }, new MemoryStream([1, 2]));
        tar.Write(new TarEntry { Name = "./0/usr/bin/y", Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = "x" });
        tar.Finish();
        return archive.ToArray();
    }

    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfStream("deb822", ReadDeb822, () => [Bytes(Packages), Bytes(Release)], typeof(Deb822Reader)) with { Words = s_words },
        new FuzzTarget("release", input => ReleaseFile.Read(input.ToArray(), "Release"), () => [Bytes(Release)])
        {
            Readers = [typeof(ReleaseFile)], Words = s_words,
        },
        new FuzzTarget("clear-signed", input => ClearSigned.ProblemOf(input), () =>
        [
            Bytes($"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{Release}-----BEGIN PGP SIGNATURE-----\n\niQ==\n=aaaa\n"
                + $"-----END PGP SIGNATURE-----\n"),
        ]) { Readers = [typeof(ClearSigned)], Allowed = [], Words = ["-----BEGIN PGP ", "-----END PGP ", "SIGNATURE-----\n", "\n"] },
        new FuzzTarget("keys", ReadKeys, () => [KeyPackets(), Bytes(ArmouredKey)])
        {
            Readers = [typeof(PublicKeys), typeof(KeyArmour), typeof(Keyring)],
            Words = ["-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "-----END PGP PUBLIC KEY BLOCK-----\n", "\n\n", "=aaaa\n", "Comment: x\n"],
        },
        FuzzTarget.OfText("gpgv-status", text => GpgvStatus.Read(text, mostTexts: 1), () => [Status], typeof(GpgvStatus)) with
        {
            Allowed = [], Words = ["[GNUPG:] ", "NEWSIG", "GOODSIG", "VALIDSIG", "EXPKEYSIG", "BADSIG", "NO_PUBKEY", "ERRSIG", "PLAINTEXT",
                "\n"],
        },
        FuzzTarget.OfStream("packages", ReadPackages, () => [Bytes(Packages)], typeof(PackageIndexReader), typeof(PackageIndex)) with
        {
            Words = s_words,
        },
        new FuzzTarget("kept-index", input => ReadKeptIndex(input.ToArray()),
            () => [KeptIndex()]) { Readers = [typeof(PackageIndex), typeof(PackageIndexFormat)] },
        new FuzzTarget("kept-index-sealed", input => ReadKeptIndex((byte[])[.. input, .. Sha256Digest.Of(input).Bytes]), () =>
            [KeptIndex()[..^Sha256Digest.Size]])
        {
            Readers = [typeof(PackageIndex)],
        },
        FuzzTarget.OfStream("build-outputs", archive => BuildOutputs.Read(archive, s_build), () => [Outputs()], typeof(BuildOutputs)) with
        {
            Words = ["./0/", "./1/", "ustar\0" + "00", "7777777\0"],
        },
        FuzzTarget.OfText("relations", ReadRelations, () => ["libc6 (>= 2.36), a:any | b, c (= 1:2.0~rc1-1+b1)"],
            typeof(RelationParser)) with
        {
            Words = s_relationWords,
        },
        FuzzTarget.OfText("version", ReadVersion, () => ["1:2.0~rc1-1+b1", "2.36-9+deb12u4", "0"], typeof(DebianVersion)) with
        {
            Allowed = [typeof(FormatException)], Words = s_relationWords,
        },
        FuzzTarget.OfText("package-wanted", text => PackageRoot.Parse(text), () => ["curl", "curl (>= 8.0-1)"], typeof(PackageRoot)) with
        {
            Words = s_relationWords,
        },
        FuzzTarget.OfText("apt-line", text => OneLineSource.Read(text, "sources.list:1", []), () =>
            ["deb [ arch=amd64 signed-by=/x.gpg ] https://host/debian trixie main contrib"], typeof(OneLineSource)) with
        {
            Allowed = [], Words = ["deb ", "deb-src ", "[", "]", "trusted=yes", "cdrom:[x] ", "https://", "./"],
        },
        new FuzzTarget("apt-sources", ReadAptSources, () =>
            [Bytes("Types: deb deb-src\nURIs: https://host/debian/\nSuites: trixie trixie-updates\nComponents: main\n"
            + "Signed-By:\n -----BEGIN PGP\n .\n x\n")])
        {
            Readers = [typeof(AptConfiguration), typeof(AptOptions)], Runs = 200, Allowed = [], Words = s_words,
        },
        new FuzzTarget("copyright", input => CopyrightFile.LicencesOf(input), () =>
            [Bytes("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n"
            + "License: GPL-2+ and/or MIT\n text\n")])
        {
            Readers = [typeof(CopyrightFile)], Allowed = [], Words = s_licenceWords,
        },
        new FuzzTarget("copyright-terms", ReadTerms, () =>
            [Bytes("Format: 1.0\n\nFiles: *\nLicense: (GPL-2+ and own), or MIT\n\nLicense: own\n text\n .\n more\n")])
        {
            Readers = [typeof(CopyrightTerms)], Allowed = [], Words = s_licenceWords,
        },
        new FuzzTarget("edition-lock", ReadEditionLock, () => [new EditionLock(Lock(), Lock(), Lock()).Write()])
        {
            Readers = [typeof(EditionLock)], Runs = 200, Allowed = [typeof(StrataException)], Words = s_jsonWords,
        },
        new FuzzTarget("lock", ReadLock, () => [PackageLockFile.Write(Lock())])
        {
            Readers = [typeof(PackageLockFile)], Allowed = [typeof(StrataException)], Words = s_jsonWords,
        },
    ];

    private static readonly string[] s_licenceWords = ["License: ", "Format: ", "Files: ", " and ", " or ", "|", ",", "(", ")"];

    private static readonly string[] s_words =
    [
        "Package: ", "Version: ", "Architecture: ", "Filename: ", "Size: ", "SHA256: ", "Depends: ", "Description: ", "Installed-Size: ",
            "Essential: yes\n", "Multi-Arch: same\n",
        "Date: Sat, 11 Jan 2025 10:20:30 UTC\n", "Valid-Until: ", "Acquire-By-Hash: yes\n", "\n\n", "\n ", "\n .\n", ": ", "#",
    ];

    private static readonly string[] s_relationWords = ["(>= ", "(<< ", "(= ", ")", "|", ", ", ":any", "[!amd64]", "<!x>", "~", "-", ":",
        "+", "1:", "$", "{"];

    internal static readonly string[] s_jsonWords =
        ["null", "true", "[]", "{}", "\"\"", "\\ud800", "\\u0000", "1e999", "-1", "9223372036854775808", "[[[[[[[[", ",", ":", "\"",
            "1970-01-01T00:00:00Z"];

    private const string Digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Packages =
        "Package: curl\nSource: curl (8.0-1)\nVersion: 8.0-1+b1\nArchitecture: amd64\nMulti-Arch: foreign\nPriority: optional\n"
            + "Essential: yes\n"
        + "Installed-Size: 500\nProvides: www-browser (= 1.0)\nDepends: libc6 (>= 2.36), libcurl4 (= 8.0-1) | libcurl3\n"
            + "Filename: pool/main/c/curl/curl_8.0-1_amd64.deb\n"
        + "Size: 1234\nSHA256: " + Digest + "\nDescription: a tool\n long\n .\n text\n\n"
        + "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\nFilename: pool/main/g/glibc/libc6_2.36-9_amd64.deb\nSize: 99\nSHA256: "
            + Digest + "\n";

    private const string Release =
        "Origin: Debian\nSuite: stable\nCodename: trixie\nDate: Sat, 11 Jan 2025 10:20:30 UTC\n"
            + "Valid-Until: Sat, 18 Jan 2025 10:20:30 UTC\nAcquire-By-Hash: yes\n"
        + "Architectures: all amd64 arm64\nComponents: main contrib\nSHA256:\n " + Digest + "     1234 main/binary-amd64/Packages\n "
            + Digest + " 99 main/binary-amd64/Packages.xz\n";

    private const string Status =
        "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF Debian\n[GNUPG:] VALIDSIG 0123456789ABCDEF0123456789ABCDEF01234567 "
            + "2025-01-11 1736590830 0 4 0 1 10 01 "
        + "0123456789ABCDEF0123456789ABCDEF01234567\n[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 0123456789ABCDEF 1 10 01 1736590830 9 -\n"
            + "[GNUPG:] NO_PUBKEY 0123456789ABCDEF\n";

    // no key that anybody could use, but packets in the form of one: key, user, signature
    private static byte[] KeyPackets() => [0x98, 6, 4, 1, 2, 3, 4, 22, 0xCD, 1, (byte)'a', 0x88, 2, 4, 0x13];

    private static string ArmouredKey =>
        $"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{Convert.ToBase64String(KeyPackets())}\n=aaaa\n-----END PGP PUBLIC KEY BLOCK-----\n";

    private static void ReadKeys(ReadOnlySpan<byte> content)
    {
        Keyring keyring = Keyring.Of("keys", content.ToArray());
        Property.Holds(Keyring.Of("keys", keyring.Content).Digest == keyring.Digest, "keys without armour are not those of the armour");
    }

    private static void ReadTerms(ReadOnlySpan<byte> content)
    {
        if (CopyrightTerms.Of(content).Expression is string expression)
        {
            int depth = 0;
            foreach (char c in expression)
            {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                Property.Holds(depth >= 0 && c is >= ' ' and <= '~', "an expression has other characters, or closes what is not open");
            }
            Property.Holds(depth == 0 && !expression.Contains("  ", StringComparison.Ordinal), "an expression is not whole");
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static void ReadDeb822(Stream stream)
    {
        Deb822Reader reader = new(stream, "control");
        while (reader.Read())
        {
            for (int field = 0; field < reader.FieldCount; field++)
            {
                _ = reader.NameOf(field).Length + reader.ValueOf(field).Length + reader.LineOf(field);
                Property.Holds(reader.TryGet(reader.NameOf(field), out _), "a field is not found by its name");
                reader.Text(reader.NameOf(field));
            }
        }
    }

    private static void ReadPackages(Stream stream) => ReadKeptIndex(PackageIndexReader.Read(stream, s_origin).Bytes);

    private static byte[] KeptIndex() => PackageIndexReader.Read(new MemoryStream(Bytes(Packages)), s_origin).Bytes.ToArray();

    private static void ReadKeptIndex(ReadOnlyMemory<byte> bytes)
    {
        PackageIndex index = PackageIndex.Load(bytes, s_origin);
        for (int i = 0; i < index.Count; i++)
        {
            _ = index[i];
        }
        _ = index.Find("curl").Count();
    }

    private static void ReadRelations(string text)
    {
        foreach (RelationGroup group in RelationParser.Parse(text, "Depends"))
        {
            string written = group.ToString();
            Property.Holds(RelationParser.Parse(written, "Depends")[0].ToString() == written, $"'{written}' is not read as it is written");
        }
    }

    private static void ReadVersion(string text)
    {
        DebianVersion version = DebianVersion.Parse(text);
        Property.Holds(version.CompareTo(version) == 0 && version == DebianVersion.Parse(version.ToString()),
            "a version is not equal to itself");
        DebianVersion other = DebianVersion.Parse("1:2.0~rc1-1");
        Property.Holds(Math.Sign(version.CompareTo(other)) == -Math.Sign(other.CompareTo(version)), "comparing is not symmetric");
    }

    private static void ReadAptSources(ReadOnlySpan<byte> text)
    {
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root["etc/apt/sources.list.d"]);
        File.WriteAllBytes(root["etc/apt/sources.list.d/x.sources"], text);
        File.WriteAllBytes(root["etc/apt/sources.list"], text);
        AptConfiguration.Read(root.Path);
        File.WriteAllBytes(root["etc/apt/apt.conf"], text);
        AptOptions.Read(root.Path);
    }

    private static PackageLock Lock()
    {
        LockedPackage package = new()
        {
            Name = "curl", Version = "8.0-1", Architecture = "amd64", Suite = "trixie", Component = "main",
                Filename = "pool/main/c/curl/curl_8.0-1_amd64.deb", Size = 1234,
            Sha256 = Sha256Digest.Parse(Digest), Reason = "asked for",
        };
        return new PackageLock(
            "amd64",
            [new LockedRelease("trixie", new DateTimeOffset(2025, 1, 11, 10, 20, 30, TimeSpan.Zero), Sha256Digest.Parse(Digest))],
            new LockedRequest([new LockedRoot("curl", false)], ["dpkg"], false),
            [package, package with { Name = "libc6", Version = "2.36-9", RequiredBy = "curl", Reason = "libc6 (>= 2.36)",
                Filename = "pool/main/g/glibc/libc6_2.36-9_amd64.deb" }]);
    }

    private static void ReadEditionLock(ReadOnlySpan<byte> text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["lock.json"], text);
        EditionLock.Read(folder["lock.json"]);
    }

    private static void ReadLock(ReadOnlySpan<byte> text)
    {
        byte[] written = PackageLockFile.Write(PackageLockFile.Read(text, "lock"));
        Property.WritesTheSame(written, PackageLockFile.Write(PackageLockFile.Read(written, "lock")));
    }
}
