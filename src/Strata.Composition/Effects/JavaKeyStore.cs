using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Strata.Composition.Effects;

/// <summary>Writes a key store of Java that holds certificates of authorities: the form JKS, version 2.</summary>
/// <remarks>
/// As <c>sun.security.provider.JavaKeyStore</c> of OpenJDK reads it: numbers big-endian, texts as <c>DataOutput.writeUTF</c>, at the end a
/// SHA-1 over the password, a phrase and all before. The password is public; nothing here is secret.
/// </remarks>
internal static class JavaKeyStore
{
    /// <summary>Password of the store of every JDK, <c>storepass</c> in the scripts of Debian's package ca-certificates-java.</summary>
    public const string Password = "changeit";

    private const uint Magic = 0xFEEDFEED;
    private const int Version = 2;
    private const int TrustedCertificate = 2;
    private const string Phrase = "Mighty Aphrodite";
    private const int LongestText = ushort.MaxValue;

    /// <summary>The store.</summary>
    /// <param name="certificates">Certificates as DER by name. Java knows names in lower case alone.</param>
    public static byte[] Write(IEnumerable<KeyValuePair<string, byte[]>> certificates)
    {
        SortedDictionary<string, byte[]> byName = new(StringComparer.Ordinal);
        foreach ((string name, byte[] certificate) in certificates)
        {
            byName[name.ToLowerInvariant()] = certificate;
        }
        using MemoryStream store = new();
        WriteNumber(store, Magic);
        WriteNumber(store, Version);
        WriteNumber(store, (uint)byName.Count);
        foreach ((string name, byte[] certificate) in byName)
        {
            WriteNumber(store, TrustedCertificate);
            WriteText(store, name);
            store.Write(new byte[sizeof(long)]); // since when it is trusted: milliseconds since 1970
            WriteText(store, "X.509");
            WriteNumber(store, (uint)certificate.Length);
            store.Write(certificate);
        }
        byte[] sealedBy = [.. Encoding.BigEndianUnicode.GetBytes(Password), .. Encoding.ASCII.GetBytes(Phrase), .. store.ToArray()];
#pragma warning disable CA5350 // the form asks for it, and nobody's trust hangs on it
        store.Write(SHA1.HashData(sealedBy));
#pragma warning restore CA5350
        return store.ToArray();
    }

    private static void WriteNumber(MemoryStream store, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        store.Write(bytes);
    }

    private static void WriteText(MemoryStream store, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)Math.Min(bytes.Length, LongestText));
        store.Write(length);
        store.Write(bytes.AsSpan(0, Math.Min(bytes.Length, LongestText)));
    }
}
