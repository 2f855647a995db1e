using System.Collections.Frozen;
using System.Text;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Deb;

/// <summary>Reads the control archive of a binary package (.deb or .udeb).</summary>
public static class DebReader
{
    private const string Format = "deb control archive";
    private const string Control = "control";

    /// <summary>Entries that any control archive has are few; dpkg itself knows about a dozen names.</summary>
    private const int MaxControlEntries = 256;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly FrozenSet<string> s_kept = FrozenSet.Create(
        StringComparer.Ordinal, Control, "preinst", "postinst", "prerm", "postrm", "config", "triggers", "conffiles", "templates");

    /// <summary>Reads the control archive; the data archive is only located.</summary>
    /// <param name="deb">The package: seekable, starting at position 0; stays open.</param>
    /// <param name="limits">Null means <see cref="PackageLimits.Default"/>.</param>
    /// <exception cref="ImageFormatException">It is no package, or its control archive breaks a rule.</exception>
    public static DebPackage Read(Stream deb, PackageLimits? limits = null)
    {
        limits ??= PackageLimits.Default;
        DebLayout layout = DebLayout.Read(deb);
        SortedDictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);
        using (Stream plain = DebLayout.Open(deb, layout.Control, limits, leaveOpen: true))
        {
            TarReader tar = new(plain, new TarLimits { MaxEntries = MaxControlEntries });
            while (tar.Next() is TarEntry entry)
            {
                ReadEntry(tar, entry, files, limits);
            }
        }
        if (!files.Remove(Control, out ReadOnlyMemory<byte> control))
        {
            throw new ImageFormatException(Format, 0, "it has no file 'control'");
        }
        return new DebPackage(Decode(control), files, layout.Data.Compression, layout.Data.Size);
    }

    private static void ReadEntry(TarReader tar, TarEntry entry, SortedDictionary<string, ReadOnlyMemory<byte>> files, PackageLimits limits)
    {
        if (!GuestPath.TryParseArchiveName(entry.Name, out GuestPath path, out string? problem))
        {
            throw new ImageFormatException(Format, entry.HeaderOffset, $"entry '{entry.Name}' is refused: {problem}");
        }
        if (path.IsRoot && entry.Kind == TarKind.Directory)
        {
            return;
        }
        if (entry.Kind != TarKind.File || !path.Parent.IsRoot)
        {
            throw new ImageFormatException(Format, entry.HeaderOffset, $"entry '{entry.Name}' is a {entry.Kind}, expected plain files only");
        }
        if (!s_kept.Contains(path.Name))
        {
            return; // md5sums, shlibs, symbols: dpkg's own business
        }
        if (entry.Size > limits.MaxControlFileSize)
        {
            throw new ImageFormatException(
                Format, entry.HeaderOffset, $"file '{path.Name}' has {entry.Size} bytes, allowed {limits.MaxControlFileSize}");
        }
        byte[] content = new byte[entry.Size];
        tar.Content.ReadExactly(content);
        if (!files.TryAdd(path.Name, content))
        {
            throw new ImageFormatException(Format, entry.HeaderOffset, $"file '{path.Name}' comes twice");
        }
    }

    private static string Decode(ReadOnlyMemory<byte> control)
    {
        try
        {
            return s_utf8.GetString(control.Span);
        }
        catch (DecoderFallbackException e)
        {
            throw new ImageFormatException(Format, 0, "the control file is not UTF-8", e);
        }
    }
}
