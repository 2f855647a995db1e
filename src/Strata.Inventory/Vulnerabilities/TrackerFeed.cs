using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Strata.Core;

namespace Strata.Inventory.Vulnerabilities;

/// <summary>
/// Reads the feed of Debian's security tracker (<c>/tracker/data/json</c>): by source package, number and release what is known.
/// </summary>
/// <remarks>
/// <c>{"curl": {"CVE-2026-1": {"description": …, "releases": {"trixie": {"status", "fixed_version", "urgency", "nodsa",
/// "nodsa_reason"}}}}}</c>.
/// The feed has some 60 MB, of which one edition concerns little: it is read once from front to back, in a buffer that grows to the
/// longest single value only, and only what was asked for is kept.
/// </remarks>
public sealed class TrackerFeed
{
    /// <summary>Largest feed that is read.</summary>
    public const long MaxBytes = 2L << 30;

    /// <summary>Longest single value.</summary>
    public const int MaxValue = 4 << 20;

    /// <summary>Most entries that are kept.</summary>
    public const int MostEntries = 1 << 20;

    private const int MaxDepth = 16; // the feed has 6
    private const int LongestDescription = 2048;
    private const string Form = "Expected the JSON of Debian's security tracker (security-tracker.debian.org/tracker/data/json).";

    private readonly IReadOnlySet<string> _sources;
    private readonly string _release;
    private readonly string _name;
    private readonly List<TrackerEntry> _entries = [];

    // where the reader is: the names on the way down
    private string? _source;
    private string? _id;
    private string? _field;
    private bool _isRelease;
    private bool _sawReleases;
    private bool _sawRelease;
    private string _releaseField = "";
    private TrackerEntry? _entry;
    private string _description = "";

    private TrackerFeed(IReadOnlySet<string> sources, string release, string name) => (_sources, _release, _name) = (sources, release,
        name);

    /// <summary>What a feed says of some packages.</summary>
    /// <param name="feed">The feed; read to its end.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="sources">Names of source packages.</param>
    /// <param name="release">The release of Debian: <c>trixie</c>.</param>
    /// <returns>In the order of the feed.</returns>
    /// <exception cref="StrataException">It is cut off, too large, of another form, or does not know the release.</exception>
    public static IReadOnlyList<TrackerEntry> Read(Stream feed, string name, IReadOnlySet<string> sources, string release)
    {
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(sources);
        TrackerFeed reader = new(sources, release, name);
        reader.Read(feed);
        return reader._entries;
    }

    private void Read(Stream feed)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 << 10);
        long position = 0;
        try
        {
            JsonReaderState state = new(new JsonReaderOptions { MaxDepth = MaxDepth });
            int filled = 0;
            for (bool isLast = false; !isLast;)
            {
                int read = feed.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
                isLast = read < buffer.Length - filled;
                filled += read;
                Utf8JsonReader json = new(buffer.AsSpan(0, filled), isLast, state);
                while (json.Read())
                {
                    Take(ref json);
                }
                state = json.CurrentState;
                int consumed = (int)json.BytesConsumed;
                position += consumed;
                if (position > MaxBytes)
                {
                    throw Refused($"it has more than {new ByteSize(MaxBytes)}");
                }
                if (consumed == 0 && filled == buffer.Length && !isLast)
                {
                    buffer = Grow(buffer, filled);
                }
                else
                {
                    buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
                    filled -= consumed;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // half a character in an escape
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"behind byte {position}");
            throw Refused($"{place}: {e.Message}", "It may have been cut off on the way; fetch it again. " + Form);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (!_sawReleases)
        {
            throw Refused("it names no release of Debian");
        }
        if (!_sawRelease)
        {
            throw Refused(
                $"it says nothing of {_release}", "The tracker drops releases that are no longer looked after; an older feed may know it.");
        }
    }

    private byte[] Grow(byte[] buffer, int filled)
    {
        if (buffer.Length >= MaxValue)
        {
            throw Refused($"one value has more than {new ByteSize(MaxValue)}");
        }
        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private void Take(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.StartArray when json.CurrentDepth < 3:
            case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
                when json.CurrentDepth is 0 or 1 or 2:
                throw Refused("it is not made of packages, numbers and what is known of them");
            case JsonTokenType.PropertyName:
                Name(ref json);
                break;
            case JsonTokenType.String when _source is not null:
                Value(json.CurrentDepth, ref json);
                break;
            case JsonTokenType.EndObject:
                End(json.CurrentDepth);
                break;
        }
    }

    // depth 1: packages · 2: numbers · 3: what is known · 4: releases · 5: of one release
    private void Name(ref Utf8JsonReader json)
    {
        switch (json.CurrentDepth)
        {
            case 1:
                string source = json.GetString()!;
                _source = _sources.Contains(source) ? source : null;
                break;
            case 2 when _source is not null:
                (_id, _description) = (json.GetString(), "");
                break;
            case 3:
                _field = json.ValueTextEquals("releases"u8) ? "releases" : json.ValueTextEquals("description"u8) ? "description" : null;
                break;
            case 4 when _field == "releases":
                _sawReleases = true;
                _isRelease = json.ValueTextEquals(_release);
                _sawRelease |= _isRelease;
                _entry = _isRelease && _source is not null ? new TrackerEntry { Source = _source, Id = _id!, Description = _description }
                    : null;
                break;
            case 5 when _entry is not null:
                _releaseField = json.GetString()!;
                break;
        }
    }

    private void Value(int depth, ref Utf8JsonReader json)
    {
        if (depth == 3 && _field == "description")
        {
            string text = json.GetString()!;
            _description = text.Length <= LongestDescription ? text : text[..LongestDescription];
        }
        else if (depth == 5 && _entry is not null)
        {
            string text = json.GetString()!;
            _entry = _releaseField switch
            {
                "status" => _entry with { Status = text },
                "fixed_version" => _entry with { FixedVersion = text },
                "urgency" => _entry with { Urgency = text },
                "nodsa" => _entry with { NoAdvisory = text },
                "nodsa_reason" => _entry with { NoAdvisoryReason = text },
                _ => _entry,
            };
        }
    }

    private void End(int depth)
    {
        if (depth == 4 && _entry is not null)
        {
            if (_entries.Count == MostEntries)
            {
                throw Refused($"it has more than {MostEntries} entries of packages that are in the image");
            }
            _entries.Add(_entry);
            _entry = null;
        }
        else if (depth == 3)
        {
            _field = null;
        }
    }

    private StrataException Refused(string problem, string hint = Form) => new($"cannot read the feed {_name}: {problem}", hint);
}
