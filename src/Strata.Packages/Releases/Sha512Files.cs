using System.Buffers;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Releases;

/// <summary>
/// Brings files into the store that their archive knows by SHA-512 only; the store goes by SHA-256, which is known afterwards.
/// </summary>
/// <remarks>They are held in memory on their way, so they have a limit. Few archives are of that kind.</remarks>
internal static class Sha512Files
{
    /// <summary>Most bytes of such a file.</summary>
    public const long MaxBytes = 256L << 20;

    private const int HexDigits = 2 * SHA512.HashSizeInBytes;

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    /// <summary>True for a digest as archives write it.</summary>
    public static bool IsDigest(ReadOnlySpan<char> text) => text.Length == HexDigits && !text.ContainsAnyExcept(s_hex);

    /// <summary>Fetches one.</summary>
    /// <param name="label">What a person calls it.</param>
    /// <param name="sources">Where it can be had, tried in order.</param>
    /// <param name="size">Its exact length in bytes.</param>
    /// <param name="sha512">Its SHA-512, in lower-case hex digits.</param>
    /// <param name="downloader">Asks the servers.</param>
    /// <param name="store">Takes it.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <returns>Its SHA-256, under which the store has it.</returns>
    /// <exception cref="DownloadException">No source had it, or what came was something else.</exception>
    public static async Task<Sha256Digest> FetchAsync(
        string label, IReadOnlyList<Uri> sources, long size, string sha512, IDownloader downloader, ObjectStore store,
        CancellationToken cancellationToken)
    {
        if (size > MaxBytes)
        {
            throw new DownloadException(
                $"cannot fetch {label}: its archive has no SHA-256 of it, and so it may have {MaxBytes} bytes; it has {size}");
        }
        for (int i = 0; ; i++)
        {
            try
            {
                return await downloader.GetAsync(
                    [new DocumentAddress(label, sources[i])], size,
                    (documents, _) => Task.FromResult(Accept(documents[0].Content)), cancellationToken);
            }
            catch (DownloadException) when (i + 1 < sources.Count)
            {
                // the next one may have it
            }
        }

        Sha256Digest Accept(ReadOnlyMemory<byte> content)
        {
            string got = Convert.ToHexStringLower(SHA512.HashData(content.Span));
            return got == sha512 && content.Length == size
                ? store.AddBytes(content.Span)
                : throw new DownloadException($"cannot fetch {label}: what came is something else: SHA-512 is {got}, expected {sha512}");
        }
    }
}
