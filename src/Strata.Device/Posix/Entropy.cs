using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>
/// Random numbers of the kernel (getrandom(2)): none are given before it has gathered enough, and then they are fit for keys.
/// </summary>
public static unsafe class Entropy
{
    private const nint GetRandom = 318; // of x86-64
    private const nint GetRandomArm64 = 278;

    /// <summary>Fills a buffer; waits for as long as the kernel has none to give.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Fill(Span<byte> buffer)
    {
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetRandomArm64 : GetRandom;
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint count = Libc.SystemCall(call, (nint)(start + done), buffer.Length - done, 0, 0, 0);
                if (count < 0 && Marshal.GetLastPInvokeError() == PosixError.Interrupted)
                {
                    continue;
                }
                done += (int)PosixException.Check(count);
            }
        }
    }
}
