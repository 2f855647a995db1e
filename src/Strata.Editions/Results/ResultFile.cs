using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Results;

/// <summary>Copies an object of the store to where a person wants it; not again when it is there already.</summary>
public static class ResultFile
{
    /// <summary>
    /// Places it under a temporary name and renames. A note beside it (<c>.sha256</c>, as <c>sha256sum</c> writes and checks it) remembers what was
    /// placed; the file is taken for unchanged when its length and time are still those of the note.
    /// </summary>
    /// <param name="store">Has the object.</param>
    /// <param name="output">The object.</param>
    /// <param name="path">Where it is wanted.</param>
    /// <param name="cancellationToken">Stops the work; no half file is left.</param>
    /// <param name="hasNote">False leaves out the note, for a folder with digests of its own; the file is then always written.</param>
    public static async Task PlaceAsync(ObjectStore store, ActionOutput output, string path, CancellationToken cancellationToken, bool hasNote = true)
    {
        string note = path + ".sha256";
        string line = $"{output.Digest}  {Path.GetFileName(path)}\n";
        FileInfo file = new(path);
        if (hasNote && file.Exists && file.Length == output.Size && File.Exists(note) && await File.ReadAllTextAsync(note, cancellationToken) == line
            && File.GetLastWriteTimeUtc(note) >= file.LastWriteTimeUtc)
        {
            return;
        }
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.tmp");
        try
        {
            MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.Delete(temporary);
            await using (FileStream source = store.OpenRead(output.Digest))
            await using (FileStream target = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await CopySparselyAsync(source, target, cancellationToken);
            }
            File.Move(temporary, path, overwrite: true);
            if (hasNote)
            {
                await WriteAsync(note, Encoding.UTF8.GetBytes(line), cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, e);
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    /// <summary>Makes a folder for results.</summary>
    /// <exception cref="StrataException">It passes a link, see <see cref="CheckWay"/>.</exception>
    public static void MakeFolder(string folder)
    {
        CheckWay(folder);
        Directory.CreateDirectory(folder);
    }

    /// <summary>
    /// Looks at the way to a folder for results. Below the current folder no link is passed: that folder may be somebody else's
    /// repository, and bring <c>out</c> as a link to where its author would like to write.
    /// </summary>
    /// <exception cref="StrataException">It passes a link.</exception>
    public static void CheckWay(string folder)
    {
        string inside = Environment.CurrentDirectory + Path.DirectorySeparatorChar;
        for (string step = Path.GetFullPath(folder); step.StartsWith(inside, StringComparison.Ordinal); step = Path.GetDirectoryName(step)!)
        {
            if (new FileInfo(step).LinkTarget is string target)
            {
                throw new StrataException(
                    $"cannot write results into {folder}: {step} is a link to {target}",
                    "Remove the link, or name the folder that is meant: '--output' takes a full path.");
            }
        }
    }

    /// <summary>Writes a small result; renamed into place, so that a link that has the name is replaced and not followed.</summary>
    /// <exception cref="StrataException">It cannot be written there.</exception>
    public static async Task WriteAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            string temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.tmp");
            File.Delete(temporary);
            await using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(content, cancellationToken);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, e);
        }
    }

    private static StrataException Fault(string path, Exception e) =>
        Directory.Exists(path)
            ? new($"cannot write {path}: it is a folder", "Name a file.", e)
            : new($"cannot write {path}: {e.Message}", "Is there room, and may you write there? '--output' names another place.", e);

    private static async Task CopySparselyAsync(FileStream source, FileStream target, CancellationToken cancellationToken)
    {
        byte[] block = new byte[1 << 20];
        target.SetLength(source.Length);
        for (int read; (read = await source.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken)) > 0;)
        {
            if (block.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                await target.WriteAsync(block.AsMemory(0, read), cancellationToken);
            }
            else
            {
                target.Seek(read, SeekOrigin.Current); // a hole
            }
        }
    }
}
