using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Strata.Fuzz;

/// <summary>
/// Which branches of the instrumented assemblies an execution went through. SharpFuzz has put a step into each of them that counts in a
/// table of 64 KiB, as AFL does (AFL, docs/technical_details.txt, "Coverage measurements"); this is the table's other side.
/// </summary>
internal static unsafe class Coverage
{
    private const int Size = 1 << 16; // MAP_SIZE: the steps know no other

    private static readonly byte[] s_seen = new byte[Size];
    private static byte* s_table;

    /// <summary>True when the assemblies are instrumented copies.</summary>
    public static bool IsOn => s_table is not null;

    /// <summary>Edges seen so far.</summary>
    public static int Branches => s_seen.Count(b => b != 0);

    /// <summary>Gives the steps their table. Before any of them runs: without one they write to address 0.</summary>
    public static void TurnOn() => Trace.SharedMem = s_table = (byte*)NativeMemory.AllocZeroed(Size);

    /// <summary>Before a campaign.</summary>
    public static void Forget() => s_seen.AsSpan().Clear();

    /// <summary>Before an execution.</summary>
    public static void Start()
    {
        if (IsOn)
        {
            new Span<byte>(s_table, Size).Clear();
            Trace.PrevLocation = 0;
        }
    }

    /// <summary>After one: true when it took an edge that none before had taken, or one more often than ever, by powers of two.</summary>
    public static bool TakeNew()
    {
        bool isNew = false;
        ReadOnlySpan<byte> table = new(s_table, Size);
        for (int at = 0, next; (next = table[at..].IndexOfAnyExcept((byte)0)) >= 0; at++)
        {
            at += next;
            byte count = (byte)(1 << int.Log2(table[at]));
            isNew |= (s_seen[at] & count) == 0;
            s_seen[at] |= count;
        }
        return isNew;
    }
}
