using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Settings.Reading;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Images.Seeds;

/// <summary>
/// What tells a machine whose it is, made of an owner's file: <c>strata/machine.yaml</c> for systems of ours, and beside it the files of
/// cloud-init's data source NoCloud for others.
/// </summary>
public sealed class SeedFiles
{
    /// <summary>Label of a volume with them.</summary>
    public const string Label = "CIDATA";

    private const int MostBytes = 1 << 20; // what a machine reads
    private const string WordsFile = "strata/machine.yaml";

    private SeedFiles(IReadOnlyList<(string, byte[])> files, IReadOnlyList<string> unsaid) => (Files, Unsaid) = (files, unsaid);

    /// <summary>The files, by their paths without a slash at the start.</summary>
    public IReadOnlyList<(string Path, byte[] Bytes)> Files { get; }

    /// <summary>Words that only systems of ours are told, as cloud-init has none for them: <c>firewall</c>, <c>ssh.port</c>.</summary>
    public IReadOnlyList<string> Unsaid { get; }

    /// <summary>Makes them.</summary>
    /// <param name="bytes">The owner's file: the words of a machine.</param>
    /// <param name="shownAs">Its name, for messages.</param>
    /// <exception cref="StrataException">The file is too large, says nothing, or has mistakes; all of them are told.</exception>
    public static SeedFiles Of(byte[] bytes, string shownAs)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (bytes.Length > MostBytes)
        {
            throw new StrataException($"cannot make a seed of {shownAs}: it has {bytes.Length} bytes; a machine reads {MostBytes} at most");
        }
        FaultList faults = new();
        MachineWords? words = MachineFile.Read(bytes, shownAs, faults);
        faults.ThrowIfAny(shownAs);
        if (words is null || words.Source.Items.Count == 0)
        {
            throw new StrataException(
                $"cannot make a seed of {shownAs}: it says nothing", "docs/machines.md has the words; 'hostname: gate-7' is one.");
        }
        CloudConfigText cloud = CloudConfigText.Of(words);
        List<string> unsaid = [.. cloud.Unsaid];
        List<(string, byte[])> files =
        [
            (WordsFile, bytes),
            ("user-data", Encoding.UTF8.GetBytes(cloud.UserData)),
            ("meta-data", Encoding.UTF8.GetBytes(Facts(bytes, words))),
        ];
        if (NetworkConfigText.Of(words.Network, unsaid) is string network)
        {
            files.Add(("network-config", Encoding.UTF8.GetBytes(network)));
        }
        return new SeedFiles(files, unsaid);
    }

    /// <summary>Writes them as a FAT volume, the same bytes for the same file.</summary>
    /// <param name="output">Takes the volume, from its present position on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WriteVolumeAsync(Stream output, CancellationToken cancellationToken = default)
    {
        FileTree tree = new();
        Origin origin = new(null, null, "seed");
        foreach ((string path, byte[] bytes) in Files)
        {
            tree.Add(GuestPath.Parse("/" + path), new FileNode { Permissions = Modes.File, Content = new InlineContent(bytes) }, origin);
        }
        FatPlan plan = FatPlan.Create(tree, new FatOptions
        {
            Label = Label, VolumeId = BitConverter.ToUInt32(TreeDigest.Of(tree).Bytes), RootRecords = 16, Size = null,
            FreeSpace = new ByteSize(16 << 10),
        });
        using OwnBytes contents = new();
        await FatWriter.WriteAsync(plan, contents, output, cancellationToken);
    }

    // another file is another instance: cloud-init does its work once for each
    private static string Facts(byte[] bytes, MachineWords words)
    {
        string facts = $"instance-id: strata-{Sha256Digest.Of(bytes).ToString()[..16]}\n";
        return words.Hostname is null ? facts : facts + $"local-hostname: {words.Hostname.Text}\n";
    }

    private sealed class OwnBytes : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
