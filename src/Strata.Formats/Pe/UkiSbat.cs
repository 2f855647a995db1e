using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>SBAT lines of an image: those of the stub, of the kernel and its own, so that each can be revoked (SBAT.md of the shim project).</summary>
internal sealed class UkiSbat
{
    private const string Name = ".sbat";
    private const string VersionLine = "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md";
    private const int MaxBytes = 64 * 1024;

    private readonly byte[] _bytes;

    private UkiSbat(byte[] bytes, PeSection? inStub)
    {
        _bytes = bytes;
        InStub = inStub;
    }

    /// <summary>The stub's own section, whose bytes are replaced; null when a new section is needed.</summary>
    public PeSection? InStub { get; }

    public UkiContent Content => UkiContent.Of(_bytes);

    /// <summary>Lines of a kernel but for the first; none for most kernels.</summary>
    /// <exception cref="ImageFormatException">Its section is none.</exception>
    public static IReadOnlyList<string> LinesOfKernel(PeImage kernel, UkiContent content)
    {
        if (kernel.Sections.FirstOrDefault(s => s.Name == Name) is not PeSection section || section.ContentSize == 0)
        {
            return [];
        }
        if (section.ContentSize > MaxBytes)
        {
            throw new ImageFormatException("SBAT", section.RawOffset, $"{section.ContentSize} bytes, expected at most {MaxBytes}");
        }
        using Stream stream = content.Open();
        if (stream.CanSeek)
        {
            return Lines(PeImage.ReadSection(stream, section, MaxBytes), section.RawOffset);
        }
        Skip(stream, section.RawOffset);
        byte[] bytes = new byte[section.ContentSize];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? Lines(bytes, section.RawOffset)
            : throw new ImageFormatException("SBAT", section.RawOffset, "the file ends within it");
    }

    /// <summary>All lines together; null when there is nothing to change.</summary>
    /// <exception cref="StrataException">A line is none, or the stub has no room for them.</exception>
    public static UkiSbat? Merge(ReadOnlySpan<byte> stub, PeImage image, IReadOnlyList<string> ofKernel, IReadOnlyList<string> own)
    {
        if (own.FirstOrDefault(l => l.Count(c => c == ',') < 5 || l.Any(char.IsControl) || !Ascii.IsValid(l)) is string wrong)
        {
            throw new StrataException($"cannot make a UKI: SBAT line '{wrong}' is not 'component,generation,vendor,package,version,url'");
        }
        if (own.Count == 0 && ofKernel.Count == 0)
        {
            return null;
        }
        PeSection? inStub = image.Sections.FirstOrDefault(s => s.Name == Name);
        IReadOnlyList<string> ofStub = [];
        if (inStub is not null)
        {
            try
            {
                ofStub = Lines(stub.Slice((int)inStub.RawOffset, (int)inStub.ContentSize), inStub.RawOffset);
            }
            catch (ImageFormatException e)
            {
                throw new StrataException($"cannot make a UKI: the stub's SBAT lines cannot be read: {e.Message}", innerException: e);
            }
        }
        // Shim wants its own line first; a line that two parts bring need not be there twice.
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(ofStub.Concat(ofKernel).Concat(own).Distinct().Prepend(VersionLine).Select(l => l + "\n")));
        if (inStub is not null && bytes.Length > Room(image, inStub))
        {
            throw new StrataException($"cannot make a UKI: {bytes.Length} bytes of SBAT lines do not fit the stub's section of {Room(image, inStub)} bytes");
        }
        return new UkiSbat(bytes, inStub);
    }

    /// <summary>Replaces the bytes and the size of the stub's section.</summary>
    public void WriteInto(Span<byte> stub, PeImage image)
    {
        if (InStub is null)
        {
            return;
        }
        Span<byte> section = stub.Slice((int)InStub.RawOffset, (int)InStub.RawSize);
        section.Clear();
        _bytes.CopyTo(section);
        int header = image.SectionTableOffset + (image.Sections.TakeWhile(s => s != InStub).Count() * PeSection.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(stub[(header + PeSection.At.VirtualSize)..], (uint)_bytes.Length);
    }

    /// <summary>Bytes that the section can have in the file and in memory without moving anything.</summary>
    private static long Room(PeImage image, PeSection section) => Math.Min(
        section.RawSize,
        image.Sections.Where(s => s.VirtualAddress > section.VirtualAddress).Select(s => (long)s.VirtualAddress)
            .Append(long.MaxValue).Min() - section.VirtualAddress);

    private static List<string> Lines(ReadOnlySpan<byte> bytes, long offset)
    {
        ReadOnlySpan<byte> text = bytes.TrimEnd((byte)0);
        if (!text.StartsWith("sbat,"u8) || text.ContainsAnyExceptInRange((byte)'\n', (byte)'~'))
        {
            throw new ImageFormatException("SBAT", offset, "it does not start with 'sbat,', or is not ASCII");
        }
        return [.. Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
    }

    private static void Skip(Stream stream, long count)
    {
        byte[] buffer = new byte[64 * 1024];
        for (int read; count > 0 && (read = stream.Read(buffer, 0, (int)Math.Min(count, buffer.Length))) > 0;)
        {
            count -= read;
        }
    }
}
