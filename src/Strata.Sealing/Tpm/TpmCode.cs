namespace Strata.Sealing.Tpm;

/// <summary>Response codes (TPM 2.0 Library, part 2, §6.6).</summary>
internal static class TpmCode
{
    public const uint Retry = 0x922; // TPM_RC_RETRY
    public const uint Yielded = 0x908;
    public const uint Testing = 0x90A;
    public const uint Lockout = 0x921;
    public const uint Policy = 0x126; // TPM_RC_POLICY: what TPM2_PolicyNV compares is not so
    public const uint NvUninitialized = 0x14A;

    // of format one: without the number of the parameter, handle or session
    public const uint AuthFailError = 0x8E;
    public const uint HandleError = 0x8B;
    public const uint ValueError = 0x84;
    public const uint SignatureError = 0x9B;
    public const uint PolicyFailError = 0x9D;
    public const uint IntegrityError = 0x9F;
    public const uint BadAuthError = 0xA2;

    /// <summary>The error of a code of format one, without what it is about; else 0.</summary>
    public static uint ErrorOf(uint code) => (code & 0x80) != 0 ? code & 0xBF : 0;
}
