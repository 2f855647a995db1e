using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>A section of a kernel image as systemd's stub measures it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">SHA-256 of its bytes in memory.</param>
public sealed record MeasuredSection(string Name, Sha256Digest Digest);

/// <summary>
/// What systemd's stub measures of the image that it is in, in the order in which it does (systemd-stub(7), "TPM PCR notes", version 257).
/// </summary>
/// <remarks>Not supported: several sections of one name, profiles, device trees, from which the stub chooses.</remarks>
public static class MeasuredSections
{
    /// <summary>Public key that signed policies are by.</summary>
    public const string PolicyKey = ".pcrpkey";

    /// <summary>Signed policies, which are about what is measured and so are not measured themselves.</summary>
    public const string PolicySignatures = ".pcrsig";

    private const int BufferSize = 128 * 1024;
    private const int MostZeros = 1 << 20; // of a section in memory behind its bytes of the file; images of ours have none
    private static readonly string[] s_order =
        [".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".uname", ".sbat", PolicyKey];

    // the stub would measure the one that it chooses
    private static readonly string[] s_chosen = [".dtb", ".dtbauto", ".profile", ".hwids", ".efifw"];

    /// <summary>Reads what is measured.</summary>
    /// <param name="file">The image: seekable, it starts at position 0.</param>
    /// <param name="policyKey">Content of <see cref="PolicyKey"/> that it will have; null for what it has.</param>
    /// <exception cref="ImageFormatException">It is no image, or one whose measurements cannot be told.</exception>
    public static IReadOnlyList<MeasuredSection> Read(Stream file, byte[]? policyKey = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        PeImage image = PeImage.Read(file);
        List<MeasuredSection> measured = [];
        foreach (PeSection section in image.Sections)
        {
            if (s_chosen.Contains(section.Name)
                || (s_order.Contains(section.Name) && image.Sections.Count(s => s.Name == section.Name) > 1))
            {
                throw new ImageFormatException(
                    "kernel image", section.RawOffset, $"what the stub measures of {section.Name} is not known before it starts");
            }
        }
        byte[] buffer = new byte[BufferSize];
        foreach (string name in s_order)
        {
            if (name == PolicyKey && policyKey is not null)
            {
                measured.Add(new MeasuredSection(name, Sha256Digest.Of(policyKey)));
            }
            else if (image.Sections.FirstOrDefault(s => s.Name == name) is { VirtualSize: > 0 } section)
            {
                if (section.VirtualSize - section.ContentSize > MostZeros)
                {
                    throw new ImageFormatException(
                        "kernel image", section.RawOffset,
                        $"{name} has {section.VirtualSize - section.ContentSize} zeros behind its bytes, expected at most {MostZeros}");
                }
                measured.Add(new MeasuredSection(name, DigestOf(file, section, buffer)));
            }
        }
        return measured;
    }

    // as it lies in memory: what the file does not have is zero there
    private static Sha256Digest DigestOf(Stream file, PeSection section, byte[] buffer)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        file.Position = section.RawOffset;
        Append(section.ContentSize, file.ReadExactly);
        Append(section.VirtualSize - section.ContentSize, piece => piece.Clear());
        return Sha256Digest.Finish(hash);

        void Append(long count, Filler fill)
        {
            for (long left = count; left > 0;)
            {
                Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(left, BufferSize));
                fill(piece);
                hash.AppendData(piece);
                left -= piece.Length;
            }
        }
    }

    private delegate void Filler(Span<byte> piece);
}
