using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Formats.Tcg;

namespace Strata.Trust.Attestation;

/// <summary>
/// Values of the registers of a TPM, bank SHA-256, as a machine tells them: lines <c>NUMBER:HEX</c>, as <c>grep . *</c> makes them of
/// <c>/sys/class/tpm/tpm0/pcr-sha256</c>, or <c>NUMBER : 0xHEX</c> of <c>tpm2_pcrread</c>.
/// </summary>
public static class RegisterValues
{
    /// <summary>Bytes that the text may have.</summary>
    public const int LargestText = 16 * 1024;

    private const string FormatName = "registers";

    /// <summary>Reads them.</summary>
    /// <returns>Values by number; at least one.</returns>
    /// <exception cref="ImageFormatException">A line is none, or a register stands there twice.</exception>
    public static IReadOnlyDictionary<int, Sha256Digest> Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > LargestText)
        {
            throw new ImageFormatException(FormatName, 0, $"{text.Length} bytes, expected at most {LargestText}");
        }
        SortedDictionary<int, Sha256Digest> values = [];
        int number = 0;
        foreach (string line in Encoding.ASCII.GetString(text).Split('\n').Select(l => l.Trim()))
        {
            number++;
            if (line.Length == 0 || line == "sha256:")
            {
                continue;
            }
            string[] parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            string hex = parts[^1].StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? parts[^1][2..] : parts[^1];
            if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int register)
                || register >= EventLog.Registers || !Sha256Digest.TryParse(hex.ToLowerInvariant(), out Sha256Digest value)
                || !values.TryAdd(register, value))
            {
                throw new ImageFormatException(
                    FormatName, 0, $"line {number} is not NUMBER:HEX with a number below {EventLog.Registers}, each once, and 64 digits");
            }
        }
        return values.Count > 0 ? values : throw new ImageFormatException(FormatName, 0, "no register is in it");
    }
}
