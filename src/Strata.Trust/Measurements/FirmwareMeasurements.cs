using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Strata.Core;
using Strata.Trust.Firmware;

namespace Strata.Trust.Measurements;

/// <summary>
/// What firmware measures when it starts an image (TCG PC Client Platform Firmware Profile 1.06, sections 3.3.4 and 10.4): register 4 has
/// the programs, register 7 whom it believes.
/// </summary>
public static class FirmwareMeasurements
{
    /// <summary>Register of the programs that firmware starts.</summary>
    public const int Programs = 4;

    /// <summary>Register of Secure Boot.</summary>
    public const int Keys = 7;

    // the digest of four zero bytes: from here on it is no longer the firmware alone that measures
    private static ExpectedEvent Separator => new("separator", Sha256Digest.Of(new byte[4]));

    /// <summary>Register 4.</summary>
    /// <param name="programs">
    /// Digests of the programs (<see cref="Formats.Pe.Authenticode.Digest"/>), in the order in which they start.
    /// </param>
    public static IReadOnlyList<ExpectedEvent> OfPrograms(IEnumerable<ExpectedEvent> programs) =>
    [
        new("call of a boot option", Sha256Digest.Of("Calling EFI Application from Boot Option"u8)), Separator, .. programs,
    ];

    /// <summary>
    /// Register 7 of firmware that has the owner's keys, with Secure Boot; null where the folder of keys does not tell them.
    /// </summary>
    /// <param name="enrolment">Files by name: <c>PK.auth</c> ... (<see cref="EnrolmentFiles.Read"/>).</param>
    /// <param name="signer">Whose signature the programs have.</param>
    public static IReadOnlyList<ExpectedEvent>? OfKeys(IReadOnlyDictionary<string, byte[]> enrolment, X509Certificate2 signer)
    {
        ArgumentNullException.ThrowIfNull(enrolment);
        ArgumentNullException.ThrowIfNull(signer);
        byte[] allowed = Content(enrolment, "db.auth");
        int at = allowed.AsSpan().IndexOf(signer.RawData);
        if (at < 16)
        {
            return null;
        }
        return
        [
            .. Variables(
                [1], Content(enrolment, "PK.auth"), Content(enrolment, "KEK.auth"), allowed, Content(enrolment, EnrolmentFiles.Revoked)),
            // EV_EFI_VARIABLE_AUTHORITY: the entry that a program was believed by, once for all that it is said of
            Variable("authority db", FirmwareVariable.Allowed, allowed[(at - 16)..(at + signer.RawData.Length)]),
        ];
    }

    /// <summary>
    /// Register 7 of firmware that knows no Secure Boot, as that of virtual machines without it: all variables are missing.
    /// </summary>
    public static IReadOnlyList<ExpectedEvent> WithoutKeys => [.. Variables([], [], [], [], [])];

    private static IEnumerable<ExpectedEvent> Variables(byte[] isOn, byte[] platform, byte[] exchange, byte[] allowed, byte[] forbidden) =>
    [
        Variable("SecureBoot", FirmwareVariable.PlatformKey with { Name = "SecureBoot" }, isOn),
        Variable("PK", FirmwareVariable.PlatformKey, platform), Variable("KEK", FirmwareVariable.ExchangeKeys, exchange),
        Variable("db", FirmwareVariable.Allowed, allowed), Variable("dbx", FirmwareVariable.Forbidden, forbidden), Separator,
    ];

    // UEFI_VARIABLE_DATA (section 10.2.6): name space, both lengths, name in UTF-16, content
    private static ExpectedEvent Variable(string what, FirmwareVariable variable, byte[] content)
    {
        byte[] name = Encoding.Unicode.GetBytes(variable.Name);
        byte[] lengths = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(lengths, variable.Name.Length);
        BinaryPrimitives.WriteInt64LittleEndian(lengths.AsSpan(8), content.Length);
        return new ExpectedEvent(what, Sha256Digest.Of([.. variable.Vendor.ToByteArray(), .. lengths, .. name, .. content]));
    }

    // behind the time (16 bytes) and the signature, whose length comes first: what the variable will hold
    private static byte[] Content(IReadOnlyDictionary<string, byte[]> enrolment, string name)
    {
        const int Time = 16;
        if (!enrolment.TryGetValue(name, out byte[]? file) || file.Length < Time + 4)
        {
            return [];
        }
        long start = Time + (long)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(Time));
        return start <= file.Length ? file[(int)start..] : [];
    }
}
