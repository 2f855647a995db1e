using System.Globalization;
using Strata.Core;
using Strata.Packages.Deb822;
using Strata.Packages.Sources;

namespace Strata.Packages.Releases;

/// <summary>An index file as a <c>Release</c> lists it.</summary>
/// <param name="Path">Below the folder of the suite: <c>main/binary-amd64/Packages.xz</c>.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="Digest">SHA-256; all zeros when the release has none.</param>
/// <param name="Sha512">SHA-512 in lower-case hex digits when the release has no SHA-256; else null.</param>
public sealed record ReleaseEntry(string Path, long Size, Sha256Digest Digest, string? Sha512 = null);

/// <summary>What a <c>Release</c> file says of a suite (Debian repository format, "Release" files). Only as good as its signature.</summary>
public sealed class ReleaseFile
{
    private const int MaxFiles = 200_000;

    private readonly Dictionary<string, ReleaseEntry> _files;

    private ReleaseFile(Dictionary<string, ReleaseEntry> files) => _files = files;

    /// <summary>Who publishes it: <c>Debian</c>; empty when it does not say.</summary>
    public required string Origin { get; init; }

    /// <summary>Which of its publisher's archives it is of: <c>Debian-Security</c>; empty when it does not say.</summary>
    public required string Label { get; init; }

    /// <summary>Name by role: <c>stable</c>, <c>stable-updates</c>; empty when it does not say.</summary>
    public required string Suite { get; init; }

    /// <summary>Name that stays: <c>trixie</c>, <c>trixie-security</c>; empty when it does not say.</summary>
    public required string Codename { get; init; }

    /// <summary>When it was made, to the second, UTC.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>When it ceases to be valid; null when it does not say.</summary>
    public required DateTimeOffset? ValidUntil { get; init; }

    /// <summary>True when its files can be fetched by their digests, which never change under one's hands.</summary>
    public required bool AcquireByHash { get; init; }

    /// <summary>
    /// Where its packages stand as long as nobody says otherwise: apt_preferences(5), <c>NotAutomatic</c> and <c>ButAutomaticUpgrades</c>.
    /// </summary>
    public required int Priority { get; init; }

    /// <summary>Components it has.</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>Architectures it has, <c>all</c> among them when it has indexes for that.</summary>
    public required IReadOnlyList<string> Architectures { get; init; }

    /// <summary>True when packages of <c>all</c> are listed with every architecture and their own index is not to be read.</summary>
    public required bool NoIndexForArchitectureAll { get; init; }

    /// <summary>Number of files listed.</summary>
    public int FileCount => _files.Count;

    /// <summary>The file at a path; null when it is not listed.</summary>
    public ReleaseEntry? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>Reads the text of a <c>Release</c>, without any signature around it.</summary>
    /// <param name="content">The bytes that were signed.</param>
    /// <param name="label">What a person calls it: <c>Release of trixie</c>.</param>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    public static ReleaseFile Read(ReadOnlyMemory<byte> content, string label)
    {
        using MemoryStream stream = new(content.ToArray(), writable: false);
        Deb822Reader reader = new(stream, label, Deb822Limits.Release);
        if (!reader.Read())
        {
            throw new ImageFormatException(label, 0, "it is empty");
        }
        string date = reader.Text("Date"u8) ?? throw reader.Fault(reader.Line, "Date is missing");
        ReleaseFile release = new(ReadFiles(reader))
        {
            Origin = reader.Text("Origin"u8) ?? "",
            Label = reader.Text("Label"u8) ?? "",
            Suite = reader.Text("Suite"u8) ?? "",
            Codename = reader.Text("Codename"u8) ?? "",
            Date = ReadDate(reader, "Date", date),
            ValidUntil = reader.Text("Valid-Until"u8) is { } until ? ReadDate(reader, "Valid-Until", until) : null,
            AcquireByHash = reader.Text("Acquire-By-Hash"u8) == "yes",
            Priority = reader.Text("NotAutomatic"u8) != "yes" ? PackageArchive.UsualPriority
                : reader.Text("ButAutomaticUpgrades"u8) == "yes" ? 100 : 1,
            Components = Words(reader.Text("Components"u8)),
            Architectures = Words(reader.Text("Architectures"u8)),
            NoIndexForArchitectureAll = Words(reader.Text("No-Support-for-Architecture-all"u8)).Contains("Packages"),
        };
        return reader.Read() ? throw reader.Fault(reader.Line, "a second stanza; a Release has one") : release;
    }

    private static string[] Words(string? text) => text?.Split((char[])[' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        ?? [];

    // RFC 5322 with the zone named or numbered; the archive writes UTC. Ubuntu pads the hour with a blank: 'Fri, 27 Nov 2026  3:16:34 UTC'
    private static DateTimeOffset ReadDate(Deb822Reader reader, string field, string text)
    {
        int zone = text.LastIndexOf(' ');
        if (zone > 0 && text[(zone + 1)..] is "UTC" or "GMT" or "Z" or "+0000" && DateTime.TryParseExact(
            text[..zone], "ddd, d MMM yyyy H:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite, out DateTime time))
        {
            return new DateTimeOffset(time, TimeSpan.Zero);
        }
        throw reader.Fault(reader.Line, $"{field} is '{text}', expected a form like 'Sat, 12 Sep 2026 07:55:41 UTC'");
    }

    private static Dictionary<string, ReleaseEntry> ReadFiles(Deb822Reader reader)
    {
        Dictionary<string, ReleaseEntry> files = new(StringComparer.Ordinal);
        string? sha256 = reader.Text("SHA256"u8);
        string list = sha256 ?? reader.Text("SHA512"u8)
            ?? throw reader.Fault(reader.Line, "SHA256 is missing, and SHA512 too; weaker digests are not used");
        string kind = sha256 is null ? "SHA512" : "SHA256";
        foreach (ReadOnlySpan<char> line in list.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> rest = line.Trim(" \t");
            if (rest.IsEmpty)
            {
                continue;
            }
            ReadOnlySpan<char> digits = NextWord(ref rest);
            ReadOnlySpan<char> size = NextWord(ref rest);
            Sha256Digest digest = default;
            if (!(sha256 is null ? Sha512Files.IsDigest(digits) : Sha256Digest.TryParse(digits, out digest))
                || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) || rest.IsEmpty)
            {
                throw reader.Fault(reader.Line, $"'{line}' of {kind} is no digest, size and path");
            }
            rest = rest.StartsWith("./") ? rest[2..] : rest; // as apt-ftparchive writes it
            if (ArchivePath.ProblemOf(rest) is not null)
            {
                continue; // no file that is asked for has such a path; one odd name is no reason to lose the others
            }
            ReleaseEntry entry = new(rest.ToString(), bytes, digest, sha256 is null ? digits.ToString() : null);
            if (!files.TryAdd(entry.Path, entry) && files[entry.Path] != entry)
            {
                throw reader.Fault(reader.Line, $"{kind} lists '{entry.Path}' twice, differently");
            }
            if (files.Count > MaxFiles)
            {
                throw reader.Fault(reader.Line, $"{kind} lists more than {MaxFiles} files");
            }
        }
        return files;
    }

    private static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> rest)
    {
        int blank = rest.IndexOfAny(' ', '\t');
        ReadOnlySpan<char> word = blank < 0 ? rest : rest[..blank];
        rest = blank < 0 ? [] : rest[blank..].TrimStart(" \t");
        return word;
    }
}
