using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;

namespace Strata.Inventory.Bills;

/// <summary>A name for a bill that no other bill has, and that the same bill always gets.</summary>
internal static class BillIdentity
{
    /// <summary>A UUID of version 8 (RFC 9562 §5.8), out of the digest of everything that the bill lists.</summary>
    public static Guid Of(Bill bill)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add("bill 1", bill.Edition, bill.Version, bill.Tool, bill.Lock.ToString(), bill.OnlyLayer ?? "");
        foreach (BillLayer layer in bill.Layers)
        {
            Add("layer", layer.Name, layer.Digest?.ToString() ?? "");
        }
        foreach (BillPackage package in bill.Packages)
        {
            Add("package", package.Role.ToString(), package.Name, package.Sha256.ToString(),
                package.Licence ?? "", string.Join(' ', package.Layers));
        }
        foreach (BillFile file in bill.Files)
        {
            Add("file", file.Path, file.Sha256.ToString(), string.Join(' ', file.Layers));
        }
        Add("kernel", bill.Kernel?.Image.ToString() ?? "");
        foreach (BillProgram program in bill.Programs)
        {
            Add("program", program.Name, program.Sources.ToString());
        }
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        hash.GetHashAndReset(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80); // version 8
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80); // the variant of RFC 9562
        return new Guid(bytes[..16], bigEndian: true);

        void Add(params ReadOnlySpan<string> texts)
        {
            foreach (string text in texts)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length} {text}\n")));
            }
        }
    }

    /// <summary>The time of a bill as both forms want it: UTC, whole seconds.</summary>
    public static string TimeOf(Bill bill) => bill.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Name of a file or of an element of which the path is the only identity: letters and digits.</summary>
    public static string NameOf(string path) => Sha256Digest.Of(Encoding.UTF8.GetBytes(path)).ToString()[..24];
}
