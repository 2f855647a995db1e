using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;
using Strata.Packages.Sources;

namespace Strata.Packages.Locks;

/// <summary>A lock as a file: JSON in one canonical form, so that equal locks are equal bytes and differences are short.</summary>
/// <remarks>
/// UTF-8 without mark, two blanks of indentation, line feeds, members in a fixed order. Reading refuses unknown and repeated members and
/// everything that <see cref="PackageLock"/> refuses. Limit: 64 MiB.
/// </remarks>
public static class PackageLockFile
{
    private const int MaxBytes = 64 << 20;
    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string Hint = "A lock is written by 'strata lock NAME'; do not edit it by hand.";

    // '>' and '+' are written as they are: the file is for people and is never part of a web page
    private static readonly JsonWriterOptions s_form = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The bytes of a lock; they end in a line feed.</summary>
    public static byte[] Write(PackageLock packages)
    {
        ArgumentNullException.ThrowIfNull(packages);
        LockMembers members = new()
        {
            // what an older program understands is written as it always was
            Format = packages.Request.Archives.Count > 0 ? PackageLock.CurrentFormat : 1,
            Architecture = packages.Architecture,
            Releases = [.. packages.Releases.Select(r => new ReleaseMembers
            {
                Archive = NameOrNull(r.Archive),
                Suite = r.Suite,
                Date = r.Date.ToString(TimeForm, CultureInfo.InvariantCulture),
                Sha256 = r.Sha256.ToString(),
            })],
            Request = new RequestMembers
            {
                Roots = [.. packages.Request.Roots.Select(r => new RootMembers { Package = r.Package, Alone = r.Alone })],
                Cut = packages.Request.Cut,
                Recommends = packages.Request.Recommends,
                Archives = packages.Request.Archives.Count == 0 ? null : [.. packages.Request.Archives.Select(a => new ArchiveMembers
                {
                    Name = a.Name,
                    Suites = a.Suites,
                    Components = a.Components,
                    Keys = [.. a.Keys.Select(k => k.ToString())],
                    Priority = a.Priority,
                    Packages = a.Packages,
                })],
            },
            Packages = [.. packages.Packages.Select(p => new PackageMembers
            {
                Name = p.Name,
                Version = p.Version,
                Architecture = p.Architecture,
                Archive = NameOrNull(p.Archive),
                Suite = p.Suite,
                Component = p.Component,
                Filename = p.Filename,
                Size = p.Size,
                Sha256 = p.Sha256.ToString(),
                RequiredBy = p.RequiredBy,
                Reason = p.Reason,
            })],
        };
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter writer = new(bytes, s_form))
        {
            JsonSerializer.Serialize(writer, members, LockJson.Default.LockMembers);
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads and checks a lock.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="name">What a person calls it: <c>editions/nano/lock.json</c>.</param>
    /// <exception cref="StrataException">It breaks a rule; the message names the place.</exception>
    public static PackageLock Read(ReadOnlySpan<byte> content, string name)
    {
        if (content.Length > MaxBytes)
        {
            throw Fault(name, $"it has more than {MaxBytes} bytes");
        }
        LockMembers members;
        try
        {
            members = JsonSerializer.Deserialize(content, LockJson.Default.LockMembers) ?? throw Fault(name, "it is null");
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? $"line {(line + 1).ToString(CultureInfo.InvariantCulture)}: " : "";
            throw Fault(name, place + e.Message.Split(" Path:", 2)[0], e);
        }
        if (members.Format is < 1 or > PackageLock.CurrentFormat)
        {
            throw new StrataException(
                $"cannot read lock {name}: it has format {members.Format}, this program reads 1 to {PackageLock.CurrentFormat}",
                "Use the version of Strata that wrote it, or make it anew with 'strata lock NAME'.");
        }
        bool hasArchives = members.Request.Archives is { Count: > 0 };
        if (hasArchives != (members.Format == PackageLock.CurrentFormat))
        {
            throw Fault(name, hasArchives ? "request.archives: format 1 knows none" : "request.archives: format 2 has at least one");
        }
        try
        {
            return new PackageLock(
                members.Architecture,
                [
                    .. members.Releases.Select((r, i) =>
                        new LockedRelease(r.Suite, Time(name, r.Date, i), Digest(name, r.Sha256, $"releases[{i}].sha256"))
                        {
                            Archive = r.Archive ?? PackageArchive.DebianName,
                        }),
                ],
                new LockedRequest(
                    [.. members.Request.Roots.Select(r => new LockedRoot(r.Package, r.Alone))],
                    members.Request.Cut, members.Request.Recommends)
                {
                    Archives = [.. (members.Request.Archives ?? []).Select((a, i) => Archive(name, a, i))],
                },
                [.. members.Packages.Select((p, i) => Package(name, p, i))]);
        }
        catch (ArgumentException e)
        {
            throw Fault(name, e.Message, e);
        }
    }

    private static string? NameOrNull(string archive) => archive == PackageArchive.DebianName ? null : archive;

    private static LockedArchive Archive(string name, ArchiveMembers members, int place) => new(
        members.Name, members.Suites, members.Components,
        [.. members.Keys.Select((k, i) => Digest(name, k, $"request.archives[{place}].keys[{i}]"))], members.Priority, members.Packages);

    private static LockedPackage Package(string name, PackageMembers members, int place) => new()
    {
        Name = members.Name,
        Version = members.Version,
        Architecture = members.Architecture,
        Archive = members.Archive ?? PackageArchive.DebianName,
        Suite = members.Suite,
        Component = members.Component,
        Filename = members.Filename,
        Size = members.Size,
        Sha256 = Digest(name, members.Sha256, $"packages[{place}].sha256"),
        RequiredBy = members.RequiredBy,
        Reason = members.Reason,
    };

    private static Sha256Digest Digest(string name, string text, string place) => Sha256Digest.TryParse(text, out Sha256Digest digest)
        ? digest
        : throw Fault(name, $"{place}: it is no SHA-256 digest of 64 lower-case hex digits");

    private static DateTimeOffset Time(string name, string text, int place) =>
        DateTime.TryParseExact(text, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)
            ? new DateTimeOffset(time, TimeSpan.Zero)
            : throw Fault(name, $"releases[{place}].date: it is no time such as 2026-09-12T07:55:41Z");

    private static StrataException Fault(string name, string problem, Exception? cause = null) =>
        new($"cannot read lock {name}: {problem}", Hint, cause);
}
