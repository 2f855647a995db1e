using System.Security.Cryptography;
using Strata.Device.Posix;
using Strata.Sealing.Luks;
using Strata.Sealing.Sealed;
using Strata.Sealing.Tpm;

namespace Strata.Init.Sealed;

/// <summary>
/// The key slot that the TPM opens: its secret is random and sealed, and what the TPM made of it is a token in the header of the volume.
/// </summary>
internal static class TpmSlot
{
    private const string Kind = "strata-tpm2";
    private const string PublicPart = "strata-public";
    private const string PrivatePart = "strata-private";
    private const int MostBytes = 2048;
    private const int SecretSize = 32;

    /// <summary>True when a volume has one.</summary>
    public static bool IsIn(LuksVolume volume) => volume.Tokens(Kind).Count > 0;

    /// <summary>Opens a volume; null when none of its tokens opens a slot.</summary>
    /// <exception cref="PolicyException">The policy says no.</exception>
    /// <exception cref="TpmException">The TPM fails.</exception>
    public static byte[]? TryOpen(LuksVolume volume, StateSealer sealer)
    {
        foreach (LuksToken token in volume.Tokens(Kind))
        {
            if (token.Value.Bytes(PublicPart, MostBytes) is byte[] shown && token.Value.Bytes(PrivatePart, MostBytes) is byte[] hidden)
            {
                byte[] secret = sealer.Open(new SealedObject(shown, hidden));
                try
                {
                    if (volume.TryOpen(secret, token.Slots) is byte[] key)
                    {
                        return key;
                    }
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(secret);
                }
            }
        }
        return null;
    }

    /// <summary>Puts one into a volume in place of those there are; the header is not saved yet. False when there is no room.</summary>
    /// <exception cref="PolicyException">The policy says no.</exception>
    /// <exception cref="TpmException">The TPM fails, or does not give back what it sealed.</exception>
    public static bool TryPut(LuksVolume volume, ReadOnlySpan<byte> volumeKey, StateSealer sealer, LuksWrite writeAt)
    {
        byte[] secret = new byte[SecretSize];
        byte[] back = [];
        try
        {
            Entropy.Fill(secret);
            SealedObject item = sealer.Seal(secret);
            back = sealer.Open(item); // what is not opened now is not opened at the next start either
            if (!CryptographicOperations.FixedTimeEquals(secret, back))
            {
                throw new TpmException("the TPM gave back something else than it sealed");
            }
            IReadOnlyList<LuksToken> before = volume.Tokens(Kind);
            if (volume.TryAddSlot(volumeKey, secret, LuksRounds.ForRandom, writeAt) is not string slot)
            {
                return false;
            }
            foreach (LuksToken token in before)
            {
                volume.RemoveToken(token.Number);
                foreach (string old in token.Slots)
                {
                    volume.RemoveSlot(old);
                }
            }
            return volume.TryAddToken(LuksValue.EmptyObject()
                .Set("type", LuksValue.Of(Kind))
                .Set("keyslots", LuksValue.Texts(slot))
                .Set(PublicPart, LuksValue.Of(item.Public.Span))
                .Set(PrivatePart, LuksValue.Of(item.Private.Span)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(back);
        }
    }
}
