using System.Runtime.InteropServices;

namespace Strata.Device.Posix;

/// <summary>
/// A key in the kernel's keyring of this process, of the kind "logon": drivers can use it, and nobody can read it. It is gone when the
/// process becomes another program.
/// </summary>
public sealed unsafe class KernelKey : IDisposable
{
    private const nint AddKey = 248; // of x86-64: add_key(2)
    private const nint AddKeyArm64 = 217;
    private const nint KeyControl = 250; // keyctl(2)
    private const nint KeyControlArm64 = 219;
    private const nint ProcessRing = -2; // KEY_SPEC_PROCESS_KEYRING
    private const nint Unlink = 9; // KEYCTL_UNLINK

    private readonly nint _number;

    private KernelKey(nint number, string name) => (_number, Name) = (number, name);

    /// <summary>What drivers know it by.</summary>
    public string Name { get; }

    /// <summary>Adds one.</summary>
    /// <param name="name">Its name, with a colon in it: <c>strata:state</c>.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="PosixException">The kernel refuses, or has no keyrings.</exception>
    public static KernelKey Add(string name, ReadOnlySpan<byte> key)
    {
        bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        fixed (byte* kind = "logon\0"u8)
        fixed (byte* text = PosixText.Of(name))
        fixed (byte* bytes = key)
        {
            nint number = PosixException.Check(
                Libc.SystemCall(isArm ? AddKeyArm64 : AddKey, (nint)kind, (nint)text, (nint)bytes, key.Length, ProcessRing));
            return new KernelKey(number, name);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        _ = Libc.SystemCall(isArm ? KeyControlArm64 : KeyControl, Unlink, _number, ProcessRing, 0, 0);
    }
}
