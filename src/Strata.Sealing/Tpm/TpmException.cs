using System.Globalization;

namespace Strata.Sealing.Tpm;

/// <summary>A TPM refused a command, or answered what cannot be understood.</summary>
public sealed class TpmException : Exception
{
    /// <summary>The TPM refused.</summary>
    /// <param name="command">Which command: <c>Unseal</c>.</param>
    /// <param name="code">The response code (TPM 2.0 Library, part 2, §6.6).</param>
    public TpmException(string command, uint code)
        : base($"the TPM refused {command}: {Described(code)}") => Code = code;

    /// <summary>The answer cannot be understood.</summary>
    public TpmException(string message) : base(message)
    {
    }

    /// <summary>The response code; 0 when the answer could not be understood.</summary>
    public uint Code { get; }

    /// <summary>True when too many wrong answers have locked the TPM for a while.</summary>
    public bool IsLockout => Code == TpmCode.Lockout;

    /// <summary>True when what it was asked for is not there: a handle, an index.</summary>
    public bool IsMissing => TpmCode.ErrorOf(Code) is TpmCode.HandleError || Code == TpmCode.NvUninitialized;

    /// <summary>True when a policy is not satisfied.</summary>
    public bool IsPolicy => TpmCode.ErrorOf(Code) is TpmCode.PolicyFailError || Code == TpmCode.Policy;

    /// <summary>True when a signature is wrong.</summary>
    public bool IsSignature => TpmCode.ErrorOf(Code) is TpmCode.SignatureError;

    private static string Described(uint code)
    {
        string words = code == TpmCode.Lockout ? "too many wrong answers have locked it for a while"
            : code == TpmCode.NvUninitialized ? "nothing was written there"
            : code == TpmCode.Policy ? "its policy is not satisfied"
            : TpmCode.ErrorOf(code) switch
            {
                TpmCode.PolicyFailError => "its policy is not satisfied",
                TpmCode.ValueError => "a value is not what it expects",
                TpmCode.IntegrityError => "it was not made by this TPM, or this TPM was cleared since",
                TpmCode.SignatureError => "a signature is wrong",
                TpmCode.HandleError => "there is no such thing",
                TpmCode.AuthFailError or TpmCode.BadAuthError => "it wants a password",
                _ => "",
            };
        string number = string.Create(CultureInfo.InvariantCulture, $"code 0x{code:x3}");
        return words.Length == 0 ? number : $"{words} ({number})";
    }
}
