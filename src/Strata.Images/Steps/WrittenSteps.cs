using Strata.Composition;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Store.Actions;

namespace Strata.Images.Steps;

/// <summary>Steps that write one file, which is kept under the key of what it is made of.</summary>
internal static class WrittenSteps
{
    /// <summary>Writes a file, or finds it written.</summary>
    /// <param name="services">Where it is kept.</param>
    /// <param name="key">Everything that decides its bytes.</param>
    /// <param name="name">Name of the output.</param>
    /// <param name="label">What is being done, for people.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    public static async Task<ActionOutput> WriteAsync(
        this BuildServices services, ActionKey key, string name, string label, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        ActionResult result = await services.Actions.GetOrAddAsync(
            key,
            async token =>
            {
                using IProgressTask task = services.Progress.Begin(label);
                return new ActionResult([await services.KeepAsync(name, write, token)]);
            },
            cancellationToken);
        return result[name];
    }

    /// <summary>Writes a file into the store.</summary>
    public static async Task<ActionOutput> KeepAsync(
        this BuildServices services, string name, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        (Sha256Digest digest, long size) = await services.Store.AddWrittenAsync(write, cancellationToken);
        return new ActionOutput(name, digest, size);
    }

    /// <summary>Keeps bytes that are there.</summary>
    public static ActionOutput Keep(this BuildServices services, string name, ReadOnlySpan<byte> bytes) =>
        new(name, services.Store.AddBytes(bytes), bytes.Length);
}
