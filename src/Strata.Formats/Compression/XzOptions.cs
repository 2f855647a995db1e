namespace Strata.Formats.Compression;

/// <summary>How to write xz. The bytes depend on these options and the version of liblzma, never on <see cref="Threads"/>.</summary>
public sealed record XzOptions
{
    /// <summary>Preset, 0 … 9.</summary>
    public int Preset { get; init; } = 6;

    /// <summary>Slower and a little smaller (<c>xz -e</c>).</summary>
    public bool Extreme { get; init; }

    /// <summary>Put the x86 branch filter before LZMA2; it pays for machine code of x86 and costs for anything else.</summary>
    public bool X86Filter { get; init; }

    /// <summary>Dictionary in bytes, 4 KiB … 1.5 GiB; null takes the preset's. Readers need about this much memory.</summary>
    public uint? DictionarySize { get; init; }

    /// <summary>
    /// Plain bytes compressed as one block, at least 4 KiB; null takes 3 dictionaries or 1 MiB, whichever is more. Blocks are what threads share
    /// and each thread buffers one: a content larger than this gains speed and loses some per mille of size.
    /// </summary>
    public long? BlockSize { get; init; }

    /// <summary>Threads, 1 … 256.</summary>
    public int Threads { get; init; } = 1;
}
