namespace Strata.Sealing.Tpm;

/// <summary>What a TPM sealed: it can be kept anywhere, and only that TPM opens it.</summary>
/// <param name="Public">TPMT_PUBLIC: its policy among it.</param>
/// <param name="Private">The secret, encrypted by the storage key.</param>
public sealed record SealedObject(ReadOnlyMemory<byte> Public, ReadOnlyMemory<byte> Private);
