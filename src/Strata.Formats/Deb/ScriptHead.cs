using System.Text;

namespace Strata.Formats.Deb;

/// <summary>The first line of a script, as Linux reads it (fs/binfmt_script.c).</summary>
public static class ScriptHead
{
    /// <summary>The kernel looks at so many bytes of a file (linux/binfmts.h, BINPRM_BUF_SIZE).</summary>
    public const int Size = 256;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What a file names behind <c>#!</c>, with its argument; empty for what is no script, or one that no kernel starts.</summary>
    /// <param name="file">The file, or its first <see cref="Size"/> bytes.</param>
    public static string InterpreterOf(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> head = file[..Math.Min(file.Length, Size)];
        if (!head.StartsWith("#!"u8))
        {
            return "";
        }
        int end = head.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? head : head[..end])[2..].Trim(" \t"u8);
        bool isCut = end < 0 && head.Length == Size && line.IndexOfAny((byte)' ', (byte)'\t') < 0;
        if (isCut || line.Contains((byte)0))
        {
            return "";
        }
        try
        {
            return s_utf8.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return "";
        }
    }
}
