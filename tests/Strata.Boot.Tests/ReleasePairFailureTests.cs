using System.Text;

namespace Strata.Boot.Tests;

/// <summary>An archive that has <c>Release</c> and <c>Release.gpg</c> and no <c>InRelease</c>: read as apt reads it, and as
/// distrustfully.</summary>
public class ReleasePairFailureTests
{
    private const string Text = "/dists/trixie/Release";
    private const string Signature = "/dists/trixie/Release.gpg";

    [SkippableFact]
    public void Lock_Pair_IsTakenOnlineAndOffline()
    {
        using MadeArchive archive = WithPairs();
        Works(archive);
        Assert.Contains("2026-09-12", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
        archive.Tags[Text] = "\"1\"";
        archive.Tags[Signature] = "\"1\"";
        Works(archive);
        Works(archive);
        Works(archive, "--offline");
    }

    [SkippableFact]
    public void Lock_TextChangedAfterSigning_IsRefusedAndTheGoodPairStays()
    {
        using MadeArchive archive = WithPairs();
        Works(archive);
        byte[] good = archive.Files[Text]!;
        archive.Files[Text] = Encoding.ASCII.GetBytes(
            Encoding.ASCII.GetString(good).Replace("Origin: Test", "Origin: Tess", StringComparison.Ordinal));
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify Release of trixie", "altered");
        Works(archive, "--offline");
        archive.Files[Text] = good;
        Works(archive);
    }

    [SkippableFact]
    public void Lock_NoSignature_NamesIt()
    {
        using MadeArchive archive = WithPairs();
        Assert.True(archive.Files.TryRemove(Signature, out byte[]? good));
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot fetch Release.gpg of trixie", "404", "STRATA_MIRROR");
        archive.Files[Signature] = good;
        Works(archive);
    }

    [SkippableFact]
    public void Lock_InReleaseBesideThePairIsBad_IsRefused()
    {
        using MadeArchive archive = WithPairs();
        archive.Files["/dists/trixie/InRelease"] = "<html>log in</html>"u8.ToArray();
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify InRelease of trixie", "login page");
        Assert.True(archive.Files.TryRemove("/dists/trixie/InRelease", out _));
        Works(archive);
    }

    [SkippableFact]
    public void Lock_HalvesOfTwoReleases_AreRefusedUntilTheyMeet()
    {
        using MadeArchive archive = WithPairs();
        Works(archive);
        byte[] old = archive.Files[Signature]!;
        archive.Date = "Sat, 21 Nov 2026 09:13:05 UTC";
        archive.Publish();
        byte[] signature = archive.Files[Signature]!;
        archive.Files[Signature] = old; // the mirror is in the middle of its update
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify Release of trixie", "altered");
        Works(archive, "--offline");
        archive.Files[Signature] = signature;
        Works(archive);
        Assert.Contains("2026-11-21", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Lock_InReleaseIsHiddenAndThePairIsOlder_IsRefused()
    {
        using MadeArchive archive = WithPairs();
        byte[] text = archive.Files[Text]!;
        byte[] signature = archive.Files[Signature]!;
        (archive.HasPairs, archive.Date) = (false, "Sat, 21 Nov 2026 09:13:05 UTC");
        archive.Publish();
        Works(archive);
        foreach (string suite in (string[])["trixie", "trixie-updates", "trixie-security"])
        {
            Assert.True(archive.Files.TryRemove($"/dists/{suite}/InRelease", out _));
        }
        (archive.Files[Text], archive.Files[Signature]) = (text, signature);
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot use Release of trixie", "made on 2026-09-12", "--allow-older");
        Works(archive, "--allow-older");
    }

    private static MadeArchive WithPairs()
    {
        MadeArchive archive = new() { HasPairs = true };
        archive.Publish();
        return archive;
    }

    private static void Works(MadeArchive archive, params string[] more)
    {
        StrataProgram.Outcome made = archive.Run(["lock", "./made", .. more]);
        Assert.True(made.ExitCode == 0, made.All);
        Failure.LeavesStoreSound(archive.Folder, archive.Environment);
    }
}
