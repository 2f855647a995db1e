namespace Strata.Packages.Releases;

/// <summary>What the status lines of <c>gpgv</c> say (GnuPG, doc/DETAILS, "Format of the status fd output").</summary>
internal sealed class GpgvStatus
{
    private GpgvStatus(IReadOnlyList<string> fingerprints, IReadOnlyList<string> unknownKeys, string? problem) =>
        (Fingerprints, UnknownKeys, Problem) = (fingerprints, unknownKeys, problem);

    /// <summary>Primary keys with a good signature.</summary>
    public IReadOnlyList<string> Fingerprints { get; }

    /// <summary>Long ids of keys that signed and are in no keyring.</summary>
    public IReadOnlyList<string> UnknownKeys { get; }

    /// <summary>Why the text is not to be trusted; null when it is.</summary>
    public string? Problem { get; }

    /// <summary>
    /// Reads them. Each signature is a group after <c>NEWSIG</c>. A group counts when it has <c>GOODSIG</c> and <c>VALIDSIG</c> with a strong
    /// digest; signatures by unknown, expired or revoked keys do not count; a signature that does not fit the text spoils everything.
    /// </summary>
    /// <param name="status">The lines.</param>
    /// <param name="mostTexts">Texts that may come with the signatures: 1, or 0 when they are in a file of their own.</param>
    public static GpgvStatus Read(string status, int mostTexts)
    {
        List<string> good = [];
        List<string> unknown = [];
        List<string> passedOver = [];
        int texts = 0;
        bool isGood = false;
        foreach (string line in status.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0] != "[GNUPG:]")
            {
                continue;
            }
            switch (words[1])
            {
                case "NEWSIG":
                    isGood = false;
                    break;
                case "PLAINTEXT":
                    texts++;
                    break;
                case "GOODSIG":
                    isGood = true;
                    break;
                case "EXPSIG" or "EXPKEYSIG" or "REVKEYSIG" when words.Length > 2:
                    isGood = false;
                    passedOver.Add($"{Describe(words[1])} {words[2]}");
                    break;
                case "VALIDSIG" when isGood && words.Length >= 12:
                    isGood = false;
                    if (IsStrong(words[9]))
                    {
                        good.Add(words[11]);
                    }
                    else
                    {
                        passedOver.Add($"weak digest algorithm {words[9]} used by key {words[2]}");
                    }
                    break;
                case "NO_PUBKEY" when words.Length > 2:
                    unknown.Add(words[2]);
                    break;
                case "BADSIG":
                    string key = words.ElementAtOrDefault(2) ?? "without name";
                    return new GpgvStatus([], unknown, $"the signature of key {key} does not fit the text; it was altered");
                default:
                    break;
            }
        }
        string? problem = texts > mostTexts ? mostTexts == 0 ? "the signature holds a text of its own"
            : "it holds more than one signed text"
            : good.Count > 0 ? null
            : passedOver.Count > 0 ? string.Join(", ", passedOver)
            : unknown.Count > 0 ? "no key that is trusted signed it"
            : "it has no signature that could be checked";
        return new GpgvStatus(problem is null ? good : [], unknown, problem);
    }

    // RFC 9580 §9.5: 8 SHA2-256, 9 SHA2-384, 10 SHA2-512, 12 SHA3-256, 14 SHA3-512; MD5, SHA-1 and RIPEMD-160 do not count.
    private static bool IsStrong(string algorithm) => algorithm is "8" or "9" or "10" or "12" or "14";

    private static string Describe(string status) => status switch
    {
        "EXPSIG" => "the signature has expired, of key",
        "EXPKEYSIG" => "signed with an expired key,",
        _ => "signed with a revoked key,",
    };
}
