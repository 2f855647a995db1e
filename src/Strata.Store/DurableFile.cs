using Strata.Core;
using Strata.Device.Handles;

namespace Strata.Store;

/// <summary>Small files of the store that change: written aside, made durable, renamed into place.</summary>
public static class DurableFile
{
    /// <summary>Readers see the old content or the new one, never a part; a power cut leaves one of the two.</summary>
    /// <param name="store">The store, for a temporary place.</param>
    /// <param name="path">The file, anywhere in the store.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="action">What this is for, for the message: <c>remember the result of x</c>.</param>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public static void Replace(ObjectStore store, string path, ReadOnlySpan<byte> content, string action)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            AtomicFile.Replace(path, content, store.NewTemporaryPath());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, action, store.Root, content.Length);
        }
    }
}
