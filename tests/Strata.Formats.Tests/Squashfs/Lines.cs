using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>A tree and an extracted folder as the same kind of lines: type, mode, owner, links, size, target or digest, device.</summary>
internal static class Lines
{
    public static List<string> Of(FileTree tree)
    {
        Dictionary<TreeNode, int> links = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.Entries)
        {
            links[entry.Node] = links.GetValueOrDefault(entry.Node) + 1;
        }
        return
        [
            .. tree.Entries.Where(e => !e.Path.IsRoot).Select(e => string.Create(
                CultureInfo.InvariantCulture,
                $"{e.Path} {Kind(e.Node)} {Convert.ToString(e.Node.Permissions, 8)} {e.Node.Uid}:{e.Node.Gid} {(e.Node is DirectoryNode ? "-" : links[e.Node])} {Detail(e.Node)}"))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>As <c>find</c> and <c>stat</c> see it, so that no code of ours is in between.</summary>
    public static List<string> OfFolder(string folder)
    {
        List<string> lines = [];
        (int exitCode, string found) = Oracle.Run("find", folder, "-mindepth", "1", "-printf", @"%P\0%y\0%m\0%U:%G\0%n\0%l\0");
        Assert.Equal(0, exitCode);
        string[] fields = found.Split('\0');
        Dictionary<string, string> devices = Devices(folder);
        for (int i = 0; i + 5 < fields.Length; i += 6)
        {
            string path = fields[i];
            string detail = fields[i + 1] switch
            {
                "f" => DigestOf(Path.Combine(folder, path)),
                "l" => fields[i + 5],
                "b" or "c" => devices[path],
                _ => "",
            };
            string links = fields[i + 1] == "d" ? "-" : fields[i + 4];
            lines.Add($"/{path} {fields[i + 1]} {fields[i + 2]} {fields[i + 3]} {links} {detail}");
        }
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>Attributes as <c>getfattr</c> sees them: <c>path name value</c> in hexadecimal.</summary>
    public static List<string> XattrsOfFolder(string folder)
    {
        (_, string output) = Oracle.Run("getfattr", "-R", "-h", "-P", "-d", "-m", "^(user|trusted|security)", "-e", "hex", "--absolute-names", folder);
        List<string> lines = [];
        string path = "";
        foreach (string line in output.Split('\n'))
        {
            if (line.StartsWith("# file: ", StringComparison.Ordinal))
            {
                path = Unescape(line["# file: ".Length..])[folder.Length..];
            }
            else if (line.Contains("=0x", StringComparison.Ordinal))
            {
                lines.Add($"{path} {line}");
            }
        }
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static Dictionary<string, string> Devices(string folder)
    {
        (_, string found) = Oracle.Run("find", folder, "(", "-type", "b", "-o", "-type", "c", ")", "-exec", "stat", "--printf", @"%n\n%Hr:%Lr\n", "{}", "+");
        string[] fields = found.Split('\n');
        Dictionary<string, string> devices = [];
        for (int i = 0; i + 1 < fields.Length; i += 2)
        {
            devices.Add(fields[i][(folder.Length + 1)..], fields[i + 1]);
        }
        return devices;
    }

    private static string DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return $"{file.Length} {Sha256Digest.Of(file).ToShortString()}";
    }

    private static string Unescape(string text)
    {
        byte[] escaped = Encoding.UTF8.GetBytes(text);
        List<byte> bytes = [];
        for (int i = 0; i < escaped.Length; i++)
        {
            bool isOctal = escaped[i] == '\\';
            bytes.Add(isOctal ? Convert.ToByte(Encoding.ASCII.GetString(escaped, i + 1, 3), 8) : escaped[i]);
            i += isOctal ? 3 : 0;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static string Kind(TreeNode node) => node switch
    {
        DirectoryNode => "d",
        FileNode => "f",
        SymlinkNode => "l",
        SpecialNode s => s.Kind switch
        {
            SpecialKind.BlockDevice => "b",
            SpecialKind.CharacterDevice => "c",
            SpecialKind.Fifo => "p",
            _ => "s",
        },
        _ => "?",
    };

    private static string Detail(TreeNode node) => node switch
    {
        FileNode file => $"{file.Content.Size} {file.Content.Digest.ToShortString()}",
        SymlinkNode link => link.Target,
        SpecialNode { Kind: SpecialKind.BlockDevice or SpecialKind.CharacterDevice } device => $"{device.Major}:{device.Minor}",
        _ => "",
    };
}
