using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Composition.Effects;

/// <summary>
/// Writes <c>/etc/ld.so.cache</c> where it is needed: when <c>/etc/ld.so.conf.d/*.conf</c> of the tree names a directory with libraries
/// that the loader does not search by itself. Otherwise the loader finds everything and the file would be dead weight.
/// </summary>
/// <remarks>Format: glibc 2.41, sysdeps/generic/dl-cache.h, <c>struct cache_file_new</c>, little-endian, 64-bit x86 and ARM.</remarks>
internal sealed class LinkerCacheEffect : IEffect
{
    private const int HeaderSize = 48;
    private const int EntrySize = 24;
    private static readonly GuestPath s_configuration = GuestPath.Parse("/etc/ld.so.conf.d");

    /// <inheritdoc/>
    public string Name => "linker-cache";

    /// <inheritdoc/>
    public string Description => "ld.so.cache where a library lies outside the loader's own directories";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        GuestArchitecture architecture = context.Blueprint.Edition.Architecture;
        GuestPath[] builtIn = [.. new[] { "/usr/lib/" + architecture.Triplet, "/usr/lib", "/usr/lib64" }.Select(GuestPath.Parse)];
        ElfMachine machine = (ElfMachine)architecture.ElfMachine;
        HashSet<GuestPath> folders = [.. ConfiguredFolders(context)];
        List<(string Soname, string Path)> libraries = [];
        bool needed = false;
        Func<FileContent, string?> sonameOf = SonamesOf(context, machine);
        foreach (TreeEntry entry in context.Tree.InContentOrder())
        {
            GuestPath folder = entry.Path.Parent;
            if (entry.Node is FileNode { Content.Size: < 512 << 20 } file && (folders.Contains(folder) || builtIn.Contains(folder))
                && entry.Path.Name.Contains(".so", StringComparison.Ordinal) && sonameOf(file.Content) is string soname)
            {
                libraries.Add((soname, folder.Join(soname).ToString()));
                needed |= !builtIn.Contains(folder);
            }
        }
        if (needed)
        {
            FileContent cache = context.Keep(Write(libraries.Distinct(), architecture.LinkerCacheFlags));
            context.Put(this, GuestPath.Parse("/etc/ld.so.cache"), new FileNode { Permissions = Modes.File, Content = cache });
        }
    }

    /// <summary>Names of libraries: a package's are in its listing, others are read.</summary>
    private static Func<FileContent, string?> SonamesOf(EffectContext context, ElfMachine machine)
    {
        Dictionary<(Sha256Digest, long), string> listed = [];
        foreach (ListedPackage package in context.Packages.Packages)
        {
            foreach (ListingEntry entry in package.Listing.Entries)
            {
                if (entry.Elf is { Class: ElfClass.Elf64, Soname: string soname } elf && elf.Machine == machine)
                {
                    listed.TryAdd((package.Digest, entry.Offset), soname);
                }
            }
        }
        byte[] buffer = []; // one for all: an array for each would fill the large-object heap with what is dead a moment later
        return content =>
        {
            if (content is PackageContent packaged)
            {
                return listed.GetValueOrDefault((packaged.Package, packaged.Offset));
            }
            if (buffer.Length < content.Size)
            {
                buffer = new byte[Math.Max(content.Size, 1 << 20)];
            }
            Span<byte> bytes = buffer.AsSpan(0, (int)content.Size);
            using Stream stream = context.Contents.Open(content);
            stream.ReadExactly(bytes);
            return SonameOf(bytes, machine);
        };
    }

    // linker scripts, libraries of another machine and damaged ones are nothing the loader could use
    private static string? SonameOf(ReadOnlySpan<byte> bytes, ElfMachine machine)
    {
        try
        {
            return ElfFile.HasMagic(bytes) && ElfFile.Read(bytes) is { Class: ElfClass.Elf64 } elf && elf.Machine == machine ? elf.Soname : null;
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }

    /// <summary>Bytes of the cache for libraries by their names.</summary>
    public static byte[] Write(IEnumerable<(string Soname, string Path)> libraries, uint flags)
    {
        // the loader searches by halving, in descending order of its own comparison
        List<(string Soname, string Path)> sorted = [.. libraries];
        sorted.Sort((a, b) => CompareNames(b.Soname, a.Soname) is int c and not 0 ? c : string.CompareOrdinal(a.Path, b.Path));
        MemoryStream strings = new();
        int stringsAt = HeaderSize + (sorted.Count * EntrySize);
        byte[] table = new byte[stringsAt];
        "glibc-ld.so.cache1.1"u8.CopyTo(table);
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(20), sorted.Count);
        table[28] = 2; // cache_file_new_flags_endian_little
        for (int i = 0; i < sorted.Count; i++)
        {
            Span<byte> entry = table.AsSpan(HeaderSize + (i * EntrySize), EntrySize);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, flags);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], stringsAt + (int)strings.Position);
            strings.Write(Encoding.UTF8.GetBytes(sorted[i].Soname + "\0"));
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], stringsAt + (int)strings.Position);
            strings.Write(Encoding.UTF8.GetBytes(sorted[i].Path + "\0"));
        }
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(24), (int)strings.Length);
        return [.. table, .. strings.ToArray()];
    }

    /// <summary>glibc, elf/dl-cache.c, <c>_dl_cache_libcmp</c>: runs of digits compare as numbers, and a digit is greater than anything else.</summary>
    internal static int CompareNames(string a, string b)
    {
        int i = 0;
        int j = 0;
        while (i < a.Length)
        {
            bool digitA = char.IsAsciiDigit(a[i]);
            bool digitB = j < b.Length && char.IsAsciiDigit(b[j]);
            if (digitA != digitB)
            {
                return digitA ? 1 : -1;
            }
            if (digitA)
            {
                long numberA = ReadNumber(a, ref i);
                long numberB = ReadNumber(b, ref j);
                if (numberA != numberB)
                {
                    return numberA.CompareTo(numberB);
                }
            }
            else
            {
                int other = j < b.Length ? b[j] : 0;
                if (a[i] != other)
                {
                    return a[i] - other;
                }
                i++;
                j++;
            }
        }
        return j < b.Length ? -b[j] : 0;
    }

    private static long ReadNumber(string text, ref int at)
    {
        long number = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            number = Math.Min((number * 10) + (text[at] - '0'), int.MaxValue);
        }
        return number;
    }

    private static IEnumerable<GuestPath> ConfiguredFolders(EffectContext context)
    {
        foreach (TreeEntry entry in context.Tree.Entries.ToList())
        {
            if (entry.Path.Parent == s_configuration && entry.Path.Name.EndsWith(".conf", StringComparison.Ordinal) && entry.Node is FileNode file)
            {
                foreach (string line in context.ReadText(file.Content).Split('\n').Select(l => l.Split('#')[0].Trim()).Where(l => l.StartsWith('/')))
                {
                    if (GuestPath.TryParse(line.TrimEnd('/'), out GuestPath folder, out _))
                    {
                        yield return MergedUsr.Canonical(folder);
                    }
                }
            }
        }
    }
}
