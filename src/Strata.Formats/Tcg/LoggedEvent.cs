using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Tcg;

/// <summary>An event of an <see cref="EventLog"/>.</summary>
/// <param name="Register">The register that it extended.</param>
/// <param name="Type">What kind it is (section 10.4.1).</param>
/// <param name="Digest">By what, in the bank SHA-256.</param>
/// <param name="Data">What firmware says of it. Of some kinds the digest is of these bytes, of others they are only a hint.</param>
public sealed record LoggedEvent(int Register, uint Type, Sha256Digest Digest, ReadOnlyMemory<byte> Data)
{
    /// <summary>EV_NO_ACTION: a note that extends nothing.</summary>
    internal const uint NoAction = 3;

    private const int LongestText = 120;

    private static readonly Dictionary<uint, string> s_types = new()
    {
        [0x00000001] = "EV_POST_CODE", [0x00000003] = "EV_NO_ACTION", [0x00000004] = "EV_SEPARATOR", [0x00000005] = "EV_ACTION",
        [0x00000006] = "EV_EVENT_TAG", [0x00000007] = "EV_S_CRTM_CONTENTS", [0x00000008] = "EV_S_CRTM_VERSION",
        [0x00000009] = "EV_CPU_MICROCODE", [0x0000000A] = "EV_PLATFORM_CONFIG_FLAGS", [0x0000000B] = "EV_TABLE_OF_DEVICES",
        [0x0000000C] = "EV_COMPACT_HASH", [0x0000000D] = "EV_IPL", [0x0000000E] = "EV_IPL_PARTITION_DATA",
        [0x0000000F] = "EV_NONHOST_CODE", [0x00000010] = "EV_NONHOST_CONFIG", [0x00000011] = "EV_NONHOST_INFO",
        [0x80000001] = "EV_EFI_VARIABLE_DRIVER_CONFIG", [0x80000002] = "EV_EFI_VARIABLE_BOOT",
        [0x80000003] = "EV_EFI_BOOT_SERVICES_APPLICATION", [0x80000004] = "EV_EFI_BOOT_SERVICES_DRIVER",
        [0x80000005] = "EV_EFI_RUNTIME_SERVICES_DRIVER", [0x80000006] = "EV_EFI_GPT_EVENT", [0x80000007] = "EV_EFI_ACTION",
        [0x80000008] = "EV_EFI_PLATFORM_FIRMWARE_BLOB", [0x80000009] = "EV_EFI_HANDOFF_TABLES",
        [0x8000000A] = "EV_EFI_PLATFORM_FIRMWARE_BLOB2", [0x8000000B] = "EV_EFI_HANDOFF_TABLES2", [0x8000000C] = "EV_EFI_VARIABLE_BOOT2",
        [0x80000010] = "EV_EFI_HCRTM_EVENT", [0x800000E0] = "EV_EFI_VARIABLE_AUTHORITY", [0x800000E1] = "EV_EFI_SPDM_FIRMWARE_BLOB",
    };

    /// <summary>True for what extended its register.</summary>
    public bool Extends => Type != NoAction;

    /// <summary>The kind as the specification names it.</summary>
    public string TypeName => s_types.GetValueOrDefault(Type) ?? string.Create(CultureInfo.InvariantCulture, $"0x{Type:x8}");

    /// <summary>How register 0 began, where the event says so (section 10.4.5.3).</summary>
    internal byte? StartupLocality =>
        Type == NoAction && Register == 0 && Data.Length == 17 && Data.Span.StartsWith("StartupLocality\0"u8) ? Data.Span[16] : null;

    /// <summary>
    /// What firmware says of it, for people: name of a variable, path of a program, text; empty for what is no text. At most 120 visible
    /// characters, whatever the log has.
    /// </summary>
    public string Text
    {
        get
        {
            string text = Type switch
            {
                0x80000001 or 0x80000002 or 0x8000000C or 0x800000E0 => VariableName(Data.Span),
                0x80000003 or 0x80000004 or 0x80000005 => ProgramPath(Data.Span),
                0x00000004 => "",
                0x00000006 => Data.Length > 8 ? Plain(Data.Span[8..]) : "",
                _ => Plain(Data.Span),
            };
            return new string([.. text.TakeWhile(c => c != '\0').Take(LongestText)
                .Select(c => char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? '?' : c)]);
        }
    }

    // UEFI_VARIABLE_DATA (section 10.2.6): name space, u64 characters of the name, u64 bytes of the content, name in UTF-16
    private static string VariableName(ReadOnlySpan<byte> data)
    {
        const int Name = 32;
        ulong characters = data.Length >= Name ? BinaryPrimitives.ReadUInt64LittleEndian(data[16..]) : 0;
        return characters is > 0 and <= 1024 && Name + (2 * (int)characters) <= data.Length
            ? Encoding.Unicode.GetString(data.Slice(Name, 2 * (int)characters)) : "";
    }

    // UEFI_IMAGE_LOAD_EVENT (section 10.2.3): place, length, address, u64 length of a device path; of that the nodes that name files
    private static string ProgramPath(ReadOnlySpan<byte> data)
    {
        const int Path = 32;
        ulong length = data.Length >= Path ? BinaryPrimitives.ReadUInt64LittleEndian(data[24..]) : 0;
        if (length > (ulong)Math.Max(data.Length - Path, 0))
        {
            return "";
        }
        StringBuilder path = new();
        for (int at = Path, end = Path + (int)length; end - at >= 4;)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(data[(at + 2)..]); // UEFI specification, section 10.3.1
            if (size < 4 || size > end - at)
            {
                break;
            }
            if ((data[at], data[at + 1]) == (4, 4)) // a file path (section 10.3.5.4)
            {
                path.Append(Encoding.Unicode.GetString(data[(at + 4)..(at + size - (size % 2))]).TrimEnd('\0'));
            }
            at += size;
        }
        return path.ToString();
    }

    // text of one or of two bytes a character, as firmware likes it; nothing where it is neither
    private static string Plain(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> text = data[..Math.Min(data.Length, 4 * LongestText)];
        bool isWide = text.Length >= 4 && text[1] == 0 && text[3] == 0;
        string read = isWide ? Encoding.Unicode.GetString(text[..(text.Length & ~1)]) : Encoding.ASCII.GetString(text.TrimEnd((byte)0));
        return read.TrimEnd('\0').All(c => c is >= ' ' and <= '~') ? read : "";
    }
}
