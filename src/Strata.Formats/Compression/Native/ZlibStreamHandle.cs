using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Compression.Native;

/// <summary>Owns one <c>z_stream</c> that inflates gzip members.</summary>
internal sealed unsafe class ZlibStreamHandle : SafeHandle
{
    /// <summary>A stream before its first member.</summary>
    public ZlibStreamHandle()
        : base(0, ownsHandle: true)
    {
        NativeLibraries.Require(Zlib.Library, "zlib1g", "read gzip");
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(Zlib.StreamState)));
        Zlib.Result result = Zlib.inflateInit2_(this, Zlib.GzipWindowBits, Zlib.Version, sizeof(Zlib.StreamState));
        if (result != Zlib.Result.Ok)
        {
            Dispose();
            throw new StrataException($"cannot read gzip: zlib does not start (code {(int)result})");
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>What zlib said of the last error.</summary>
    public string Message => Marshal.PtrToStringUTF8((nint)((Zlib.StreamState*)handle)->Message) ?? "bad data";

    /// <summary>One call of <c>inflate</c>.</summary>
    public Zlib.Result Inflate(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int produced)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            Zlib.StreamState* state = (Zlib.StreamState*)handle;
            byte nothing = 0;
            fixed (byte* source = input)
            fixed (byte* target = output)
            {
                state->NextIn = source is null ? &nothing : source; // zlib refuses null even for no input
                state->AvailableIn = (uint)input.Length;
                state->NextOut = target;
                state->AvailableOut = (uint)output.Length;
                Zlib.Result result = Zlib.inflate(this, 0);
                consumed = input.Length - (int)state->AvailableIn;
                produced = output.Length - (int)state->AvailableOut;
                state->NextIn = null; // the buffers are pinned only here
                state->NextOut = null;
                return result;
            }
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Zlib.inflateEnd(handle);
        NativeMemory.Free((void*)handle);
        return true;
    }
}
