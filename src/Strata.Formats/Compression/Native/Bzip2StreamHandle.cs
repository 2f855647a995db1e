using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Compression.Native;

/// <summary>Owns one <c>bz_stream</c> that decompresses.</summary>
internal sealed unsafe class Bzip2StreamHandle : SafeHandle
{
    private bool _isOpen;

    /// <summary>A stream before its first byte.</summary>
    public Bzip2StreamHandle()
        : base(0, ownsHandle: true)
    {
        NativeLibraries.Require(Bzip2.Library, "libbz2-1.0", "read bzip2");
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(Bzip2.StreamState)));
        Restart();
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Makes ready for a further stream.</summary>
    /// <exception cref="StrataException">There is no memory.</exception>
    public void Restart()
    {
        End();
        Bzip2.Result result = Bzip2.BZ2_bzDecompressInit(handle, verbosity: 0, small: 0);
        _isOpen = result == Bzip2.Result.Ok;
        if (!_isOpen)
        {
            throw new StrataException($"cannot read bzip2: libbzip2 does not start (code {(int)result})");
        }
    }

    /// <summary>One call of <c>BZ2_bzDecompress</c>.</summary>
    public Bzip2.Result Decompress(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int produced)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            Bzip2.StreamState* state = (Bzip2.StreamState*)handle;
            fixed (byte* source = input)
            fixed (byte* target = output)
            {
                state->NextIn = source;
                state->AvailableIn = (uint)input.Length;
                state->NextOut = target;
                state->AvailableOut = (uint)output.Length;
                Bzip2.Result result = Bzip2.BZ2_bzDecompress(handle);
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
        End();
        NativeMemory.Free((void*)handle);
        return true;
    }

    private void End()
    {
        if (_isOpen)
        {
            Bzip2.BZ2_bzDecompressEnd(handle);
            _isOpen = false;
        }
    }
}
