using System.Runtime.CompilerServices;

namespace Strata.Flash.Writing;

/// <summary>Memory that begins where a disk can take it from without a copy: at a multiple of 4096.</summary>
internal sealed class AlignedBlock
{
    private const int Alignment = 4096;

    private readonly byte[] _bytes;
    private readonly int _start;

    /// <param name="length">Bytes.</param>
    public AlignedBlock(int length)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true); // stays where it is
        unsafe
        {
            _start = (int)((Alignment - ((nint)Unsafe.AsPointer(ref _bytes[0]) % Alignment)) % Alignment);
        }
        Length = length;
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>All of it, or its beginning.</summary>
    public Span<byte> Of(int count) => _bytes.AsSpan(_start, count);
}
