using Strata.Core;

namespace Strata.Advice.Needs;

/// <summary>What binds somebody who looks for a system.</summary>
/// <param name="For">One of <see cref="NeedWords.For"/>.</param>
/// <param name="Memory">Memory of the machine; null when it does not matter.</param>
/// <param name="Disk">Room for what is downloaded; of a container, for what is in it; null when it does not matter.</param>
/// <param name="Libc">One of <see cref="NeedWords.Libc"/>.</param>
/// <param name="Until">The year until which it has to be supported; null when it does not matter.</param>
/// <param name="Updates">One of <see cref="NeedWords.Updates"/>.</param>
/// <param name="Firmware">One of <see cref="NeedWords.Firmware"/>.</param>
public sealed record Need(
    string For, ByteSize? Memory = null, ByteSize? Disk = null, string Libc = NeedWords.AnyLibc, int? Until = null,
    string Updates = NeedWords.Person, string Firmware = NeedWords.Uefi);

/// <summary>Words of a need, as they stand on the command line and in the rules.</summary>
public static class NeedWords
{
    /// <summary>Any C library will do.</summary>
    public const string AnyLibc = "any";

    /// <summary>A person brings updates.</summary>
    public const string Person = "person";

    /// <summary>Firmware of PCs since about 2010.</summary>
    public const string Uefi = "uefi";

    /// <summary>What it is for.</summary>
    public static IReadOnlyList<string> For { get; } = ["rescue", "old-hardware", "desktop", "container", "device"];

    /// <summary>C library that programs are linked with; <c>none</c> for those that bring it.</summary>
    public static IReadOnlyList<string> Libc { get; } = [AnyLibc, "glibc", "musl", "none"];

    /// <summary>Who brings updates: a person, the machine itself, or something that manages many.</summary>
    public static IReadOnlyList<string> Updates { get; } = [Person, "itself", "fleet"];

    /// <summary>What starts the machine.</summary>
    public static IReadOnlyList<string> Firmware { get; } = [Uefi, "bios"];
}
