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

    private const string IdPath = "/etc/machine-id";
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
            Identify(root == "/" ? "" : root, folder + "/machine-id");
        }
        catch (PosixException e)
        {
            note($"cannot keep the identity of this machine: {e.Message}; it may have another one at the next start");
        }
    }

    /// <summary>True for what machine-id(5) takes: 32 lower-case hexadecimal digits, not all of them zero.</summary>
    public static bool IsId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == IdLength && text.AsSpan().ContainsAnyExcept('0') && !text.AsSpan().ContainsAnyExcept(s_digits);
    }

    private static void Identify(string root, string kept)
    {
        string id = Encoding.ASCII.GetString(Files.TryRead(kept, IdLength + 1) ?? []).TrimEnd();
        if (!IsId(id))
        {
            id = StateMaker.NewId().ToString("N");
            Files.Replace(kept, Encoding.ASCII.GetBytes(id + "\n"), IdMode);
        }
        byte[] line = Encoding.ASCII.GetBytes(id + "\n");
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
