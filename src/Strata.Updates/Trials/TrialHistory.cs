using Strata.Core;
using Strata.Updates.Json;
using Strata.Updates.Storage;

namespace Strata.Updates.Trials;

/// <summary>What became of the releases of a machine, newest last, kept with its state. Form: <c>docs/formats/health.md</c>.</summary>
/// <remarks>For people, and for what must not be tried again; what starts is said by the names of the kernel images alone.</remarks>
/// <param name="Events">What happened; the oldest go when there are more than <see cref="MostEvents"/>.</param>
public sealed record TrialHistory(IReadOnlyList<TrialEvent> Events)
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-trials-1";

    /// <summary>Its file, in the folder of what Strata keeps of a machine.</summary>
    public const string FileName = "trials.json";

    /// <summary>Most events.</summary>
    public const int MostEvents = 100;

    /// <summary>Longest text in bytes.</summary>
    public const int MaxBytes = 128 << 10;

    private const int MostWhy = 500;

    /// <summary>Nothing yet.</summary>
    public static TrialHistory Empty { get; } = new([]);

    /// <summary>The last thing that is known of a release; null when nothing is.</summary>
    public TrialEvent? LastOf(string name) => Events.LastOrDefault(e => BootEntry.IsSame(e.Name, name));

    /// <summary>With one more event.</summary>
    public TrialHistory With(TrialEvent next)
    {
        ArgumentNullException.ThrowIfNull(next);
        string why = string.Concat(next.Why.Take(MostWhy).Select(c => c is >= ' ' and <= '~' and not '"' and not '\\' ? c : '?'));
        return new TrialHistory([.. Events.Skip(Events.Count - MostEvents + 1), next with { Why = why }]);
    }

    /// <summary>Reads it from the folder of what is kept; one that is damaged counts as empty, as nothing depends on it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TrialHistory Of(IStorage kept)
    {
        byte[]? text = kept.TryRead(FileName, MaxBytes);
        try
        {
            return text is null ? Empty : Read(text);
        }
        catch (ImageFormatException)
        {
            return Empty;
        }
    }

    /// <summary>The bytes; they end in a line feed.</summary>
    public byte[] Write() => CanonicalForm.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("format", CurrentFormat);
        json.WriteStartArray("events");
        foreach (TrialEvent happened in Events)
        {
            json.WriteStartObject();
            json.WriteString("name", happened.Name);
            json.WriteString("is", WordOf(happened.Kind));
            json.WriteNumber("at", happened.AtSeconds);
            json.WriteString("why", happened.Why);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Reads the whole of a text and refuses every text but the canonical one.</summary>
    /// <exception cref="ImageFormatException">It is too long, another format, or is written in another way.</exception>
    public static TrialHistory Read(ReadOnlySpan<byte> text)
    {
        const string Format = "history of trials";
        if (text.Length > MaxBytes)
        {
            throw new ImageFormatException(Format, 0, $"it has {text.Length} bytes, allowed are {MaxBytes}");
        }
        CanonicalCursor json = new(text, Format);
        json.StartObject();
        if (json.Text("format") != CurrentFormat)
        {
            throw json.Fault($"its format is another one than {CurrentFormat}, the one this program reads");
        }
        json.StartArray("events");
        List<TrialEvent> events = [];
        while (json.NextObject())
        {
            if (events.Count == MostEvents)
            {
                throw json.Fault($"it has more than {MostEvents} events");
            }
            string name = json.Text("name");
            string word = json.Text("is");
            TrialEventKind kind = Array.Find(s_kinds, k => WordOf(k) == word) is TrialEventKind known and not TrialEventKind.None
                ? known : throw json.Fault("something happened that this program does not know");
            events.Add(new TrialEvent(name, kind, json.Number("at"), json.Text("why")));
            json.EndObject();
        }
        json.EndObject();
        json.End();
        TrialHistory history = new(events);
        CanonicalForm.Require(text, history.Write(), Format);
        return history;
    }

    private static readonly TrialEventKind[] s_kinds =
        [TrialEventKind.Started, TrialEventKind.Proven, TrialEventKind.NotWell, TrialEventKind.Failed, TrialEventKind.RolledBack];

    /// <summary>The word for what happened, in the file and for people.</summary>
    public static string WordOf(TrialEventKind kind) => kind switch
    {
        TrialEventKind.Started => "started on trial",
        TrialEventKind.Proven => "proven",
        TrialEventKind.NotWell => "not well",
        TrialEventKind.Failed => "failed",
        TrialEventKind.RolledBack => "rolled back",
        _ => "",
    };
}

/// <summary>What happened to a release.</summary>
/// <param name="Name">Name of its entry.</param>
/// <param name="Kind">What.</param>
/// <param name="AtSeconds">When, in seconds since 1970; a machine without a clock tells a wrong time.</param>
/// <param name="Why">More of it, for people; may be empty.</param>
public sealed record TrialEvent(string Name, TrialEventKind Kind, long AtSeconds, string Why);

/// <summary>Kinds of <see cref="TrialEvent"/>.</summary>
public enum TrialEventKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A try began.</summary>
    Started,

    /// <summary>It proved good.</summary>
    Proven,

    /// <summary>A try ended, as something was not well in time.</summary>
    NotWell,

    /// <summary>It had no tries left, and another one was started in its place.</summary>
    Failed,

    /// <summary>Somebody went back from it.</summary>
    RolledBack,
}
