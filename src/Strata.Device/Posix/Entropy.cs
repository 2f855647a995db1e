using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>Randomness of the kernel.</summary>
public static unsafe class Entropy
{
    private const nint GetRandom = 318; // getrandom(2) of x86-64
    private const nint GetRandomArm64 = 278;
    private const ulong AddEntropy = 0x40085203; // RNDADDENTROPY (linux/random.h): struct rand_pool_info, bits and bytes before the bytes

    /// <summary>Fills a buffer of at most 256 bytes; waits until the kernel has gathered enough (getrandom(2) without flags).</summary>
    /// <exception cref="PosixException">The kernel has no such call.</exception>
    public static void Fill(Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(buffer.Length, 256); // up to there a signal cuts nothing short
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? GetRandomArm64 : GetRandom;
        fixed (byte* start = buffer)
        {
            PosixException.Check(Libc.SystemCall(call, (nint)start, buffer.Length, 0, 0, 0));
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
