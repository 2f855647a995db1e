using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Remembered;
using Strata.Packages.Locks;

namespace Strata.Editions.Locks;

/// <summary>
/// Which lock a build uses: the one beside the blueprint comes first; where there is none, or it fits no longer, it is written.
/// </summary>
/// <param name="locks">Makes locks.</param>
/// <param name="services">The surroundings.</param>
/// <param name="isOffline">True when nothing may be fetched.</param>
/// <param name="trustsLock">True to use the tools of a lock whoever wrote it.</param>
public sealed class LockChoice(EditionLocks locks, BuildServices services, bool isOffline, bool trustsLock)
{
    /// <summary>The file beside a blueprint.</summary>
    public static string FileOf(Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        return Path.Combine(blueprint.Edition.Folder, EditionLock.FileName);
    }

    /// <summary>The lock beside a blueprint, whether or not it fits; null when there is none.</summary>
    /// <exception cref="StrataException">It cannot be read.</exception>
    public static EditionLock? ReadBeside(Blueprint blueprint) =>
        File.Exists(FileOf(blueprint)) ? EditionLock.Read(FileOf(blueprint)) : null;

    /// <summary>Chooses.</summary>
    /// <param name="blueprint">What is built.</param>
    /// <param name="locked">True to refuse everything but a lock that answers the blueprint as it is.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">No lock answers the blueprint, and none can or may be made.</exception>
    public async Task<EditionLock> ChooseAsync(Blueprint blueprint, bool locked, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        string path = FileOf(blueprint);
        EditionLock? beside = ReadBeside(blueprint);
        if (beside is not null && !trustsLock)
        {
            beside = await VouchedAsync(blueprint, beside, path, mayReplace: !locked && !isOffline, cancellationToken);
        }
        if (beside is not null && locks.Answers(beside, blueprint))
        {
            return isOffline && !locked ? ReadRemembered(blueprint, beside) ?? beside : beside;
        }
        IReadOnlyList<string> changed = beside is null ? [] : EditionLocks.ChangedFiles(beside, blueprint);
        if (locked)
        {
            throw Refused(blueprint, beside, path);
        }
        foreach (string file in changed)
        {
            services.Progress.Note($"{file} has changed since the lock");
        }
        if (isOffline && ReadRemembered(blueprint, beside) is EditionLock last)
        {
            services.Progress.Note("working offline: using the packages of the last build");
            return last;
        }
        EditionLock made = await locks.CompleteAsync(blueprint, beside, cancellationToken);
        try
        {
            await WriteAsync(path, made, cancellationToken);
            int changes = LockParts.Between(beside, made).Count;
            services.Progress.Note(beside is null
                ? $"{path}: fixed {made.Guest.Packages.Count} packages; later builds take the same ('strata lock' moves them)"
                : $"{path}: follows the blueprint, {changes} {(changes == 1 ? "package" : "packages")} changed");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            services.Progress.Warn($"cannot write {path}: {e.Message}; a later build may take other packages");
            await RememberAsync(blueprint, beside, made, cancellationToken);
        }
        return made;
    }

    /// <summary>The lock of a file that somebody names, as it is: to build again what was built from it.</summary>
    /// <param name="blueprint">What is built.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">It cannot be read, was made for something else, or has tools that nobody vouches for.</exception>
    public async Task<EditionLock> ReadNamedAsync(Blueprint blueprint, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        EditionLock named = EditionLock.Read(path);
        if (!trustsLock)
        {
            named = await VouchedAsync(blueprint, named, path, mayReplace: false, cancellationToken);
        }
        return locks.Answers(named, blueprint) ? named : throw Refused(blueprint, named, path);
    }

    /// <summary>Keeps the lock that a build really used when that is not the one that was chosen, for builds offline.</summary>
    public async Task RememberAsync(Blueprint blueprint, EditionLock? chosen, EditionLock used, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(used);
        string path = RememberedFile(blueprint, chosen);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await WriteAsync(path, used, cancellationToken);
    }

    /// <summary>Writes a lock under its name at once, or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static async Task WriteAsync(string path, EditionLock editionLock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.Delete(temporary);
            await using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write)) // never through a link that lies there
            {
                await file.WriteAsync(editionLock.Write(), cancellationToken);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static StrataException Refused(Blueprint blueprint, EditionLock? refused, string path)
    {
        IReadOnlyList<string> changed = refused is null ? [] : EditionLocks.ChangedFiles(refused, blueprint);
        return new StrataException(
            $"cannot build {blueprint.Edition.Name} from its lock: "
            + (changed.Count > 0 ? $"{string.Join(", ", changed)} has changed since {path} was made"
            : refused is null ? $"there is no {path}"
            : EditionLocks.UnknownArchives(refused, blueprint) is [var archive, ..]
                ? $"{path} takes packages from archive '{archive}', which the blueprint does not name"
            : $"the blueprint asks for other packages than {path} was made for"),
            $"'strata lock {blueprint.Edition.Name}' makes a lock for the blueprint as it is now.");
    }

    // an old lock of one's own has tools that were listed once: those of today do the same work, and a stranger's do none
    private async Task<EditionLock> VouchedAsync(
        Blueprint blueprint, EditionLock beside, string path, bool mayReplace, CancellationToken cancellationToken)
    {
        IReadOnlyList<LockedPackage> unvouched = await locks.UnvouchedAsync(beside, cancellationToken);
        return unvouched.Count == 0 ? beside
            : mayReplace
            ? await locks.ReplaceAsync(blueprint, beside, unvouched, "no signed index lists the one of the lock", cancellationToken)
            : throw new StrataException(
                $"cannot use the tools of {path}: {unvouched[0]} is neither what strata comes with nor in an index that the archive signed",
                "Tools run on this machine, so a stranger's lock cannot choose them. 'strata lock NAME' takes those of today; " +
                "--trust-lock takes the lock as it is, when it is yours.");
    }

    private EditionLock? ReadRemembered(Blueprint blueprint, EditionLock? chosen)
    {
        string path = RememberedFile(blueprint, chosen);
        return File.Exists(path) && EditionLock.Read(path) is EditionLock last && locks.Answers(last, blueprint) ? last : null;
    }

    // it stands for one lock of one edition
    private string RememberedFile(Blueprint blueprint, EditionLock? chosen)
    {
        string replaced = chosen is null ? "" : "-" + chosen.Digest.ToShortString();
        return Path.Combine(services.Store.Root, "locks-of-editions", $"{EditionIdentity.Of(blueprint.Edition)}{replaced}.lock");
    }
}
