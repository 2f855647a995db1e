using System.Text;

namespace Strata.Agent.Tests;

/// <summary>A machine learns whose it is.</summary>
public sealed class FirstStartTests : IDisposable
{
    private const string Words = $"""
        hostname: gate-7
        users:
          anna: {"{"}groups: video, ssh-keys: ["{Desk.Key}"]{"}"}
        files:
          /etc/motd: {"{"}content: "Welcome.\n"{"}"}
        run-once:
          greet: {"{"}command: [/bin/echo, hello]{"}"}
        """;

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void Words_OnTheBootPartition_MakeTheMachineTheOwners()
    {
        _desk.InsertWords(Words).Start();
        Assert.Equal("this machine has learnt from /dev/vda1/strata/machine.yaml: hostname, users, files, run-once\n", _desk.Told);
        Assert.Equal("gate-7", _desk.Name);
        Assert.Equal("gate-7\n", _desk.Text("/etc/hostname"));
        Assert.Equal("127.0.0.1 localhost\n127.0.1.1 gate-7\n", _desk.Text("/etc/hosts"));
        Assert.Equal(Desk.Key + "\n", _desk.Text("/home/anna/.ssh/authorized_keys"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, _desk.Mode("/home/anna/.ssh/authorized_keys"));
        Assert.Contains("\nanna:x:", _desk.Text("/etc/passwd"), StringComparison.Ordinal);
        Assert.Contains("video:x:44:anna\n", _desk.Text("/etc/group"), StringComparison.Ordinal);
        Assert.Contains("\nanna:*:1:", _desk.Text("/etc/shadow"), StringComparison.Ordinal);
        Assert.Equal("#!/bin/sh\nexec '/bin/echo' 'hello'\n", _desk.Text("/etc/strata/run-once/01-greet"));
        Assert.Equal("Welcome.\n", _desk.Text("/etc/motd"));
    }

    [Fact]
    public void Volume_WithWordsAndFilesForCloudInit_IsTakenByItsWords()
    {
        _desk.Insert(
            "/dev/vdb", "CIDATA", isOfOurDisk: false, ("strata/machine.yaml", "hostname: mine\n"u8.ToArray()),
            ("user-data", "#cloud-config\nhostname: theirs\nbootcmdd: [x]\n"u8.ToArray())).Start();
        Assert.Equal("mine", _desk.Name);
        Assert.Equal("this machine has learnt from /dev/vdb/strata/machine.yaml: hostname\n", _desk.Told);
    }

    [Fact]
    public void SecondStart_WithoutTheSeed_KnowsWhatTheFirstLearnt_AndChangesNothing()
    {
        _desk.InsertWords(Words).Start();
        string first = _desk.Dump();
        _desk.Volumes.Clear();
        _desk.Start();
        Assert.Equal("", _desk.Told);
        Assert.Equal(0, _desk.Changes);
        Assert.Equal(first, _desk.Dump());
    }

    [Fact]
    public void SecondStart_RootIsNew_StateIsKept_MakesTheSameMachineWithTheSameKeys()
    {
        _desk.InsertWords(Words).Start();
        string key = _desk.Text("/etc/dropbear/dropbear_ed25519_host_key");
        Assert.StartsWith("key ", key, StringComparison.Ordinal);
        using Desk again = new();
        foreach (string kept in (string[])["machine/journal", "machine/owner.yaml", "machine/made", "ssh/dropbear_ed25519_host_key"])
        {
            again.Put("/var/lib/strata/" + kept, _desk.Text("/var/lib/strata/" + kept));
        }
        again.Start();
        Assert.Equal(_desk.Text("/etc/passwd"), again.Text("/etc/passwd"));
        Assert.Equal(Desk.Key + "\n", again.Text("/home/anna/.ssh/authorized_keys"));
        Assert.Equal(key, again.Text("/etc/dropbear/dropbear_ed25519_host_key"));
    }

    [Fact]
    public void TwoMachines_OfOneImageAndSeed_ShareNoKeyAndNoId()
    {
        using Desk other = new();
        _desk.InsertWords(Words).Start();
        other.InsertWords(Words).Start();
        foreach (string path in (string[])
            ["/etc/machine-id", "/etc/dropbear/dropbear_ed25519_host_key", "/etc/dropbear/dropbear_ecdsa_host_key"])
        {
            Assert.NotEqual("", _desk.Text(path));
            Assert.NotEqual(_desk.Text(path), other.Text(path));
        }
        Assert.Matches(@"\A[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}\n\z", _desk.Text("/etc/machine-id"));
    }

    [Fact]
    public void PowerCut_AtEveryChange_IsRepairedByTheNextStart()
    {
        _desk.InsertWords(Words).Start();
        string whole = _desk.Dump();
        int changes = _desk.Changes;
        Assert.InRange(changes, 15, 100);
        for (int cut = 0; cut < changes; cut++)
        {
            using Desk one = new();
            one.InsertWords(Words);
            one.CutAfter = cut;
            Assert.Throws<Desk.PowerCutException>(() => one.Start());
            one.CutAfter = null;
            one.Start();
            Assert.Equal(whole, one.Dump());
        }
    }

    [Fact]
    public void OtherSeed_AtALaterStart_IsToldAndNotTaken()
    {
        _desk.InsertWords(Words).Start();
        _desk.Volumes.Clear();
        _desk.InsertWords("hostname: mine-now\nusers: {eve: {ssh-keys: [\"" + Desk.Key + "\"]}}\n", "/dev/sdb1").Start();
        Assert.Contains("/dev/sdb1/strata/machine.yaml: this is not what the first start took", _desk.Told, StringComparison.Ordinal);
        Assert.Equal("gate-7\n", _desk.Text("/etc/hostname"));
        Assert.DoesNotContain("eve", _desk.Text("/etc/passwd"), StringComparison.Ordinal);
    }

    [Fact]
    public void NoSeed_LeavesTheMachineAsItIs_AndTheNextStartLooksAgain()
    {
        _desk.Start();
        Assert.Equal("", _desk.Told);
        Assert.False(_desk.Has("/var/lib/strata/machine/journal"));
        _desk.InsertWords(Words).Start();
        Assert.Equal("gate-7", _desk.Name);
    }

    [Fact]
    public void WordsThatAreNotOpen_AreRefusedWithTheirPlace_TheOthersAreTaken()
    {
        _desk.Put("/usr/lib/strata/machine/owner.yaml", "owner: [hostname]\n")
            .Put("/usr/lib/strata/machine/words.yaml", "hostname: kiosk\nfiles:\n  /etc/motd:\n    content: Built.\n");
        _desk.InsertWords(Words).Start();
        Assert.Contains(
            "/dev/vda1/strata/machine.yaml:2:1: 'users' is not open: this system lets its owner say hostname", _desk.Told,
            StringComparison.Ordinal);
        Assert.Equal("gate-7\n", _desk.Text("/etc/hostname"));
        Assert.Equal("Built.", _desk.Text("/etc/motd"));
        Assert.DoesNotContain("anna", _desk.Text("/etc/passwd"), StringComparison.Ordinal);
    }

    [Fact]
    public void KioskThatLeavesNothingOpen_TakesNothing()
    {
        _desk.Put("/usr/lib/strata/machine/owner.yaml", "owner: []\n").InsertWords(Words).Start();
        Assert.Contains("'hostname' is not open: this system lets its owner say nothing", _desk.Told, StringComparison.Ordinal);
        Assert.Contains("nothing in it can be taken", _desk.Told, StringComparison.Ordinal);
        Assert.Equal("unnamed\n", _desk.Text("/etc/hostname"));
    }

    [Theory]
    [InlineData("hostname: gate-7\nhostnam: x\n", "machine.yaml:2:1: unknown key 'hostnam' (did you mean 'hostname'?)")]
    [InlineData("hostname: gate-7\nusers: [anna]\n", "'users' is a list; expected a mapping")]
    [InlineData("hostname: gate-7\ntime-servers: [\"-\"]\n", "'-' is no time server")]
    [InlineData("hostname: gate-7\ntime-zone: Europe/Berlin\n", "which is not in the image; add capability 'time-zones'")]
    [InlineData("hostname: gate-7\nnetwork: {lan: {match: {name: eth0}, dhcp: v4}}\n", "add capability 'network'")]
    [InlineData("hostname: gate-7\nusers: {root: {password: secret}}\n", "'password' is no hash of crypt(5)")]
    public void OneMistake_IsToldWithItsPlace_TheRestIsTaken(string text, string told)
    {
        _desk.InsertWords(text).Start();
        Assert.Contains(told, _desk.Told, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _desk.Told, StringComparison.Ordinal);
        Assert.Equal("gate-7\n", _desk.Text("/etc/hostname"));
    }

    [Theory]
    [InlineData(1, ": a mistake", false)]
    [InlineData(2, ": 2 mistakes", false)]
    [InlineData(50, ": 50 mistakes", false)]
    [InlineData(51, ": 51 mistakes", true)]
    public void ManyMistakes_AreCounted_AndFiftyAreTold(int mistakes, string count, bool isCut)
    {
        _desk.InsertWords("hostname: gate-7\n" + string.Concat(Enumerable.Range(0, mistakes).Select(i => $"zzz-{i}: x\n"))).Start();
        Assert.Contains(count + "\n", _desk.Told, StringComparison.Ordinal);
        Assert.Equal(Math.Min(mistakes, 50), _desk.Told.Split('\n').Count(l => l.Contains("unknown key 'zzz-", StringComparison.Ordinal)));
        Assert.Equal(isCut, _desk.Told.Contains("\nand more\n", StringComparison.Ordinal));
    }

    [Fact]
    public void WrongKeyOfAUser_CostsThatKeyAlone()
    {
        _desk.InsertWords($"users:\n  anna:\n    ssh-keys:\n      - ssh-ed25519 nonsense\n      - {Desk.Key}\n").Start();
        Assert.Contains("machine.yaml:4:9: an entry of 'ssh-keys' is no public key", _desk.Told, StringComparison.Ordinal);
        Assert.Equal(Desk.Key + "\n", _desk.Text("/home/anna/.ssh/authorized_keys"));
    }

    [Fact]
    public void FirewallWithAMistake_LetsInSshAlone_AndNotMoreThanWasAsked()
    {
        _desk.Put("/usr/lib/strata/firewall/load", "");
        _desk.InsertWords("firewall:\n  allow:\n    web: {port: 80, from: [10.0.0.0/33]}\n").Start();
        Assert.Contains("expected a network", _desk.Told, StringComparison.Ordinal);
        Assert.Contains("policy drop", _desk.Text("/etc/nftables.conf"), StringComparison.Ordinal);
        Assert.Contains("tcp dport { 22 }", _desk.Text("/etc/nftables.conf"), StringComparison.Ordinal);
        string rules = _desk.Text("/etc/nftables.conf").Replace("fe80", "", StringComparison.Ordinal);
        Assert.DoesNotContain("80", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatIsNoWords_IsTold_AndTheMachineStarts()
    {
        byte[] large = Encoding.UTF8.GetBytes("hostname: x # " + new string('x', 20 << 20));
        string bomb = "a: &a [x, x]\nb: &b [*a, *a]\nhostname: gate-7\n";
        foreach ((byte[] bytes, string told) in new (byte[], string)[]
        {
            (large, "the file has more than 1 MiB"),
            (Encoding.UTF8.GetBytes(bomb), "anchors and aliases are not allowed"),
            ([0xC3, 0x28, 0x0A], "the file is not UTF-8"),
            (Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("hostname: x")).ToArray(), "the file is UTF-16"),
            ("hostname: [\n"u8.ToArray(), "this is no YAML"),
        })
        {
            using Desk desk = new();
            desk.Insert("/dev/vda1", "", isOfOurDisk: true, ("strata/machine.yaml", bytes)).Start();
            Assert.Contains(told, desk.Told, StringComparison.Ordinal);
            Assert.Contains("the machine starts", desk.Told, StringComparison.Ordinal);
            Assert.Equal("unnamed\n", desk.Text("/etc/hostname"));
        }
    }

    [Fact]
    public void TwoSeedsOfAKind_NeitherIsTaken_ThatOfOurOwnDiskIsPreferred()
    {
        _desk.InsertCloud("#cloud-config\nhostname: a\n").InsertCloud("#cloud-config\nhostname: b\n", name: "/dev/vdc").Start();
        Assert.Contains("/dev/vdc: a volume 'CIDATA' is on /dev/vdb too; neither is taken", _desk.Told, StringComparison.Ordinal);
        Assert.Equal("unnamed\n", _desk.Text("/etc/hostname"));
        _desk.Volumes.Clear();
        _desk.Insert("/dev/sdb1", "", isOfOurDisk: false, ("strata/machine.yaml", "hostname: stick"u8.ToArray()))
            .InsertWords("hostname: own").Start();
        Assert.Equal("own\n", _desk.Text("/etc/hostname"));
    }

    [Fact]
    public void TwoSourcesThatDiffer_TheFirstStands_BothAreTold()
    {
        _desk.InsertCloud("#cloud-config\nhostname: cloud\nntp: {servers: []}\nwrite_files: [{path: /etc/motd, content: hi}]\n")
            .InsertWords("hostname: own\n").Start();
        Assert.Equal("own\n", _desk.Text("/etc/hostname"));
        Assert.Equal("hi", _desk.Text("/etc/motd"));
        Assert.Contains(
            "/dev/vdb/user-data:2:11: 'hostname' is said otherwise at /dev/vda1/strata/machine.yaml:1:11, which stands before", _desk.Told,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LaterWords_StandBeforeTheFirstOnes_AndGoAgainWithTheirFile()
    {
        _desk.InsertWords(Words).Start();
        _desk.Put("/etc/strata.d/10-name.yaml", "hostname: first\n")
            .Put("/etc/strata.d/20-name.yaml", "hostname: renamed\nfiles: {/etc/issue: {content: x}}\nusers: {bob: {}}\n");
        _desk.Start(looksForSeeds: false);
        Assert.Equal("renamed\n", _desk.Text("/etc/hostname"));
        Assert.Equal("x", _desk.Text("/etc/issue"));
        Assert.Contains("bob", _desk.Text("/etc/passwd"), StringComparison.Ordinal);
        _desk.Put("/etc/strata.d/20-name.yaml", "hostname: renamed\n").Start(looksForSeeds: false);
        Assert.False(_desk.Has("/etc/issue"));
        string accounts = _desk.Text("/etc/passwd") + _desk.Text("/etc/group") + _desk.Text("/etc/shadow");
        Assert.DoesNotContain("bob", accounts, StringComparison.Ordinal);
        Assert.Contains("anna", _desk.Text("/etc/passwd"), StringComparison.Ordinal);
        Assert.True(_desk.Has("/home/bob")); // what is in it is somebody's
    }

    [Fact]
    public void DamagedJournal_IsTold_AndTheMachineLearnsAnew()
    {
        _desk.InsertWords(Words).Start();
        _desk.Put("/var/lib/strata/machine/owner.yaml", "hostname: other\n").Start();
        Assert.Contains("what is kept of the first start is damaged", _desk.Told, StringComparison.Ordinal);
        Assert.Equal("gate-7\n", _desk.Text("/etc/hostname"));
        _desk.Start();
        Assert.Equal("", _desk.Told);
    }

    [Fact]
    public void LinkInTheWayOfKeys_IsNotFollowed()
    {
        _desk.InsertWords(Words).Start();
        string home = Path.GetDirectoryName(Path.GetDirectoryName(_desk.At("/home/anna/.ssh/authorized_keys")))!;
        Directory.Delete(Path.Combine(home, ".ssh"), recursive: true);
        File.CreateSymbolicLink(Path.Combine(home, ".ssh"), _desk.At("/etc"));
        _desk.Start();
        Assert.False(_desk.Has("/etc/authorized_keys"));
        Assert.Contains("cannot write /home/anna/.ssh/authorized_keys", _desk.Told, StringComparison.Ordinal);
    }
}
