using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Strata.Editions.Tests.Census;

/// <summary>Reads a key store of Java: the form JKS, version 2, of trusted certificates.</summary>
internal static class JavaCertificates
{
    private const int DigestLength = 20;

    /// <summary>
    /// Name and certificate of each entry; none when it is no such store, or the digest at its end is not that of what is before.
    /// </summary>
    public static IReadOnlySet<string> In(ReadOnlyMemory<byte> store)
    {
        byte[] all = store.ToArray();
        HashSet<string> found = [];
        byte[] data = all[..^DigestLength];
#pragma warning disable CA5350 // the form has no other
        byte[] digest = SHA1.HashData([.. Encoding.BigEndianUnicode.GetBytes("changeit"), .. "Mighty Aphrodite"u8, .. data]);
#pragma warning restore CA5350
        if (!digest.AsSpan().SequenceEqual(all.AsSpan(^DigestLength..)))
        {
            return found;
        }
        int at = 8; // magic and version
        int count = Number();
        for (int i = 0; i < count; i++)
        {
            int kind = Number();
            string name = Text();
            at += sizeof(long); // since when it is trusted
            string type = Text();
            int length = Number();
            found.Add($"{kind} {name} {type} {Convert.ToHexString(SHA256.HashData(data.AsSpan(at, length)))}");
            at += length;
        }
        return at == data.Length ? found : new HashSet<string>();

        int Number()
        {
            at += sizeof(int);
            return BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at - sizeof(int)));
        }

        string Text()
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(at));
            at += sizeof(ushort) + length;
            return Encoding.UTF8.GetString(data, at - length, length);
        }
    }
}
