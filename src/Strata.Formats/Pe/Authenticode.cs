using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>Digest of an image that Secure Boot signatures cover ("Windows Authenticode Portable Executable Signature Format", 2008).</summary>
public static class Authenticode
{
    private const int BufferSize = 128 * 1024;

    /// <summary>SHA-256 of the image without its checksum, the directory entry of its certificates, and the certificates.</summary>
    /// <remarks>
    /// Signed and unsigned, the same image has the same digest: as certificates begin at a multiple of 8, zeros up to there belong to what
    /// is signed (<see cref="CertificateTable"/>).
    /// </remarks>
    /// <param name="file">The file: seekable, it starts at position 0.</param>
    /// <exception cref="ImageFormatException">It is no PE32+ image, or its certificates are not at its end.</exception>
    public static Sha256Digest Digest(Stream file)
    {
        PeImage image = PeImage.Read(file);
        long end = image.CertificatesSize == 0 ? image.Length : image.CertificatesOffset;
        if (image.CertificatesSize != 0 && end + image.CertificatesSize != image.Length)
        {
            throw new ImageFormatException("PE image", image.CertificatesOffset, "the certificates are not at the end of the file");
        }
        if (end < image.SizeOfHeaders || image.Sections.Any(s => s.RawSize != 0 && ((long)s.RawOffset + s.RawSize > end || s.RawOffset < image.SizeOfHeaders)))
        {
            throw new ImageFormatException("PE image", image.SectionTableOffset, "a section overlaps the headers or the certificates");
        }
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferSize];
        int checksum = image.OptionalOffset + PeImage.At.CheckSum;
        int security = image.OptionalOffset + PeImage.At.SecurityDirectory;
        Append(0, checksum);
        if (image.HasSecurityDirectory)
        {
            Append(checksum + 4, security);
            Append(security + 8, image.SizeOfHeaders);
        }
        else
        {
            Append(checksum + 4, image.SizeOfHeaders);
        }
        // The sections in file order, without any gaps between them (steps 9 to 12), then what follows the last one (step 14).
        long hashed = image.SizeOfHeaders;
        foreach (PeSection section in image.Sections.Where(s => s.RawSize != 0).OrderBy(s => s.RawOffset))
        {
            Append(section.RawOffset, (long)section.RawOffset + section.RawSize);
            hashed += section.RawSize;
        }
        Append(hashed, end);
        hash.AppendData(stackalloc byte[(int)(-end & 7)]);
        return Sha256Digest.Finish(hash);

        void Append(long from, long to)
        {
            file.Position = Math.Min(from, to);
            for (long left = to - from; left > 0;)
            {
                int count = (int)Math.Min(left, BufferSize);
                file.ReadExactly(buffer, 0, count);
                hash.AppendData(buffer, 0, count);
                left -= count;
            }
        }
    }
}
