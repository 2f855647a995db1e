using Strata.Core;
using Strata.Device.Handles;
using Strata.Tuf.Client;

namespace Strata.Cli.Commands.Tuf;

/// <summary>Believed metadata in a folder, a file <c>ROLE.json</c> for each role.</summary>
/// <param name="folder">The folder; made with the first file.</param>
internal sealed class MetadataFolder(string folder) : ITrustedFiles
{
    /// <inheritdoc/>
    public byte[]? TryRead(string role, int most)
    {
        try
        {
            FileInfo file = new(PathOf(role));
            return file.Exists && file.Length <= most ? File.ReadAllBytes(file.FullName) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {PathOf(role)}: {e.Message}", innerException: e);
        }
    }

    /// <inheritdoc/>
    public void Write(string role, byte[] content)
    {
        try
        {
            AtomicFile.Replace(PathOf(role), content, PathOf(role) + ".new");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot keep {PathOf(role)}: {e.Message}", innerException: e);
        }
    }

    /// <inheritdoc/>
    public void Delete(string role)
    {
        try
        {
            File.Delete(PathOf(role));
        }
        catch (DirectoryNotFoundException)
        {
            // nothing was kept yet
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot delete {PathOf(role)}: {e.Message}", innerException: e);
        }
    }

    private string PathOf(string role) => Path.Combine(folder, role + ".json");
}
