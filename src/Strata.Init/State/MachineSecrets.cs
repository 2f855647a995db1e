using System.Buffers;
using System.Text;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Init.State;

/// <summary>
/// What no two machines may share, made once for each: <c>/etc/machine-id</c>, and the seed of the kernel's random numbers.
/// </summary>
internal static class MachineSecrets
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    private const string IdFolder = "/etc";
    private const string IdPath = IdFolder + "/machine-id";
    private const string KeptId = "/machine-id"; // in the edition's folder
    private const string IdCopy = "/run/strata/machine-id";
    private const int IdLength = 32;
    private const int SeedLength = Sha256Digest.Size;
    private const uint IdMode = 0x124; // 0444: everybody may know it
    private const uint SeedMode = 0x180; // 0600

    /// <summary>
    /// Gives the kernel the seed. It comes before anything else is written to the state: syncing it then need not wait for a journal that
    /// has changes of others in it, and what is drawn later comes of it.
    /// </summary>
    /// <param name="folder">The edition's folder in the state.</param>
    /// <param name="note">Gets what cannot be done, a sentence.</param>
    public static void BringSeed(string folder, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(note);
        try
        {
            Seed(folder + "/random-seed");
        }
        catch (PosixException e)
        {
            note($"cannot keep a seed of random numbers: {e.Message}; the kernel begins with what it gathers itself");
        }
    }

    /// <summary>Brings the identity to the system before its init starts, which needs it then.</summary>
    /// <param name="root">The root of the system: <c>/</c>, or where it is mounted.</param>
    /// <param name="folder">The edition's folder in the state.</param>
    /// <param name="note">Gets what cannot be done, a sentence.</param>
    public static void BringIdentity(string root, string folder, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(note);
        try
        {
            Identify(root == "/" ? "" : root, folder + KeptId);
        }
        catch (PosixException e)
        {
            note($"cannot keep the identity of this machine: {e.Message}; it may have another one at the next start");
        }
    }

    /// <summary>
    /// Puts the identity into the folder of changes before the root is joined of it: written later, through the root, the kernel would
    /// first copy the image's empty file there. Where that folder's file would not show as the image means it, nothing is done.
    /// </summary>
    /// <param name="layers">Mount points of the layers, lowest first.</param>
    /// <param name="upper">The folder of changes: in memory, empty.</param>
    /// <param name="folder">The edition's folder in the state.</param>
    public static void PlaceIdentity(IReadOnlyList<string> layers, string upper, string folder)
    {
        ArgumentNullException.ThrowIfNull(layers);
        try
        {
            if (Seen(layers) is (Files.Facts etc, Files.Facts id) && TryReadId(folder + KeptId) is string kept)
            {
                Files.MakeFolderBelow(upper, IdFolder);
                Files.Give(upper + IdFolder, etc.User, etc.Group, (uint)etc.Permissions);
                Files.Write(upper + IdPath, Line(kept));
                Files.Give(upper + IdPath, id.User, id.Group, (uint)id.Permissions);
            }
        }
        catch (PosixException)
        {
            // BringIdentity comes later, does what is not done, and says what cannot be
        }
    }

    /// <summary>True for what machine-id(5) takes: 32 lower-case hexadecimal digits, not all of them zero.</summary>
    public static bool IsId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == IdLength && text.AsSpan().ContainsAnyExcept('0') && !text.AsSpan().ContainsAnyExcept(s_digits);
    }

    /// <summary>The folder and the file as the joined layers would show them; null when there is none, or a link.</summary>
    private static (Files.Facts Folder, Files.Facts File)? Seen(IReadOnlyList<string> layers)
    {
        Files.Facts? folder = null;
        for (int i = layers.Count - 1; i >= 0; i--)
        {
            if (Files.TryGet(layers[i] + IdFolder) is not Files.Facts of)
            {
                continue;
            }
            if (!of.IsDirectory)
            {
                return null; // it hides what is below
            }
            folder ??= of; // the highest one's owner and permissions count
            if (Files.TryGet(layers[i] + IdPath) is Files.Facts file)
            {
                return file.IsFile ? (folder.Value, file) : null;
            }
        }
        return null;
    }

    private static void Identify(string root, string kept)
    {
        if (TryReadId(kept) is not string id)
        {
            id = StateMaker.NewId().ToString("N");
            Files.Replace(kept, Line(id), IdMode);
        }
        byte[] line = Line(id);
        string target = root + IdPath;
        if (Files.TryGet(target) is not { IsFile: true } || (Files.TryRead(target, line.Length + 1) ?? []).AsSpan().SequenceEqual(line))
        {
            return; // a link says that somebody else decides, and one that is right already need not be written
        }
        try
        {
            Files.Write(target, line);
        }
        catch (PosixException e) when (e.Error == PosixError.ReadOnly)
        {
            Files.Write(IdCopy, line);
            Mounts.Bind(IdCopy, target, Mounts.Closed | Mounts.ReadOnly);
        }
    }

    private static string? TryReadId(string kept)
    {
        string id = Encoding.ASCII.GetString(Files.TryRead(kept, IdLength + 1) ?? []).TrimEnd();
        return IsId(id) ? id : null;
    }

    private static byte[] Line(string id) => Encoding.ASCII.GetBytes(id + "\n");

    /// <summary>
    /// Gives the seed of the last start to the kernel and leaves another, which comes of it: at each start one block is written in place.
    /// The kernel believes the old one only when it is overwritten on the disk: one that a power cut brought back would give two starts
    /// the same numbers.
    /// </summary>
    private static void Seed(string kept)
    {
        if (Files.TryRead(kept, SeedLength) is not { Length: SeedLength } seed)
        {
            byte[] first = new byte[SeedLength];
            Entropy.Fill(first);
            Files.Replace(kept, first, SeedMode);
            return;
        }
        using (OpenFile file = OpenFile.OpenForChanges(kept))
        {
            file.WriteAt(0, Following(seed).Bytes);
            file.SyncContent();
        }
        Entropy.Add(seed);
    }

    /// <summary>Nobody who does not know the old one can tell the next, even where the kernel has gathered nothing yet.</summary>
    private static Sha256Digest Following(byte[] seed)
    {
        byte[] both = new byte[SeedLength * 2];
        seed.CopyTo(both, 0);
        Entropy.FillAtOnce(both.AsSpan(SeedLength)); // of two disks that were one, the seeds part here
        return Sha256Digest.Of(both);
    }
}
