using System.Runtime.InteropServices;
using Strata.Device.Handles;
using Strata.Testing;

namespace Strata.Device.Tests;

public sealed partial class FileLockTests
{
    [Fact]
    public void Dispose_FileOpenElsewhereToo_IsFreeAtOnce()
    {
        using TemporaryFolder folder = new();
        FileLock held = FileLock.TryAcquire(folder["lock"], exclusive: true)!;
        int copy = Duplicate((int)held.Handle.DangerousGetHandle()); // as a child has it between fork and exec
        try
        {
            Assert.Null(FileLock.TryAcquire(folder["lock"], exclusive: true));
            held.Dispose();
            using FileLock? next = FileLock.TryAcquire(folder["lock"], exclusive: true);
            Assert.NotNull(next);
            held.Dispose();
            Assert.Null(FileLock.TryAcquire(folder["lock"], exclusive: false)); // the second end of the first took nothing from the next
        }
        finally
        {
            _ = Close(copy);
        }
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
