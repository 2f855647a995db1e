using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>Loads modules into the running kernel (finit_module(2)).</summary>
public static unsafe class KernelModule
{
    private const nint LoadFile = 313; // of x86-64
    private const nint LoadFileArm64 = 273;
    private const int Compressed = 4; // MODULE_INIT_COMPRESSED_FILE

    /// <summary>Loads one; returns 0 or the error number: <see cref="PosixError.NoSuchDevice"/> when it found no hardware.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parameters">Passed to it; empty for none.</param>
    /// <param name="isCompressed">Whether the kernel has to unpack it (CONFIG_MODULE_DECOMPRESS).</param>
    public static int Load(string path, string parameters, bool isCompressed)
    {
        try
        {
            using OpenFile file = OpenFile.Open(path);
            nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? LoadFileArm64 : LoadFile;
            fixed (byte* text = PosixText.Of(parameters))
            {
                return Libc.SystemCall(call, file.Number, (nint)text, isCompressed ? Compressed : 0, 0, 0) < 0
                    ? Marshal.GetLastPInvokeError() : 0;
            }
        }
        catch (PosixException e)
        {
            return e.Error;
        }
    }
}
