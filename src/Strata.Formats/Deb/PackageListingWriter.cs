using System.Security.Cryptography;
using System.Text;
using Strata.Formats.Elf;

namespace Strata.Formats.Deb;

/// <summary>Writes <see cref="PackageListingFormat"/>.</summary>
/// <param name="bytes">Receives the file; empty.</param>
internal sealed class PackageListingWriter(MemoryStream bytes)
{
    /// <summary>Writes one listing.</summary>
    public void Write(PackageListing listing)
    {
        bytes.Write(PackageListingFormat.Magic);
        bytes.WriteByte(PackageListingFormat.Version);
        Number(listing.Entries.Count);
        Dictionary<string, int> files = new(StringComparer.Ordinal);
        byte[] before = [];
        for (int i = 0; i < listing.Entries.Count; i++)
        {
            ListingEntry entry = listing.Entries[i];
            byte[] path = Encoding.UTF8.GetBytes(entry.Path.ToString());
            int shared = before.AsSpan().CommonPrefixLength(path);
            Number(shared);
            Bytes(path.AsSpan(shared));
            before = path;
            if (entry.Kind == ListingKind.File)
            {
                files.Add(entry.Path.ToString(), i);
            }
            Entry(entry, files);
        }
        byte[] digest = SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        bytes.Write(digest);
    }

    private void Entry(ListingEntry entry, Dictionary<string, int> files)
    {
        bytes.WriteByte((byte)entry.Kind);
        if (entry.Kind == ListingKind.HardLink)
        {
            Number(files[entry.Target]);
            return;
        }
        if (entry.Kind != ListingKind.Symlink)
        {
            Number(entry.Permissions);
        }
        Number(entry.Uid);
        Number(entry.Gid);
        if (entry.Kind == ListingKind.Symlink)
        {
            Text(entry.Target);
        }
        else if (entry.Kind == ListingKind.File)
        {
            Number(entry.Size);
            Number(entry.Offset);
            bytes.Write(entry.Digest.Bytes);
            bytes.Write(entry.Sha1.Bytes);
            Elf(entry);
        }
    }

    private void Elf(ListingEntry entry)
    {
        if (entry.ElfProblem.Length > 0)
        {
            bytes.WriteByte(PackageListingFormat.BadElf);
            Text(entry.ElfProblem);
        }
        else if (entry.Elf is ElfFile elf)
        {
            bytes.WriteByte(PackageListingFormat.SomeElf);
            Number((long)elf.Class);
            Number((long)elf.Machine);
            Number((long)elf.Type);
            Number(elf.IsPie ? 1 : 0);
            Text(elf.Interpreter ?? "");
            Text(elf.Soname ?? "");
            Text(elf.Rpath ?? "");
            Text(elf.Runpath ?? "");
            Texts(elf.Needed);
            Number(elf.DlopenNotes.Count);
            foreach (DlopenNote note in elf.DlopenNotes)
            {
                Text(note.Feature);
                Text(note.Description);
                Number((long)note.Priority);
                Texts(note.Sonames);
            }
            Texts(elf.ModuleInfo);
        }
        else if (entry.Interpreter.Length > 0)
        {
            bytes.WriteByte(PackageListingFormat.Script);
            Text(entry.Interpreter);
        }
        else
        {
            bytes.WriteByte(PackageListingFormat.NoElf);
        }
    }

    private void Texts(IReadOnlyList<string> texts)
    {
        Number(texts.Count);
        foreach (string text in texts)
        {
            Text(text);
        }
    }

    private void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    private void Bytes(ReadOnlySpan<byte> content)
    {
        Number(content.Length);
        bytes.Write(content);
    }

    private void Number(long value)
    {
        while (value >= 0x80)
        {
            bytes.WriteByte((byte)((value & 0x7F) | 0x80));
            value >>= 7;
        }
        bytes.WriteByte((byte)value);
    }
}
