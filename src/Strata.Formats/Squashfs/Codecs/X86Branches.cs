namespace Strata.Formats.Squashfs.Codecs;

/// <summary>How much of a block looks like x86 machine code.</summary>
internal enum BranchDensity
{
    /// <summary>So little that the branch filter cannot earn its header.</summary>
    None,

    /// <summary>Something: only trying tells.</summary>
    Some,

    /// <summary>Machine code.</summary>
    Code,
}

/// <summary>Predicts whether the x86 branch filter of xz helps, so that most blocks are compressed once instead of twice.</summary>
/// <remarks>The filter rewrites the 32-bit operands of CALL (E8) and JMP (E9) whose highest byte is 00 or FF; those are counted.</remarks>
internal static class X86Branches
{
    /// <summary>Fewer than one candidate in so many bytes: none.</summary>
    private const int SparseBytes = 4096;

    /// <summary>More than one candidate in so many bytes: code.</summary>
    private const int DenseBytes = 96;

    public static BranchDensity Look(ReadOnlySpan<byte> block)
    {
        int candidates = 0;
        ReadOnlySpan<byte> rest = block;
        for (int at = rest.IndexOfAny((byte)0xE8, (byte)0xE9); at >= 0 && at + 4 < rest.Length; at = rest.IndexOfAny((byte)0xE8, (byte)0xE9))
        {
            bool isNear = rest[at + 4] is 0x00 or 0xFF;
            candidates += isNear ? 1 : 0;
            rest = rest[(at + (isNear ? 5 : 1))..];
        }
        return candidates <= block.Length / SparseBytes ? BranchDensity.None
            : candidates >= block.Length / DenseBytes ? BranchDensity.Code
            : BranchDensity.Some;
    }
}
