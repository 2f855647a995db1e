using System.Runtime.CompilerServices;

namespace Strata.Machines.Tests;

/// <summary>Gives the test process a temporary folder of its own, so that "nothing is left" can be seen while other test runs use the same host.</summary>
internal static class OwnTemporaryFolder
{
    private const string Marker = "STRATA_MACHINES_TESTS_TMP";

    [ModuleInitializer]
    internal static void Use()
    {
        if (Environment.GetEnvironmentVariable(Marker) is { Length: > 0 })
        {
            return; // a program started by a test uses the test's
        }
        string folder = Directory.CreateTempSubdirectory("strata-mt-").FullName;
        Environment.SetEnvironmentVariable(Marker, folder);
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
