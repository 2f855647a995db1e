using System.Buffers.Binary;
using System.Text;
using Strata.Testing;
using static Strata.Boot.Tests.SecureBootBench;

namespace Strata.Boot.Tests;

/// <summary>
/// Files beside a kernel image whose words systemd's stub adds to the image's own (systemd-stub(7), <c>.addon.efi</c>), as anybody can make
/// them who can write to the boot partition.
/// </summary>
internal static class Addon
{
    private const string Folder = "::/EFI/Linux/owned_1.efi.extra.d";

    /// <summary>Makes one, without a signature.</summary>
    public static string Write(TemporaryFolder folder, string name, string words)
    {
        string? stub = Environment.GetEnvironmentVariable("STRATA_TEST_STUB");
        Skip.If(stub is null, "STRATA_TEST_STUB is not set; './test' sets it");
        File.WriteAllBytes(folder[name], Of(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(stub)!, "addonx64.efi.stub")), words));
        return folder[name];
    }

    /// <summary>Signs one, with a program of others.</summary>
    public static string Sign(TemporaryFolder folder, string file, string key, string certificate)
    {
        string signed = file + ".signed";
        (int code, string output) = Oracle.Run("sbsign", "--key", folder[key], "--cert", folder[certificate], "--output", signed, file);
        Assert.True(code == 0, output);
        return signed;
    }

    /// <summary>A copy of a disk image with addons beside its kernel image.</summary>
    public static string Beside(TemporaryFolder folder, string image, params string[] addons)
    {
        string copy = folder["addons.img"];
        File.Copy(image, copy);
        MakeFolder(copy, Folder);
        for (int i = 0; i < addons.Length; i++)
        {
            Copy(copy, addons[i], $"{Folder}/{i}.addon.efi");
        }
        return copy;
    }

    // one more section behind all others; the stub's table of sections has room
    private static byte[] Of(byte[] stub, string words)
    {
        int coff = BinaryPrimitives.ReadInt32LittleEndian(stub.AsSpan(0x3C)) + 4;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(stub.AsSpan(coff + 2));
        int optional = coff + 20;
        int header = optional + BinaryPrimitives.ReadUInt16LittleEndian(stub.AsSpan(coff + 16)) + (count * 40);
        int inMemory = BinaryPrimitives.ReadInt32LittleEndian(stub.AsSpan(optional + 32));
        int inFile = BinaryPrimitives.ReadInt32LittleEndian(stub.AsSpan(optional + 36));
        int size = BinaryPrimitives.ReadInt32LittleEndian(stub.AsSpan(optional + 56));
        Assert.True(header + 40 <= BinaryPrimitives.ReadInt32LittleEndian(stub.AsSpan(optional + 60)), "no room for a section");
        int start = RoundUp(stub.Length, inFile);
        byte[] made = new byte[start + RoundUp(words.Length, inFile)];
        stub.CopyTo(made, 0);
        Encoding.ASCII.GetBytes(words, made.AsSpan(start));
        Span<byte> section = made.AsSpan(header, 40);
        section.Clear();
        ".cmdline"u8.CopyTo(section);
        BinaryPrimitives.WriteInt32LittleEndian(section[8..], words.Length);
        BinaryPrimitives.WriteInt32LittleEndian(section[12..], size);
        BinaryPrimitives.WriteInt32LittleEndian(section[16..], made.Length - start);
        BinaryPrimitives.WriteInt32LittleEndian(section[20..], start);
        BinaryPrimitives.WriteInt32LittleEndian(section[36..], 0x4000_0040); // initialised data that is read
        BinaryPrimitives.WriteUInt16LittleEndian(made.AsSpan(coff + 2), (ushort)(count + 1));
        BinaryPrimitives.WriteInt32LittleEndian(made.AsSpan(optional + 56), size + RoundUp(words.Length, inMemory));
        return made;
    }

    private static int RoundUp(int value, int to) => (value + to - 1) / to * to;
}
