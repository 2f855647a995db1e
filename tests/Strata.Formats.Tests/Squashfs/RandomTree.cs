using System.Globalization;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>A tree with everything a squashfs image can hold, from a seed.</summary>
internal sealed class RandomTree
{
    private static readonly string[] s_packages = ["base-files", "curl", "libc6", "zsh"];

    private readonly Random _random;
    private readonly int _blockSize;
    private readonly Dictionary<GuestPath, List<(string, ReadOnlyMemory<byte>)>> _xattrs = [];

    public RandomTree(int seed, int blockSize, int entries = 300)
    {
        _random = new Random(seed);
        _blockSize = blockSize;
        List<GuestPath> directories = [GuestPath.Root];
        List<FileNode> files = [];
        for (int i = 0; i < entries; i++)
        {
            GuestPath path = directories[_random.Next(directories.Count)].Join(Name(i));
            TreeNode node = Node(files);
            Tree.Add(path, node, new Origin(null, _random.Next(5) == 0 ? null : s_packages[_random.Next(s_packages.Length)], "test"));
            if (node is DirectoryNode)
            {
                directories.Add(path);
            }
            if (_random.Next(8) == 0)
            {
                _xattrs[path] = [("trusted.overlay.opaque", "y"u8.ToArray())];
                if (node is FileNode or DirectoryNode) // Linux allows user.* on nothing else
                {
                    _xattrs[path].Add(("user.note" + _random.Next(3), Bytes(_random.Next(1, 40))));
                }
            }
        }
    }

    public FileTree Tree { get; } = new();

    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)>? Xattrs(GuestPath path) => _xattrs.GetValueOrDefault(path);

    private string Name(int i) => _random.Next(6) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"größe {i} \ud83d\ude00"),
        1 => string.Create(CultureInfo.InvariantCulture, $"\uff5e{i}"),
        2 => string.Create(CultureInfo.InvariantCulture, $"{new string('n', _random.Next(1, 200))}{i}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + _random.Next(26))}{i}"),
    };

    private TreeNode Node(List<FileNode> files)
    {
        int permissions = _random.Next(0x1000);
        uint uid = _random.Next(3) == 0 ? (uint)_random.Next(5000) : 0;
        uint gid = _random.Next(3) == 0 ? 4294967290 + (uint)_random.Next(5) : 42;
        switch (_random.Next(12))
        {
            case 0 or 1 or 2:
                return new DirectoryNode { Permissions = permissions, Uid = uid, Gid = gid };
            case 3:
                return new SymlinkNode { Permissions = Modes.Link, Uid = uid, Gid = gid, Target = new string('t', _random.Next(1, 300)) + "/../ü" };
            case 4:
                SpecialKind kind = (SpecialKind)_random.Next(4);
                bool isDevice = kind is SpecialKind.BlockDevice or SpecialKind.CharacterDevice;
                return new SpecialNode
                {
                    Permissions = permissions,
                    Uid = uid,
                    Gid = gid,
                    Kind = kind,
                    Major = isDevice ? (uint)_random.Next(4096) : 0,
                    Minor = isDevice ? (uint)_random.Next(1 << 20) : 0,
                };
            case 5 when files.Count > 0:
                return files[_random.Next(files.Count)]; // another name
            case 6 when files.Count > 0:
                return new FileNode { Permissions = permissions, Uid = uid, Gid = gid, Content = files[_random.Next(files.Count)].Content };
            default:
                FileNode file = new() { Permissions = permissions, Uid = uid, Gid = gid, Content = new InlineContent(Content()) };
                files.Add(file);
                return file;
        }
    }

    private byte[] Content()
    {
        int size = _random.Next(7) switch
        {
            0 => 0,
            1 => _blockSize,
            2 => _blockSize - 1,
            3 => _blockSize + 1,
            4 => _random.Next(1, 4 * _blockSize),
            _ => _random.Next(1, 2000),
        };
        byte[] bytes = Bytes(size);
        switch (_random.Next(4))
        {
            case 0:
                Array.Clear(bytes); // nothing but zeros
                break;
            case 1:
                bytes.AsSpan(0, Math.Min(size, _blockSize)).Clear(); // a hole at the start
                break;
            case 2:
                for (int i = 0; i < size; i++)
                {
                    bytes[i] = (byte)"the quick brown fox jumps over it "[i % 34];
                }
                break;
        }
        return bytes;
    }

    private byte[] Bytes(int size)
    {
        byte[] bytes = new byte[size];
        _random.NextBytes(bytes);
        return bytes;
    }
}
