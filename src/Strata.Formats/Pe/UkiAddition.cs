using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>
/// Puts small sections into a unified kernel image that is there already: what is known only when somebody signs it. They come before
/// <c>.linux</c>, which stays the last one (<see cref="UkiPlan"/> says why), at the next multiple of
/// <see cref="UkiPlan.ContentAlignment"/>.
/// </summary>
public static class UkiAddition
{
    /// <summary>Bytes that a section may have.</summary>
    public const int LargestSection = 64 * 1024;

    private const string Kernel = ".linux";
    private const uint PageSize = 4096;
    private const uint InitializedDataReadable = 0x4000_0040; // IMAGE_SCN_CNT_INITIALIZED_DATA, IMAGE_SCN_MEM_READ
    private const int BufferSize = 128 * 1024;

    /// <summary>Writes the image with the sections.</summary>
    /// <param name="file">The image, not signed: seekable, it starts at position 0.</param>
    /// <param name="sections">Names and contents, none of them empty or there already.</param>
    /// <param name="output">Gets the image; need not be seekable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageFormatException">It is no such image, or has no room for their headers.</exception>
    public static async Task WriteAsync(
        Stream file, IReadOnlyList<(string Name, byte[] Content)> sections, Stream output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(sections);
        ArgumentNullException.ThrowIfNull(output);
        PeImage image = PeImage.Read(file);
        PeSection kernel = KernelOf(image, sections);
        List<PeSection> placed = Place(image, kernel, sections);
        long moved = placed[^1].RawOffset - (long)kernel.RawOffset;
        byte[] head = new byte[image.Sections.Where(s => s.RawSize != 0).Min(s => s.RawOffset)];
        file.Position = 0;
        file.ReadExactly(head);
        WriteHeaders(head, image, placed);
        byte[] added = new byte[moved];
        for (int i = 0; i < sections.Count; i++)
        {
            sections[i].Content.CopyTo(added, placed[i].RawOffset - kernel.RawOffset);
        }
        PeChecksum checksum = new();
        await PassAsync(Stream.Null);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(image.OptionalOffset + PeImage.At.CheckSum), checksum.Value);
        await PassAsync(output);

        async Task PassAsync(Stream to)
        {
            checksum.Add(head);
            await to.WriteAsync(head, cancellationToken);
            await CopyAsync(head.Length, kernel.RawOffset, to);
            checksum.Add(added);
            await to.WriteAsync(added, cancellationToken);
            await CopyAsync(kernel.RawOffset, image.Length, to);
        }

        async Task CopyAsync(long from, long end, Stream to)
        {
            byte[] buffer = new byte[BufferSize];
            file.Position = from;
            for (long left = end - from; left > 0;)
            {
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(left, BufferSize));
                await file.ReadExactlyAsync(piece, cancellationToken);
                checksum.Add(piece.Span);
                await to.WriteAsync(piece, cancellationToken);
                left -= piece.Length;
            }
        }
    }

    private static PeSection KernelOf(PeImage image, IReadOnlyList<(string Name, byte[] Content)> sections)
    {
        PeSection last = image.Sections[^1];
        string? problem =
            last.Name != Kernel || image.Sections.Any(s => s.RawOffset > last.RawOffset || s.VirtualAddress > last.VirtualAddress)
                ? $"its last section is {last.Name}, expected {Kernel}"
            : image.CertificatesSize != 0 ? "it is signed already; a section more would break its signature"
            : last.RawOffset % UkiPlan.ContentAlignment != 0 ? $"its {Kernel} is not at a multiple of {UkiPlan.ContentAlignment}"
            : sections.Count == 0 || sections.Any(s => s.Content.Length is 0 or > LargestSection)
                ? $"a section has 1 to {LargestSection} bytes"
            : sections.Any(s => image.Sections.Any(i => i.Name == s.Name)) ? "it has a section of that name already"
            : null;
        return problem is null ? last : throw new ImageFormatException("kernel image", image.SectionTableOffset, problem);
    }

    // the new ones where the kernel was, and the kernel behind them
    private static List<PeSection> Place(PeImage image, PeSection kernel, IReadOnlyList<(string Name, byte[] Content)> sections)
    {
        uint pages = Math.Max(image.SectionAlignment, PageSize);
        List<PeSection> placed = [];
        long address = kernel.VirtualAddress, offset = kernel.RawOffset;
        for (int i = 0; i < sections.Count; i++)
        {
            (string name, byte[] content) = sections[i];
            uint next = i + 1 < sections.Count ? image.FileAlignment : Math.Max(image.FileAlignment, UkiPlan.ContentAlignment);
            long end = RoundUp(offset + content.Length, next);
            placed.Add(new PeSection(
                name, (uint)content.Length, (uint)address, (uint)(end - offset), (uint)offset, InitializedDataReadable));
            address = RoundUp(address + content.Length, pages);
            offset = end;
        }
        if (address + kernel.VirtualSize + pages > int.MaxValue || offset + kernel.RawSize > int.MaxValue)
        {
            throw new ImageFormatException("kernel image", kernel.RawOffset, "it would be larger than 2 GiB, more than firmware loads");
        }
        placed.Add(kernel with { VirtualAddress = (uint)address, RawOffset = (uint)offset });
        return placed;
    }

    private static void WriteHeaders(byte[] head, PeImage image, List<PeSection> placed)
    {
        int at = image.SectionTableOffset + ((image.Sections.Count - 1) * PeSection.HeaderSize);
        int old = at + PeSection.HeaderSize;
        int end = at + (placed.Count * PeSection.HeaderSize);
        long room = Math.Min(head.Length, image.Sections.Min(s => s.VirtualAddress));
        if (end > room || head.AsSpan(old, end - old).ContainsAnyExcept((byte)0))
        {
            throw new ImageFormatException("kernel image", at, $"it has no room for {placed.Count - 1} more section headers");
        }
        foreach (PeSection section in placed)
        {
            section.WriteTo(head.AsSpan(at));
            at += PeSection.HeaderSize;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(
            head.AsSpan(image.CoffOffset + PeImage.At.CoffSections), (ushort)(image.Sections.Count + placed.Count - 1));
        PeSection kernel = placed[^1];
        Span<byte> optional = head.AsSpan(image.OptionalOffset);
        Put(optional, PeImage.At.SizeOfInitializedData,
            BinaryPrimitives.ReadUInt32LittleEndian(optional[PeImage.At.SizeOfInitializedData..]) + placed.SkipLast(1).Sum(s => s.RawSize));
        Put(optional, PeImage.At.SizeOfImage,
            RoundUp((long)kernel.VirtualAddress + kernel.VirtualSize, Math.Max(image.SectionAlignment, PageSize)));
        Put(optional, PeImage.At.SizeOfHeaders, Math.Max(image.SizeOfHeaders, Math.Min(RoundUp(end, image.FileAlignment), room)));
        Put(optional, PeImage.At.CheckSum, 0);
    }

    private static void Put(Span<byte> optional, int at, long value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(optional[at..], checked((uint)value));

    private static long RoundUp(long value, uint to) => (value + to - 1) / to * to;
}
