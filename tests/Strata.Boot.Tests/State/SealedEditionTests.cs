using Strata.Testing;

namespace Strata.Boot.Tests.State;

/// <summary>The example as its owner starts it: keys, Secure Boot, a TPM, and state that only this machine opens.</summary>
[Collection("guests with layers")]
public sealed class SealedEditionTests
{
    [SkippableFact]
    [Trait("Category", "Slow")] // two starts of a firmware that measures
    public void Run_ExampleWithKeysAndTpm_SealsAndOpensByItself()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome keys = StrataProgram.Run(folder.Path, "keys", "new", "keys", "--owner", "Anna");
        Assert.True(keys.ExitCode == 0, keys.All);
        string first = Started(folder, "cat /run/strata/state.json; echo kept > /home/notes/one; sync");
        Assert.Contains("\"opened\":\"made\"", first, StringComparison.Ordinal);
        Assert.Contains("\"problems\":[]", first, StringComparison.Ordinal);
        string second = Started(folder, "cat /run/strata/state.json /home/notes/one");
        Assert.Contains("\"opened\":\"tpm\"", second, StringComparison.Ordinal);
        Assert.Contains("kept", second, StringComparison.Ordinal);
    }

    private static string Started(TemporaryFolder folder, string command)
    {
        StrataProgram.Outcome run = StrataProgram.Run(
            folder.Path, "run", Path.Combine(Repository.Root, "examples/sealed"), "--locked", "--keys", "keys", "--secure-boot", "--tpm",
            "--state", "state", "--exec", command, "--timeout", "600");
        Assert.True(run.ExitCode == 0, run.All);
        return run.All;
    }
}
