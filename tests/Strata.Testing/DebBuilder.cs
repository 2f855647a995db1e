using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Testing;

/// <summary>Makes a Debian package (deb(5)) in memory, archives uncompressed, as dpkg 1.16 and later accept them.</summary>
public sealed class DebBuilder
{
    private readonly List<(TarEntry Entry, byte[] Content)> _data = [];
    private readonly List<(TarEntry Entry, byte[] Content)> _control = [];
    private readonly StringBuilder _fields;

    /// <summary>A package without files; add them, then <see cref="Build"/>.</summary>
    public DebBuilder(string name, string version = "1.0")
    {
        (Name, Version) = (name, version);
        _fields = new StringBuilder($"Package: {name}\nVersion: {version}\nArchitecture: amd64\n");
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its version.</summary>
    public string Version { get; }

    /// <summary>A file, by absolute path.</summary>
    public DebBuilder File(string path, byte[] content, int mode = Modes.File, uint uid = 0, uint gid = 0)
    {
        _data.Add(Regular("." + path, content, mode, uid, gid));
        return this;
    }

    /// <summary>A text.</summary>
    public DebBuilder File(string path, string content, int mode = Modes.File) => File(path, Encoding.UTF8.GetBytes(content), mode);

    /// <summary>An ELF program or library with mode 0755.</summary>
    public DebBuilder Elf(string path, TinyElf elf)
    {
        ArgumentNullException.ThrowIfNull(elf);
        return File(path, elf.ToBytes(), Modes.Program);
    }

    /// <summary>A directory.</summary>
    public DebBuilder Directory(string path, int mode = Modes.Folder, uint uid = 0, uint gid = 0)
    {
        _data.Add((new TarEntry { Name = "." + path + "/", Kind = TarKind.Directory, Mode = mode, Uid = uid, Gid = gid }, []));
        return this;
    }

    /// <summary>A symbolic link.</summary>
    public DebBuilder Link(string path, string target)
    {
        _data.Add((new TarEntry { Name = "." + path, Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = target }, []));
        return this;
    }

    /// <summary>A second name of a file that was added before.</summary>
    public DebBuilder HardLink(string path, string first)
    {
        _data.Add((new TarEntry { Name = "." + path, Kind = TarKind.HardLink, Mode = Modes.File, LinkName = "." + first }, []));
        return this;
    }

    /// <summary>One more field of the control file: <c>Depends</c> …</summary>
    public DebBuilder Field(string name, string value)
    {
        _fields.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        return this;
    }

    /// <summary>A maintainer script: <c>postinst</c> …</summary>
    public DebBuilder Script(string kind, string text)
    {
        _control.Add(Regular("./" + kind, Encoding.UTF8.GetBytes(text), Modes.Program, 0, 0));
        return this;
    }

    /// <summary>The whole control file instead of the usual one.</summary>
    public DebBuilder Control(string text)
    {
        _fields.Clear().Append(text);
        return this;
    }

    /// <summary>The bytes of the package.</summary>
    public byte[] Build()
    {
        List<byte> bytes = [.. "!<arch>\n"u8];
        Member("debian-binary", "2.0\n"u8.ToArray());
        Member("control.tar", Tar([Regular("./control", Encoding.UTF8.GetBytes(_fields.ToString()), Modes.File, 0, 0), .. _control]));
        Member("data.tar", Tar(_data));
        return [.. bytes];

        void Member(string name, byte[] content)
        {
            string size = content.Length.ToString(CultureInfo.InvariantCulture);
            bytes.AddRange(Encoding.ASCII.GetBytes($"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{size,-10}`\n"));
            bytes.AddRange(content);
            bytes.AddRange(new byte[content.Length & 1]);
        }
    }

    private static (TarEntry, byte[]) Regular(string name, byte[] content, int mode, uint uid, uint gid) =>
        (new TarEntry { Name = name, Kind = TarKind.File, Mode = mode, Uid = uid, Gid = gid, Size = content.Length }, content);

    private static byte[] Tar(IEnumerable<(TarEntry Entry, byte[] Content)> entries)
    {
        using MemoryStream target = new();
        using TarWriter writer = new(target);
        foreach ((TarEntry entry, byte[] content) in entries)
        {
            writer.Write(entry, new MemoryStream(content));
        }
        writer.Finish();
        return target.ToArray();
    }
}
