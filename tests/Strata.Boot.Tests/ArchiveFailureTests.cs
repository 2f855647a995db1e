using System.Text;

namespace Strata.Boot.Tests;

/// <summary>Archives that are absent, false, old or incomplete.</summary>
public class ArchiveFailureTests
{
    private const string ReleasePath = "/dists/trixie/InRelease";

    [SkippableFact]
    public void Lock_MirrorUnreachable_NamesTheServerAndWhatToDo()
    {
        using MadeArchive archive = new();
        string? mirror = archive.Environment["STRATA_MIRROR"];
        archive.Environment["STRATA_MIRROR"] = "http://127.0.0.1:9/debian";
        Failure.Says(archive.Run("lock", "./made"), 1, "InRelease of trixie", "127.0.0.1:9", "connection refused", "STRATA_MIRROR", "--offline");
        archive.Environment["STRATA_MIRROR"] = mirror;
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Lock_NoMirrorConfigured_NamesTheSetting()
    {
        using MadeArchive archive = new();
        Directory.CreateDirectory(archive["nothing"]);
        Dictionary<string, string?> environment = new(archive.Environment)
        {
            ["STRATA_MIRROR"] = null, ["STRATA_SECURITY_MIRROR"] = null, ["STRATA_APT_ROOT"] = archive["nothing"],
        };
        Failure.Says(StrataProgram.Run(archive.Folder, environment, "lock", "./made"), 1, "STRATA_MIRROR", "STRATA_SECURITY_MIRROR", "dists");
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Lock_SignedWithAnotherKey_IsRefusedAndNamesTheTrustedKeys()
    {
        using MadeArchive archive = new();
        Dictionary<string, string?> environment = new(archive.Environment) { ["STRATA_KEYRING"] = null };
        Failure.Says(StrataProgram.Run(archive.Folder, environment, "lock", "./made"), 1, "cannot verify InRelease of trixie", "Signed by", "debian-archive-trixie");
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Lock_ChangedAfterSigning_IsRefused()
    {
        using MadeArchive archive = new();
        byte[] good = archive.Files[ReleasePath]!;
        archive.Files[ReleasePath] = Encoding.ASCII.GetBytes(
            Encoding.ASCII.GetString(good).Replace("Origin: Test", "Origin: Tess", StringComparison.Ordinal));
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify InRelease of trixie", "gpgv");
        archive.Files[ReleasePath] = good;
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Lock_ExpiredRelease_SaysUntilWhen()
    {
        using MadeArchive archive = new();
        archive.Publish("Valid-Until: Sun, 13 Sep 2026 07:55:41 UTC\n");
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot use InRelease of trixie", "valid until 2026-09-13", "clock", "STRATA_MIRROR");
        archive.Publish();
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Lock_LoginPageUnderTheTagOfTheRelease_HurtsNothingAfterwards()
    {
        using MadeArchive archive = new();
        archive.Tags[ReleasePath] = "\"right\"";
        archive.Instead[ReleasePath] = "<html>log in</html>"u8.ToArray();
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify InRelease of trixie", "login page");
        archive.Instead.Clear();
        WorksAgain(archive);
        archive.Instead[ReleasePath] = "<html>log in</html>"u8.ToArray();
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify InRelease of trixie", "login page");
        StrataProgram.Outcome offline = archive.Run("lock", "./made", "--offline");
        Assert.True(offline.ExitCode == 0, offline.All);
    }

    [SkippableFact]
    public void Lock_OlderReleaseUnderTheTagOfTheNewOne_IsRefusedAndTheNewOneStays()
    {
        using MadeArchive archive = new();
        byte[] old = archive.Files[ReleasePath]!;
        archive.Date = "Sat, 21 Nov 2026 09:13:05 UTC";
        archive.Publish();
        archive.Tags[ReleasePath] = "\"right\"";
        WorksAgain(archive);
        archive.Instead[ReleasePath] = old;
        Failure.Says(archive.Run("lock", "./made"), 1, "made on 2026-09-12 07:55", "one of 2026-11-21 09:13", "--allow-older",
            "STRATA_MIRROR");
        archive.Instead.Clear();
        WorksAgain(archive);
        Assert.Contains("2026-11-21", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);

        archive.Instead[ReleasePath] = old;
        StrataProgram.Outcome allowed = archive.Run("lock", "./made", "--allow-older");
        Assert.True(allowed.ExitCode == 0, allowed.All);
        Assert.Contains("2026-09-12", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
        archive.Instead.Clear();
        WorksAgain(archive); // the server says that the older one, kept under its tag, has not changed
        Assert.DoesNotContain("2026-09-12", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Lock_IndexOfOtherContent_IsRefused()
    {
        using MadeArchive archive = new();
        byte[] good = archive.Files[MadeArchive.IndexPath]!;
        archive.Files[MadeArchive.IndexPath] = Changed(good);
        Failure.Says(archive.Run("lock", "./made"), 1, "package index of trixie/main", "SHA-256");
        archive.Files[MadeArchive.IndexPath] = good;
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Build_PackageOfOtherContent_IsRefused()
    {
        using MadeArchive archive = new();
        string path = MadeArchive.PathOf("hello");
        archive.Files[path] = Changed(archive.Files[path]!);
        Failure.Says(archive.Run("build", "./made"), 1, "hello 1.0", "SHA-256");
        WorksAgain(archive);
    }

    [SkippableFact]
    public void BuildLocked_PackageVanished_NamesItAndBothWaysOut()
    {
        using MadeArchive archive = new();
        WorksAgain(archive);
        Assert.True(archive.Files.TryRemove(MadeArchive.PathOf("hello"), out _));
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "hello 1.0", "404", "strata lock", "STRATA_SNAPSHOT");
        Failure.LeavesStoreSound(archive.Folder, archive.Environment);
    }

    [SkippableTheory]
    [InlineData("hello", "gzip")] // of the system
    [InlineData("gzip", "hello")] // of the tools, which are fetched beside it
    public void Build_LockedVersionIsGone_TakesThatOfTodayAndSaysSo(string gone, string held)
    {
        using MadeArchive archive = new();
        WorksAgain(archive);
        byte[] kept = File.ReadAllBytes(archive["made/strata.lock"]);
        Shift(archive, gone);
        archive.Files[MadeArchive.PathOf(held)] = null; // or reading it, which is no package, may fail before the other is missed
        StrataProgram.Outcome built = archive.Run("build", "./made");
        Assert.Contains($"moved: {gone} 1.0 → 2.0 (the mirror no longer has it)", built.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("xz-utils", built.Errors, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllBytes(archive["made/strata.lock"]));
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "404", "strata lock", "STRATA_SNAPSHOT");
    }

    [SkippableFact]
    public void Build_LockedVersionsAreGoneButTheSnapshotHasThem_TakesThem()
    {
        using MadeArchive archive = new();
        WorksAgain(archive);
        Assert.True(archive.Files.TryGetValue(MadeArchive.PathOf("hello"), out byte[]? old));
        Shift(archive, "hello");
        archive.Files["/snap/archive/debian/20260913T075541Z" + MadeArchive.PathOf("hello")] = old; // a day after the date of its release
        archive.Environment["STRATA_SNAPSHOT"] = archive.Environment["STRATA_MIRROR"] + "/snap";
        StrataProgram.Outcome built = archive.Run("build", "./made", "--locked");
        Assert.DoesNotContain("404", built.All, StringComparison.Ordinal);
        Assert.DoesNotContain("moved", built.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_WithALockAndAllFiles_ReadsNoIndex()
    {
        using MadeArchive archive = new();
        WorksAgain(archive);
        foreach (string path in archive.Files.Keys.Where(k => k.StartsWith("/dists/", StringComparison.Ordinal)).ToList())
        {
            Assert.True(archive.Files.TryRemove(path, out _));
        }
        StrataProgram.Outcome built = archive.Run("build", "./made");
        Assert.Contains("cannot use package", built.Errors, StringComparison.Ordinal); // what it is made of is no package; it came that far
        Assert.DoesNotContain("InRelease", built.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_LockOfAStrangerNamesToolsThatNoIndexLists_TheyAreNotUsed()
    {
        using MadeArchive archive = new();
        WorksAgain(archive);
        string path = archive["made/strata.lock"];
        string own = File.ReadAllText(path);
        // another file that the archive has, in the place of a tool: it would run on this host
        System.Text.Json.Nodes.JsonNode made = System.Text.Json.Nodes.JsonNode.Parse(own)!;
        System.Text.Json.Nodes.JsonNode tool = made["tools"]!["packages"]!.AsArray().Single(p => (string?)p!["name"] == "gzip")!;
        System.Text.Json.Nodes.JsonNode other = made["guest"]!["packages"]!.AsArray().Single(p => (string?)p!["name"] == "hello")!;
        foreach (string member in (string[])["filename", "size", "sha256"])
        {
            tool[member] = other[member]!.DeepClone();
        }
        File.WriteAllText(path, made.ToJsonString());
        const string Replaced = "replaced: gzip 1.0 (no signed index lists the one of the lock)";
        foreach (string[] command in (string[][])[["build", "./made"], ["tree", "./made"]])
        {
            Assert.Contains(Replaced, archive.Run(command).Errors, StringComparison.Ordinal);
        }
        foreach (string word in (string[])["--locked", "--offline"])
        {
            Failure.Says(archive.Run("build", "./made", word), 1,
                "cannot use the tools of", "gzip 1.0 (amd64)", "strata lock NAME", "--trust-lock");
        }
        Assert.DoesNotContain("replaced:", archive.Run("build", "./made", "--trust-lock").Errors, StringComparison.Ordinal);
        File.WriteAllText(path, own); // made here, from a signed index
        Assert.DoesNotContain("replaced:", archive.Run("build", "./made").Errors, StringComparison.Ordinal);
        archive.Environment["STRATA_STORE"] = archive["another"]; // a store that remembers nothing looks it up
        Assert.DoesNotContain("replaced:", archive.Run("build", "./made").Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_WithoutALock_WritesOneAndKeepsToIt()
    {
        using MadeArchive archive = new();
        archive.Run("build", "./made");
        byte[] kept = File.ReadAllBytes(archive["made/strata.lock"]);
        archive.Publish("", new MadePackage("hello", "newer"u8.ToArray(), Version: "2.0"));
        archive.Run("build", "./made");
        Assert.Equal(kept, File.ReadAllBytes(archive["made/strata.lock"]));
        StrataProgram.Outcome check = archive.Run("lock", "./made", "--check");
        Assert.True(check.ExitCode == 1, check.All);
        Assert.Contains("hello\tguest\t1.0\t2.0", check.Output, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllBytes(archive["made/strata.lock"]));
        StrataProgram.Outcome moved = archive.Run("lock", "./made", "--package", "hello");
        Assert.True(moved.ExitCode == 0, moved.All);
        Assert.Contains("1 package changed", moved.Output, StringComparison.Ordinal);
        Failure.Says(archive.Run("lock", "./made", "--package", "helo"), 2, "helo", "did you mean 'hello'");
    }

    [SkippableFact]
    public void Lock_FirstMirrorIsAway_TheSecondIsAskedAndItIsSaid()
    {
        using MadeArchive archive = new();
        archive.Environment["STRATA_MIRROR"] = "http://127.0.0.1:9/debian " + archive.Environment["STRATA_MIRROR"];
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 0, locked.All);
        Assert.Contains("warning: cannot fetch InRelease of trixie: 127.0.0.1:9: connection refused; asking 127.0.0.1:", locked.Errors,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Lock_CommandThatFails_RepeatsWhatWasWarnedOf()
    {
        using MadeArchive archive = new();
        archive.Environment["STRATA_MIRROR"] = "http://127.0.0.1:9/debian " + archive.Environment["STRATA_MIRROR"];
        archive.WriteEdition("helo");
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 1, locked.All);
        int error = locked.Errors.IndexOf("error: cannot install helo", StringComparison.Ordinal);
        Assert.Contains("warned before: cannot fetch InRelease of trixie", locked.Errors[error..], StringComparison.Ordinal);
    }

    /// <summary>What a point release does: newer versions are listed, and the older files leave the pool.</summary>
    private static void Shift(MadeArchive archive, params string[] packages)
    {
        archive.Publish(
            "", [.. packages.Select(p => new MadePackage(p, Encoding.ASCII.GetBytes($"newer content of {p}"), Version: "2.0"))]);
        foreach (string package in packages)
        {
            Assert.True(archive.Files.TryRemove(MadeArchive.PathOf(package), out _));
        }
    }

    [SkippableFact]
    public void Lock_UnknownPackage_SuggestsTheNearestName()
    {
        using MadeArchive archive = new();
        archive.WriteEdition("helo");
        Failure.Says(archive.Run("lock", "./made"), 1, "helo", "did you mean", "hello");
        archive.WriteEdition("hello");
        WorksAgain(archive);
    }

    [SkippableFact]
    public void Lock_PackagesThatConflict_TellsBothChains()
    {
        using MadeArchive archive = new();
        archive.Publish(
            "",
            new MadePackage("outer", "o"u8.ToArray(), "Depends: left, right\n"),
            new MadePackage("left", "l"u8.ToArray(), "Conflicts: right\n"),
            new MadePackage("right", "r"u8.ToArray()));
        archive.WriteEdition("outer");
        Failure.Says(archive.Run("lock", "./made"), 1, "outer", "left", "right", "onflict");
        archive.WriteEdition("hello");
        WorksAgain(archive);
    }

    private static byte[] Changed(byte[] content) => [.. content[..^2], (byte)(content[^2] ^ 1), content[^1]];

    private static void WorksAgain(MadeArchive archive)
    {
        StrataProgram.Outcome made = archive.Run("lock", "./made");
        Assert.True(made.ExitCode == 0, made.All);
        Failure.LeavesStoreSound(archive.Folder, archive.Environment);
    }
}
