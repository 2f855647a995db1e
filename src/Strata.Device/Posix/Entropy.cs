using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>
/// Random numbers of the kernel (getrandom(2)): none are given before it has gathered enough, and then they are fit for keys.
/// </summary>
public static unsafe class Entropy
{
    private const nint GetRandom = 318; // of x86-64
    private const nint GetRandomArm64 = 278;
    private const ulong AddEntropy = 0x40085203; // RNDADDENTROPY (linux/random.h): struct rand_pool_info, bits and bytes before the bytes

    private const nint AtOnce = 4; // GRND_INSECURE (linux/random.h)

    /// <summary>Fills a buffer; waits for as long as the kernel has none to give.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Fill(Span<byte> buffer) => Fill(buffer, 0);

    /// <summary>
    /// Fills a buffer with what the kernel has now, which somebody may guess soon after the start: to be mixed, not to be a key.
    /// </summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void FillAtOnce(Span<byte> buffer) => Fill(buffer, AtOnce);

    private static void Fill(Span<byte> buffer, nint flags)
    {
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetRandomArm64 : GetRandom;
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint count = Libc.SystemCall(call, (nint)(start + done), buffer.Length - done, flags, 0, 0);
                if (count < 0 && Marshal.GetLastPInvokeError() == PosixError.Interrupted)
                {
                    continue;
                }
                done += (int)PosixException.Check(count);
            }
        }
    }

    /// <summary>Gives the kernel secret bytes that nobody else has seen, as entropy of all their bits.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void Add(ReadOnlySpan<byte> secret)
    {
        byte[] message = new byte[8 + secret.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, secret.Length * 8);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), secret.Length);
        secret.CopyTo(message.AsSpan(8));
        using OpenFile device = OpenFile.OpenForChanges("/dev/urandom");
        fixed (byte* start = message)
        {
            PosixException.Check(Libc.Control(device.Number, AddEntropy, start));
        }
    }
}
