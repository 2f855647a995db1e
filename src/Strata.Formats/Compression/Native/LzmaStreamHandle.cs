using System.Runtime.InteropServices;

namespace Strata.Formats.Compression.Native;

/// <summary>Owns one <c>lzma_stream</c> and what liblzma allocated for it.</summary>
internal sealed unsafe class LzmaStreamHandle : SafeHandle
{
    private readonly LzmaLibrary _library;

    /// <summary>An unused stream of a library.</summary>
    public LzmaStreamHandle(LzmaLibrary library)
        : base(0, ownsHandle: true)
    {
        _library = library;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(Lzma.StreamState)));
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>One call of <c>lzma_code</c>.</summary>
    public Lzma.Result Code(ReadOnlySpan<byte> input, Span<byte> output, Lzma.Step action, out int consumed, out int produced)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            Lzma.StreamState* state = (Lzma.StreamState*)handle;
            fixed (byte* source = input)
            fixed (byte* target = output)
            {
                state->NextIn = source;
                state->AvailableIn = (nuint)input.Length;
                state->NextOut = target;
                state->AvailableOut = (nuint)output.Length;
                Lzma.Result result = _library.Code(handle, action);
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
        _library.End(handle);
        NativeMemory.Free((void*)handle);
        return true;
    }
}
