using System.Security.Cryptography;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Ext4;

/// <summary>A volume as text: its identity and room, then a line a name. The same volume gives the same text.</summary>
internal static class Ext4Dump
{
    /// <summary><c>/release.json file 0444 0:0 1234 inode 14 at 4820992+4096 9d8f48db</c>; contents by 8 digits of their SHA-256.</summary>
    public static string Of(Ext4Reader volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        StringBuilder text = new();
        text.Append(FormattableString.Invariant(
            $"ext4 label '{volume.Label}' id {volume.Id}, {volume.SizeBytes} bytes, {volume.FreeBlocks} blocks free\n"));
        foreach (Ext4Entry entry in volume.Entries)
        {
            string mode = Convert.ToString(entry.Permissions, 8).PadLeft(4, '0');
            string places = string.Join(' ', entry.Runs.Select(r => FormattableString.Invariant($"{r.Offset}+{r.Length}")));
            text.Append(FormattableString.Invariant($"{entry.Path} {(entry.IsDirectory ? "dir" : "file")} {mode} {entry.Uid}:{entry.Gid}"));
            text.Append(FormattableString.Invariant($" {entry.Size} inode {entry.Inode} at {(places.Length > 0 ? places : "none")}"));
            text.Append(entry.IsDirectory ? "" : " " + DigestOf(volume, entry).ToString()[..8]);
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Digest of a file's bytes.</summary>
    public static Sha256Digest DigestOf(Ext4Reader volume, Ext4Entry file)
    {
        ArgumentNullException.ThrowIfNull(volume);
        using SHA256 hash = SHA256.Create();
        using (CryptoStream sink = new(Stream.Null, hash, CryptoStreamMode.Write))
        {
            volume.CopyTo(file, sink);
        }
        return new Sha256Digest(hash.Hash);
    }
}
