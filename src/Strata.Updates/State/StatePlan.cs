using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.State;

/// <summary>A folder that outlives a restart.</summary>
/// <param name="Path">Where the system has it: an absolute path without <c>.</c>, <c>..</c> and links.</param>
/// <param name="User">Number of the user whose it is.</param>
/// <param name="Group">Number of its group.</param>
/// <param name="Mode">Its permission bits.</param>
/// <param name="Limit">Most bytes that it may take, a multiple of 1 MiB from <see cref="LeastLimit"/>; 0 for whatever there is.</param>
public sealed record KeptFolder(string Path, uint User, uint Group, int Mode, long Limit = 0)
{
    /// <summary>The smallest limit in bytes.</summary>
    public const long LeastLimit = 16L << 20;
}

/// <summary>Whether state is encrypted, and what opens it.</summary>
public enum StateEncryption
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The TPM of the machine opens it for what its owner signed; a recovery key is the other way in.</summary>
    Tpm,

    /// <summary>A person opens it at each start.</summary>
    Passphrase,
}

/// <summary>What of an edition outlives a restart, as the early init reads it. Form: <c>docs/state.md</c>.</summary>
public sealed record StatePlan
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-state-1";

    /// <summary>Where the initrd carries it.</summary>
    public const string InitrdPath = "/strata/state.json";

    /// <summary>Label of the state partition, and of the file system in it.</summary>
    public const string Label = "strata-state";

    /// <summary>Always kept: what programs of Strata's own remember of the machine.</summary>
    public const string OwnFolder = "/var/lib/strata";

    /// <summary>Most folders that are kept, beside <see cref="OwnFolder"/>.</summary>
    public const int MostFolders = 64;

    /// <summary>Longest text in bytes.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>Name of the edition: its state lies in a folder of that name.</summary>
    public required string Edition { get; init; }

    /// <summary>The program that becomes process 1 of a system that is all in the initramfs; empty where layers say it.</summary>
    public string Init { get; init; } = "";

    /// <summary>True when every change outlives a restart; then <see cref="Folders"/> is empty.</summary>
    public bool IsEverything { get; init; }

    /// <summary>Whether it is encrypted.</summary>
    public StateEncryption Encryption { get; init; }

    /// <summary>What is kept otherwise, sorted by path; none of them lies in another.</summary>
    public IReadOnlyList<KeptFolder> Folders { get; init; } = [];

    /// <summary>Every rule that is broken; empty for a good plan.</summary>
    public IEnumerable<string> Problems()
    {
        if (!CanonicalForm.IsName(Edition))
        {
            yield return $"edition '{Edition}' is no name of lower-case letters, digits and + - . _";
        }
        if (Init.Length > 0 && !GuestPath.TryParse(Init, out _, out string? problem))
        {
            yield return $"init: {problem}";
        }
        if (Folders.Count > MostFolders + 1 || (IsEverything && Folders.Count > 0))
        {
            yield return $"it keeps {Folders.Count} folders, allowed are {(IsEverything ? 0 : MostFolders + 1)}";
        }
        GuestPath? before = null;
        foreach (KeptFolder folder in Folders)
        {
            if (!GuestPath.TryParse(folder.Path, out GuestPath path, out string? why) || path.IsRoot || path.ToString() != folder.Path)
            {
                yield return $"'{folder.Path}' cannot be kept: {why ?? "it is no plain absolute path below the root"}";
                continue;
            }
            if (before is GuestPath last && (last >= path || path.IsAtOrBelow(last)))
            {
                yield return $"'{path}' lies in '{last}', or before it in the order of paths";
            }
            if (folder.Mode is < 0 or > Modes.All)
            {
                yield return $"'{path}' has mode {Convert.ToString(folder.Mode, 8)}; allowed are 0 to 7777";
            }
            if (folder.Limit != 0 && (folder.Limit < KeptFolder.LeastLimit || folder.Limit % (1 << 20) != 0))
            {
                yield return
                    $"'{path}' has the limit {folder.Limit}; allowed are whole MiB, at least {KeptFolder.LeastLimit >> 20} of them";
            }
            before = path;
        }
    }
}
