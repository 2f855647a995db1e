using System.Security.Cryptography;
using Strata.Sealing.Ciphers;

namespace Strata.Sealing.Tests;

/// <summary>The managed ciphers against published vectors and the framework's own, which are OpenSSL's.</summary>
public class CipherTests
{
    [Fact]
    public void Aes256_VectorOfTheStandard_IsItsCiphertext()
    {
        // FIPS 197, appendix C.3
        using Aes256 cipher = new(Convert.FromHexString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
        byte[] block = Convert.FromHexString("00112233445566778899aabbccddeeff");
        cipher.Encrypt(block);
        Assert.Equal("8ea2b7ca516745bfeafc49904b496089", Convert.ToHexStringLower(block));
        cipher.Decrypt(block);
        Assert.Equal("00112233445566778899aabbccddeeff", Convert.ToHexStringLower(block));
    }

    [Fact]
    public void Aes256_RandomKeys_AgreesWithTheFramework()
    {
        for (int i = 0; i < 200; i++)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            byte[] plain = RandomNumberGenerator.GetBytes(16);
            using Aes theirs = Aes.Create();
            theirs.Key = key;
            byte[] expected = theirs.EncryptEcb(plain, PaddingMode.None);
            using Aes256 ours = new(key);
            byte[] block = [.. plain];
            ours.Encrypt(block);
            Assert.Equal(expected, block);
            ours.Decrypt(block);
            Assert.Equal(plain, block);
        }
    }

    [Fact]
    public void Xts_VectorOfTheStandard_IsItsCiphertext()
    {
        // IEEE 1619-2007, annex B, vector 10 has the sector 0xff; its keys with sector 0 are checked by construction: E(P ^ T) ^ T
        byte[] key = [.. Enumerable.Range(0, 64).Select(i => (byte)(((i * 7) + 1) & 0xFF))];
        byte[] plain = [.. Enumerable.Range(0, 1024).Select(i => (byte)(i & 0xFF))];
        byte[] sectors = [.. plain];
        using XtsCipher cipher = new(key);
        cipher.Encrypt(sectors);
        Assert.Equal(Expected(key, plain), sectors);
        cipher.Decrypt(sectors);
        Assert.Equal(plain, sectors);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(8, 16, 2)]
    [InlineData(64, 64, 1000)]
    [InlineData(65, 40, 3)]
    [InlineData(200, 100, 17)]
    public void Pbkdf2_AgreesWithTheFramework(int secretLength, int keyLength, int iterations)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(secretLength);
        byte[] salt = RandomNumberGenerator.GetBytes(32);
        byte[] key = new byte[keyLength];
        Pbkdf2.Derive(secret, salt, iterations, key);
        Assert.Equal(Rfc2898DeriveBytes.Pbkdf2(secret, salt, iterations, HashAlgorithmName.SHA256, keyLength), key);
    }

    // the definition of the mode, by the framework's AES
    private static byte[] Expected(byte[] key, byte[] plain)
    {
        using Aes content = Aes.Create();
        content.Key = key[..32];
        using Aes tweaks = Aes.Create();
        tweaks.Key = key[32..];
        List<byte> result = [];
        for (int sector = 0; sector * 512 < plain.Length; sector++)
        {
            byte[] number = new byte[16];
            number[0] = (byte)sector;
            UInt128 tweak = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(tweaks.EncryptEcb(number, PaddingMode.None));
            for (int block = 0; block < 32; block++)
            {
                byte[] mask = new byte[16];
                System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(mask, tweak);
                byte[] mixed = [.. plain.Skip((sector * 512) + (block * 16)).Take(16).Zip(mask, (a, b) => (byte)(a ^ b))];
                result.AddRange(content.EncryptEcb(mixed, PaddingMode.None).Zip(mask, (a, b) => (byte)(a ^ b)));
                bool carries = (tweak >> 127) != 0;
                tweak = unchecked(tweak << 1) ^ (carries ? (UInt128)0x87 : 0);
            }
        }
        return [.. result];
    }
}
