using Strata.Core;
using Strata.Store.Actions;

namespace Strata.Images.DevicePrograms;

/// <summary>
/// The version of the .NET SDK that compiles: of those installed the newest, unless <c>global.json</c> chooses another.
/// </summary>
internal static class SdkVersion
{
    /// <summary>Asks the SDK, once for what is installed: it starts slower than a build finds a program that was compiled before.</summary>
    /// <param name="actions">Remembers the answer.</param>
    /// <param name="root">Folder of the SDKs; null when it is not known, and then the SDK is always asked.</param>
    /// <param name="home">Folder in which it compiles; it or one above it may have a <c>global.json</c>.</param>
    /// <param name="ask">Asks: what <c>dotnet --version</c> prints.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async Task<string> OfAsync(
        ActionCache actions, string? root, string home, Func<CancellationToken, Task<string>> ask, CancellationToken cancellationToken)
    {
        string installed = Path.Combine(root ?? "", "sdk");
        if (root is null || !Directory.Exists(installed))
        {
            return (await ask(cancellationToken)).Trim();
        }
        ActionKey key = new ActionKeyBuilder("sdk-version", 1)
            .Add("root", root)
            .Add("installed", Directory.EnumerateDirectories(installed).Order(StringComparer.Ordinal))
            .Add("choices", await ChoicesAsync(home, cancellationToken))
            .Build();
        ActionResult result = await actions.GetOrAddAsync(
            key, async token => new ActionResult([], [KeyValuePair.Create("version", (await ask(token)).Trim())]), cancellationToken);
        return result.Notes["version"];
    }

    /// <summary>Every <c>global.json</c> from the folder upwards; the SDK takes the first.</summary>
    private static async Task<IReadOnlyList<Sha256Digest>> ChoicesAsync(string home, CancellationToken cancellationToken)
    {
        List<Sha256Digest> choices = [];
        for (string? folder = Path.GetFullPath(home); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string file = Path.Combine(folder, "global.json");
            if (File.Exists(file))
            {
                choices.Add(Sha256Digest.Of(await File.ReadAllBytesAsync(file, cancellationToken)));
            }
        }
        return choices;
    }
}
