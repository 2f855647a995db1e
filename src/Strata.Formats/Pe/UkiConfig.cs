using System.Text;
using Strata.Formats.Streams;

namespace Strata.Formats.Pe;

/// <summary>Bytes of known length that can be read more than once.</summary>
/// <param name="Size">Length in bytes.</param>
/// <param name="Open">Opens them from the start; the same bytes every time.</param>
public sealed record UkiContent(long Size, Func<Stream> Open)
{
    /// <summary>Bytes at hand.</summary>
    public static UkiContent Of(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new(bytes.Length, () => new MemoryStream(bytes, writable: false));
    }

    /// <summary>One behind the other.</summary>
    public static UkiContent Join(UkiContent first, UkiContent second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new(first.Size + second.Size, () => new JoinedStream(first.Open(), second.Open()));
    }

    /// <summary>UTF-8 of a text, without a NUL after it.</summary>
    public static UkiContent Of(string text) => Of(Encoding.UTF8.GetBytes(text));
}

/// <summary>What goes into a unified kernel image (UAPI.5).</summary>
public sealed record UkiConfig
{
    /// <summary>systemd's stub for the CPU: the program that starts the kernel.</summary>
    public required ReadOnlyMemory<byte> Stub { get; init; }

    /// <summary>Kernel with EFI stub: a bzImage on x86-64, an uncompressed Image on arm64.</summary>
    public required UkiContent Linux { get; init; }

    /// <summary>Initial RAM file system; null for none.</summary>
    public UkiContent? Initrd { get; init; }

    /// <summary>Kernel command line; may be empty, and is then still there so that nobody else can supply one.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Text of <c>/etc/os-release</c>; boot menus show its names.</summary>
    public required string OsRelease { get; init; }

    /// <summary>What <c>uname -r</c> will say; null when not known.</summary>
    public string? Uname { get; init; }

    /// <summary>Picture shown at start, in BMP format; null for none.</summary>
    public UkiContent? Splash { get; init; }

    /// <summary>CPU microcode, as an initrd of its own; null for none.</summary>
    public UkiContent? Microcode { get; init; }

    /// <summary>Compiled device trees; the stub chooses one.</summary>
    public IReadOnlyList<UkiContent> DeviceTrees { get; init; } = [];

    /// <summary>SBAT lines of this image, each <c>component,generation,vendor,package,version,url</c>; those of stub and kernel are kept.</summary>
    public IReadOnlyList<string> Sbat { get; init; } = [];
}
