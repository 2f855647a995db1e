namespace Strata.Packages.Releases;

/// <summary>The outer form of a clear-signed document (RFC 9580 §7): one signed text, one block of signatures, nothing around them.</summary>
internal static class ClearSigned
{
    /// <summary>What is wrong with the form; null when it is right. Says nothing of the signature.</summary>
    public static string? ProblemOf(ReadOnlySpan<byte> document)
    {
        if (!document.StartsWith("-----BEGIN PGP SIGNED MESSAGE-----\n"u8))
        {
            return "it is no signed text";
        }
        ReadOnlySpan<byte> rest = document.TrimEnd((byte)'\n');
        if (!rest.EndsWith("\n-----END PGP SIGNATURE-----"u8))
        {
            return "something follows the signature, or it was cut off";
        }
        // Lines of the text that start with a dash are escaped as "- -", so armour lines occur only where armour is.
        return Count(document, "-----BEGIN PGP SIGNED MESSAGE-----"u8) != 1
            || Count(document, "\n-----BEGIN PGP SIGNATURE-----"u8) != 1
            || Count(document, "\n-----END PGP "u8) != 1
            || Count(document, "\n-----BEGIN PGP "u8) != 1
            ? "it holds more than one signed text"
            : null;
    }

    private static int Count(ReadOnlySpan<byte> document, ReadOnlySpan<byte> line)
    {
        int count = 0;
        for (int at = document.IndexOf(line); at >= 0; at = document.IndexOf(line))
        {
            count++;
            document = document[(at + line.Length)..];
        }
        return count;
    }
}
