namespace Strata.Blueprints;

/// <summary>
/// What the words may be that an edition gives its kernel: whatever a build accepts reaches the kernel whole, from every medium.
/// </summary>
public static class KernelCommandLine
{
    /// <summary>
    /// Most characters. x86 Linux takes 2047 (COMMAND_LINE_SIZE less its NUL). ISOLINUX adds <c>BOOT_IMAGE=/boot/vmlinuz</c> and
    /// <c>initrd=/boot/initrd.img</c>, iPXE under UEFI <c>vmlinuz initrd=initrd.img</c>; ISOLINUX then cuts off what is too long.
    /// </summary>
    public const int MaxLength = 1990;

    private static readonly string[] s_ipxeSeparators = [";", "||", "&&"];

    /// <summary>The rule that a command line breaks whatever the medium, or null.</summary>
    public static string? ProblemOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Any(c => c is < ' ' or > '~') ? "it has a character that is not printable ASCII"
            : text.Length > MaxLength ? $"it has {text.Length} characters; {MaxLength} are what every boot loader passes on"
            : Words(text).FirstOrDefault(w => w.StartsWith("initrd=", StringComparison.Ordinal)) is string word
                ? $"'{word}' names a file to the boot loader; the initramfs is part of the image"
            : Words(text) is ["-"] ? "'-' alone means no words to ISOLINUX"
            : null;
    }

    /// <summary>
    /// What iPXE would make of a command line in a script, or null when it passes it on as it is. It has no quotes: it splits at blanks,
    /// ends the command at <c>;</c>, <c>||</c> and <c>&amp;&amp;</c>, takes a word with <c>#</c> in front for a comment and expands
    /// <c>${…}</c>.
    /// </summary>
    public static string? ProblemInIpxe(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Words(text).FirstOrDefault(s_ipxeSeparators.Contains) is string separator
            ? $"at '{separator}' between blanks iPXE ends the command"
            : Words(text).FirstOrDefault(w => w.StartsWith('#')) is string comment
                ? $"iPXE takes '{comment}' and what follows for a comment"
            : text.Contains("${", StringComparison.Ordinal) ? "iPXE replaces '${…}' by a setting of its own"
            : text.EndsWith('\\') ? "iPXE joins the next line where one ends with '\\'"
            : HasBlanksInQuotes(text) ? "iPXE makes one blank of several, within quotes too"
            : null;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // as the kernel reads quotes (lib/cmdline.c, next_arg): only double ones count
    private static bool HasBlanksInQuotes(string text) =>
        text.Split('"').Where((_, place) => place % 2 != 0).Any(p => p.Contains("  ", StringComparison.Ordinal));
}
