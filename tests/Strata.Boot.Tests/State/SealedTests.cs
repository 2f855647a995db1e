using System.Security.Cryptography;
using Strata.Core;
using Strata.Sealing.Policies;
using Strata.Testing;
using Strata.Updates.State;

namespace Strata.Boot.Tests.State;

/// <summary>Encrypted state: it opens by itself for what its owner signed, on its machine; in every other case somebody is asked.</summary>
[Collection("guests with layers")]
public sealed class SealedTests : IDisposable
{
    private const string Saved = "Press Enter when you have it. ";
    private const string Asked = "Recovery key for the state of this machine";
    private const string Waits = "strata.ask=5";

    private readonly TemporaryFolder _folder = new();
    private readonly SealedBench _bench;

    public SealedTests() => _bench = new SealedBench(_folder);

    public void Dispose()
    {
        _bench.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Boot_SealedState_OpensByItselfAndOnAnotherMachineWithTheRecoveryKey()
    {
        await _bench.MakeAsync();
        string first = await _bench.RunAsync("", (Saved, ""));
        string key = SealedBench.RecoveryKeyIn(first);
        Assert.Contains("guest: data 0", first, StringComparison.Ordinal);
        Assert.Contains("\"opened\":\"made\"", first, StringComparison.Ordinal);
        Assert.Contains("\"problems\":[]", first, StringComparison.Ordinal);
        Assert.Contains("guest: register " + RegisterOfARunningSystem().ToString().ToUpperInvariant(), first, StringComparison.Ordinal);
        Judge(key);

        string second = await _bench.RunAsync(); // nobody is there
        Assert.Contains("guest: data 1", second, StringComparison.Ordinal);
        Assert.Contains("\"opened\":\"tpm\"", second, StringComparison.Ordinal);
        Assert.DoesNotContain("RECOVERY KEY", second, StringComparison.Ordinal);

        _bench.Tpm = "another"; // the disk in another machine
        string typed = key.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        string third = await _bench.RunAsync("", (Asked, "wrong"), (Asked, typed));
        Assert.Contains(
            "stays locked: the TPM has no floor of this owner: it was cleared, or is another one", third, StringComparison.Ordinal);
        Assert.Contains("It does not open with that. 2 tries are left.", third, StringComparison.Ordinal);
        Assert.Contains("guest: data 2", third, StringComparison.Ordinal);
        Assert.Contains("\"opened\":\"recovery-key\"", third, StringComparison.Ordinal);
        Assert.DoesNotContain(key, third, StringComparison.Ordinal); // what is typed is not shown

        string fourth = await _bench.RunAsync(); // that TPM has it now
        Assert.Contains("guest: data 3", fourth, StringComparison.Ordinal);
        Assert.Contains("\"opened\":\"tpm\"", fourth, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_SystemOfAnotherOwnerOrNobodyThere_StartsWithoutState()
    {
        await _bench.MakeAsync();
        await _bench.RunAsync("", (Saved, ""));
        using RSA eve = RSA.Create(2048);
        await _bench.TakeReleaseAsync(9, owner: eve);
        string text = await _bench.RunAsync(Waits);
        Assert.Contains("the TPM has no floor of this owner", text, StringComparison.Ordinal);
        Assert.Contains("was not opened", text, StringComparison.Ordinal);
        Assert.Contains("\"device\":\"\"", text, StringComparison.Ordinal);
        Assert.Contains("guest: data 0", text, StringComparison.Ordinal);
        await _bench.TakeReleaseAsync(2);
        Assert.Contains("guest: data 1", await _bench.RunAsync(), StringComparison.Ordinal); // nothing of it was changed
    }

    [SkippableFact]
    public async Task Boot_ReleaseBelowTheFloor_IsRefused()
    {
        await RaiseFloorAsync();
        string refused = await _bench.RefusalAsync();
        Assert.Contains(
            "Cannot start bench 1: its security version is 4, and this machine has gone on to 5.", refused, StringComparison.Ordinal);
        Assert.Contains("Start a newer version from the boot menu.", refused, StringComparison.Ordinal);
        Assert.Contains("The machine restarts now", refused, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_ReleaseBelowTheFloor_StartsWhenTheTpmIsClearedAndNotWhenStateIsLeftOut()
    {
        string key = await RaiseFloorAsync();
        await _bench.RefusalAsync("kiosk");
        _bench.Tpm = "cleared";
        Assert.Contains("guest: data 2", await _bench.RunAsync("", (Asked, key)), StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_MachineWithoutATpm_ShowsARecoveryKeyAndAsksForIt()
    {
        _bench.HasTpm = false;
        await _bench.MakeAsync();
        string first = await _bench.RunAsync("", (Saved, ""));
        Assert.Contains("this machine has no TPM 2.0 that could open it; the recovery key opens it", first, StringComparison.Ordinal);
        string key = SealedBench.RecoveryKeyIn(first);
        Assert.Contains("guest: data 1", await _bench.RunAsync("", (Asked, key)), StringComparison.Ordinal);
        string text = await _bench.RunAsync("", (Asked, "one"), (Asked, "two"), (Asked, "three"));
        Assert.Contains("was not opened (this machine has no TPM 2.0 that could open it)", text, StringComparison.Ordinal);
        Assert.Contains("guest: data 0", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_Passphrase_IsAskedForTwiceAndThenAtEachStart()
    {
        const string New = "New passphrase: ";
        const string Again = "The same once more: ";
        _bench.HasTpm = false;
        await _bench.MakeAsync(StateEncryption.Passphrase);
        string first = await _bench.RunAsync(
            "", (New, "short"), (New, "something long"), (Again, "something else"), (New, "something long"), (Again, "something long"));
        Assert.Contains("That is too short", first, StringComparison.Ordinal);
        Assert.Contains("These were two different ones", first, StringComparison.Ordinal);
        string second = await _bench.RunAsync("", ("Passphrase for the state of this machine", "something long"));
        Assert.Contains("guest: data 1", second, StringComparison.Ordinal);
        Assert.Contains("\"opened\":\"passphrase\"", second, StringComparison.Ordinal);
        Judge("something long");
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_PassphraseThatNobodyGives_LeavesTheDiskAsItWas()
    {
        _bench.HasTpm = false;
        await _bench.MakeAsync(StateEncryption.Passphrase);
        string text = await _bench.RunAsync(Waits);
        Assert.Contains("nobody gave a passphrase for the state of this machine", text, StringComparison.Ordinal);
        Assert.Contains("guest: data 0", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_DiskThatBecameLarger_EncryptedStateGrowsWithIt()
    {
        await _bench.MakeAsync();
        int before = RoomIn(await _bench.RunAsync("", (Saved, "")));
        _bench.Enlarge(64);
        int after = RoomIn(await _bench.RunAsync());
        Assert.InRange(after - before, 56, 64);
        string third = await _bench.RunAsync();
        Assert.Equal(after, RoomIn(third));
        Assert.Contains("guest: data 2", third, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_StateFromBeforeItWasEncrypted_IsSetAsideAndNeverWrittenOver()
    {
        await _bench.MakeAsync(StateEncryption.None);
        await _bench.RunAsync();
        await _bench.TakeReleaseAsync(1);
        string text = await _bench.RunAsync(); // its disk is full
        Assert.Contains("it is not encrypted, and that of this edition is. Nothing of it was changed", text, StringComparison.Ordinal);
        Assert.Contains("guest: data 0", text, StringComparison.Ordinal);
        _bench.Enlarge(96);
        text = await _bench.RunAsync("", (Saved, ""));
        Assert.Contains("\"device\":\"vda4\",\"opened\":\"made\"", text, StringComparison.Ordinal);
        Assert.Contains("guest: data 1", await _bench.RunAsync(), StringComparison.Ordinal);
        (int code, string table) = Oracle.Run("sgdisk", "-p", _bench.Disk);
        Assert.True(code == 0 && table.Contains("strata-state-aside", StringComparison.Ordinal), table);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_EditionWithoutTheWord_LeavesEncryptedStateAlone()
    {
        await _bench.MakeAsync();
        await _bench.RunAsync("", (Saved, ""));
        await _bench.TakeReleaseAsync(1, StateEncryption.None);
        string text = await _bench.RunAsync();
        Assert.Contains("is encrypted, and this edition does not say 'encrypt'", text, StringComparison.Ordinal);
        await _bench.TakeReleaseAsync(1);
        Assert.Contains("guest: data 1", await _bench.RunAsync(), StringComparison.Ordinal);
    }

    /// <summary>A machine that has gone on to 5, and a release of 4. Returns the recovery key.</summary>
    private async Task<string> RaiseFloorAsync()
    {
        await _bench.MakeAsync();
        await _bench.TakeReleaseAsync(5);
        string key = SealedBench.RecoveryKeyIn(await _bench.RunAsync("", (Saved, ""))); // and it says that its start was good
        string raised = await _bench.RunAsync("strata.debug");
        Assert.Contains("releases below the security version 5 are not started any more", raised, StringComparison.Ordinal);
        await _bench.TakeReleaseAsync(4);
        return key;
    }

    private static int RoomIn(string text)
    {
        string line = text.Split('\n').Single(l => l.StartsWith("guest: room ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], System.Globalization.CultureInfo.InvariantCulture);
    }

    // cryptsetup opens the volume with it, and its header is whole
    private void Judge(string key)
    {
        File.WriteAllText(_folder["words"], key);
        string partition = _bench.Partition();
        (int code, string output) = Oracle.Run("cryptsetup", "luksDump", partition);
        Assert.True(code == 0, output);
        Assert.Contains("strata-state", output, StringComparison.Ordinal);
        (code, output) = Oracle.Run("cryptsetup", "open", "--test-passphrase", "--key-file", _folder["words"], partition);
        Assert.True(code == 0, output);
    }

    private static Sha256Digest RegisterOfARunningSystem() => KernelRegister.Enter(
        KernelRegister.Enter(default, KernelRegister.EnterInitrd), KernelRegister.LeaveInitrd);
}
