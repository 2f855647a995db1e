using Strata.Testing;

namespace Strata.Boot.Tests.State;

/// <summary>The example as its owner starts it: keys, Secure Boot, a TPM, and state that only this machine opens.</summary>
[Collection("guests with layers")]
public sealed class SealedEditionTests
{
    [SkippableFact]
    [Trait("Category", "Slow")] // three starts of a firmware that measures, and one that is refused
    public void Run_ExampleWithKeysAndTpm_SealsOpensByItselfAndGoesBackBehindNoProvenRelease()
    {
        using TemporaryFolder folder = new();
        Copy(folder["sealed"], 3);
        StrataProgram.Outcome keys = StrataProgram.Run(folder.Path, "keys", "new", "keys", "--owner", "Anna");
        Assert.True(keys.ExitCode == 0, keys.All);
        string first = Started(
            folder,
            "cat /run/strata/state.json; echo kept > /home/notes/one; "
            + "n=0; until cat /var/lib/strata/proven; do n=$((n+1)); [ $n -gt 300 ] && break; sleep 1; done; sync");
        Assert.Contains("\"opened\":\"made\"", first, StringComparison.Ordinal);
        Assert.Contains("\"problems\":[]", first, StringComparison.Ordinal);
        Assert.Matches("(?m)^3\r?$", first); // nobody but the system itself has said that
        string second = Started(folder, "cat /run/strata/state.json /home/notes/one");
        Assert.Contains("\"opened\":\"tpm\"", second, StringComparison.Ordinal);
        Assert.Contains("kept", second, StringComparison.Ordinal);

        Copy(folder["sealed"], 2); // an older release, signed by the same owner
        StrataProgram.Outcome refused = Run(folder, "true");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(
            "Cannot start sealed: its security version is 2, and this machine has gone on to 3.", refused.All, StringComparison.Ordinal);
    }

    /// <summary>The example with a security version.</summary>
    private static void Copy(string folder, int version)
    {
        string example = Path.Combine(Repository.Root, "examples/sealed");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(example, "strata.lock"), Path.Combine(folder, "strata.lock"), overwrite: true);
        File.WriteAllText(
            Path.Combine(folder, "edition.yaml"),
            File.ReadAllText(Path.Combine(example, "edition.yaml")) + $"security-version: {version}\n");
    }

    private static string Started(TemporaryFolder folder, string command)
    {
        StrataProgram.Outcome run = Run(folder, command);
        Assert.True(run.ExitCode == 0, run.All);
        return run.All;
    }

    private static StrataProgram.Outcome Run(TemporaryFolder folder, string command) => StrataProgram.Run(
        folder.Path, "run", "./sealed", "--locked", "--keys", "keys", "--secure-boot", "--tpm", "--state", "state", "--exec", command,
        "--timeout", "600");
}
