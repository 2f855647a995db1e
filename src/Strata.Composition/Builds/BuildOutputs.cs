using System.Globalization;
using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Tar;
using Strata.Store;

namespace Strata.Composition.Builds;

/// <summary>What a build leaves, as files of its capability.</summary>
/// <remarks>Kept as a tar archive whose names are <c>./NUMBER/PATH</c>: number of the output, path in the image.</remarks>
/// <param name="Files">Files.</param>
/// <param name="Directories">Directories that somebody owns.</param>
/// <param name="Links">Symbolic links.</param>
internal sealed record BuildOutputs(
    IReadOnlyList<OwnFile> Files, IReadOnlyList<OwnDirectory> Directories, IReadOnlyList<(GuestPath Path, string Target)> Links)
{
    private const long LargestSum = 512L << 20;

    /// <summary>Takes the outputs out of the folder of a build.</summary>
    /// <exception cref="StrataException">One is missing, or can be no part of an image, or all of them are too much.</exception>
    public static byte[] Write(OwnBuild build, ForeignFolder left)
    {
        using MemoryStream archive = new();
        using TarWriter tar = new(archive, leaveOpen: true);
        long sum = 0;
        for (int i = 0; i < build.Outputs.Count; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            (IReadOnlyList<OwnFile> files, IReadOnlyList<OwnDirectory> directories, IReadOnlyList<(GuestPath Path, string Target)> links) =
                build.Outputs[i].Take(left);
            foreach (OwnDirectory directory in directories)
            {
                tar.Write(new TarEntry { Name = $"./{number}{directory.Path}/", Kind = TarKind.Directory, Mode = directory.Mode });
            }
            foreach (OwnFile file in files)
            {
                if ((sum += file.Bytes.Length) > LargestSum)
                {
                    throw new StrataException($"cannot take its outputs: they have more than {new ByteSize(LargestSum)}");
                }
                tar.Write(
                    new TarEntry { Name = $"./{number}{file.Path}", Kind = TarKind.File, Mode = file.Mode, Size = file.Bytes.Length },
                    new MemoryStream(file.Bytes.ToArray()));
            }
            foreach ((GuestPath path, string target) in links)
            {
                tar.Write(new TarEntry { Name = $"./{number}{path}", Kind = TarKind.Symlink, Mode = Modes.Link, LinkName = target });
            }
        }
        tar.Finish();
        return archive.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote; whose the files are is asked of the blueprint of today.</summary>
    /// <exception cref="ImageFormatException">It is something else.</exception>
    public static BuildOutputs Read(Stream archive, OwnBuild build)
    {
        List<OwnFile> files = [];
        List<OwnDirectory> directories = [];
        List<(GuestPath, string)> links = [];
        TarReader tar = new(archive);
        long sum = 0;
        while (tar.Next() is TarEntry entry)
        {
            string[] parts = entry.Name.Split('/', 3);
            if (parts is not [".", { } number, { } rest]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= build.Outputs.Count
                || !GuestPath.TryParse("/" + rest.TrimEnd('/'), out GuestPath path, out _)
                || (sum += entry.Kind == TarKind.File ? entry.Size : 0) > LargestSum)
            {
                throw new ImageFormatException("outputs of a build", entry.HeaderOffset, $"'{entry.Name}' of {entry.Size} bytes is none");
            }
            OwnerNames? owner = build.Outputs[index].Owner;
            switch (entry.Kind)
            {
                case TarKind.Directory:
                    directories.Add(new OwnDirectory(path, entry.Mode, owner));
                    break;
                case TarKind.Symlink:
                    links.Add((path, entry.LinkName));
                    break;
                default:
                    using (MemoryStream bytes = new()) // as long as it really is, whatever the archive says
                    {
                        tar.Content.CopyTo(bytes);
                        files.Add(new OwnFile(path, entry.Mode, bytes.ToArray(), owner));
                    }
                    break;
            }
        }
        return new BuildOutputs(files, directories, links);
    }
}
