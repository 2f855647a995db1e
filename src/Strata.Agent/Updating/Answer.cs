using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Updates.Applying;
using Strata.Updates.Planning;
using Strata.Updates.Releases;

namespace Strata.Agent.Updating;

/// <summary>What a command says: text for people, or one line of JSON. Progress and errors go to standard error.</summary>
/// <param name="isJson">For programs.</param>
/// <param name="say">Takes what is said, and the number of the stream.</param>
internal sealed class Answer(bool isJson, Action<string, int>? say = null)
{
    /// <summary>Something begins, or a person should know it.</summary>
    public void Progress(string text) => Say($"{text}\n", 2);

    /// <summary>It failed.</summary>
    public void Fail(string message, string? hint)
    {
        if (isJson)
        {
            Json(json =>
            {
                json.WriteString("error", message);
                json.WriteString("hint", hint ?? "");
            });
        }
        else
        {
            Say($"error: {message}\n{(hint is null ? "" : hint + "\n")}", 2);
        }
    }

    /// <summary>How an update ended.</summary>
    public void Done(string state, PublishedRelease release, long fetched, string? next)
    {
        if (isJson)
        {
            Json(json =>
            {
                json.WriteString("state", state);
                WriteRelease(json, release);
                json.WriteNumber("fetched", fetched);
            });
            return;
        }
        Say($"{NameOf(release)}: {state}{(fetched > 0 ? $", {new ByteSize(fetched)} fetched" : "")}\n{(next is null ? "" : next + "\n")}");
    }

    /// <summary>What an update would fetch.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="measured">Bytes that making it has fetched.</param>
    /// <param name="time">How long that took.</param>
    public void Plan(UpdatePlan plan, long measured, TimeSpan time)
    {
        // a few kilobytes measure the way there and back, not the speed
        long? seconds = measured >= 256 << 10 && time.TotalMilliseconds > 0
            ? (long)Math.Ceiling(plan.Bytes / (measured / time.TotalSeconds)) : null;
        if (isJson)
        {
            Json(json =>
            {
                WriteRelease(json, plan.Release);
                json.WriteNumber("bytes", plan.Bytes);
                json.WriteNumber("full", plan.Release.FullBytes);
                json.WriteNumber("uki", plan.UkiBytes);
                if (seconds is long some)
                {
                    json.WriteNumber("seconds", some);
                }
                json.WriteStartArray("layers");
                foreach (LayerPlan layer in plan.Layers)
                {
                    json.WriteStartObject();
                    json.WriteString("name", layer.Layer.Name);
                    json.WriteString("way", WordOf(layer.Way));
                    json.WriteNumber("bytes", layer.Bytes);
                    json.WriteNumber("size", layer.Layer.Size);
                    json.WriteNumber("ranges", layer.Ranges.Count);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return;
        }
        StringBuilder text = new();
        foreach (LayerPlan layer in plan.Layers)
        {
            text.Append(Row(layer.Layer.Name, WordOf(layer.Way), layer.Bytes, layer.Layer.Size));
        }
        text.Append(Row("kernel image", plan.UkiBytes > 0 ? "whole" : "nothing", plan.UkiBytes, plan.Release.Uki.Size));
        text.Append(string.Create(CultureInfo.InvariantCulture, $"{NameOf(plan.Release)}: {plan.Bytes} bytes, "))
            .Append(new ByteSize(plan.Bytes))
            .Append(seconds is long about ? string.Create(CultureInfo.InvariantCulture, $", about {about} s") : "").Append('\n');
        Say(text.ToString());
    }

    /// <summary>What a check of the store found.</summary>
    public void Verified(StoreCheck check, IReadOnlyList<DamagedObject> damaged)
    {
        if (isJson)
        {
            Json(json =>
            {
                json.WriteNumber("objects", check.Objects);
                json.WriteNumber("bytes", check.Bytes);
                json.WriteStartArray("damaged");
                foreach (DamagedObject one in damaged)
                {
                    json.WriteStartObject();
                    json.WriteString("object", one.Digest.ToString());
                    json.WriteString("what", one.What);
                    json.WriteString("problem", one.Problem);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return;
        }
        StringBuilder text = new();
        foreach (DamagedObject one in damaged)
        {
            text.Append($"damaged: {one.What} {one.Problem} ({one.Digest.ToShortString()})\n");
        }
        text.Append(string.Create(CultureInfo.InvariantCulture, $"{check.Objects} objects, ")).Append(new ByteSize(check.Bytes))
            .Append(damaged.Count == 0 ? ": all are what their names say\n"
                : string.Create(CultureInfo.InvariantCulture, $": {damaged.Count} damaged\n"));
        Say(text.ToString());
    }

    /// <summary>Which releases are there.</summary>
    public void Standing(
        DeviceStanding standing, StoreReleases releases, IReadOnlyList<BootImage> images, DeviceStore store, string? from)
    {
        List<(string Version, long Counter, string State, bool Runs)> rows = [];
        foreach (PublishedRelease release in releases.Recorded)
        {
            string state = "no kernel image";
            foreach (BootImage image in images)
            {
                state = image.Digest == release.Uki.Digest ? WordOf(image.State) : state;
            }
            rows.Add((release.Release.Version, release.Counter, state, release.Counter == standing.Counter));
        }
        if (standing.Counter == 0)
        {
            rows.Insert(0, (standing.Running.Version, 0, "as the disk was made", true));
        }
        IReadOnlyList<long> failed = store.Failed();
        if (isJson)
        {
            Json(json =>
            {
                json.WriteString("edition", standing.Running.Edition);
                json.WriteString("version", standing.Running.Version);
                json.WriteNumber("release", standing.Counter);
                if (from is not null)
                {
                    json.WriteString("from", from);
                    json.WriteNumber("free", store.Storage.FreeBytes);
                }
                json.WriteStartArray("releases");
                foreach ((string version, long counter, string state, bool runs) in rows)
                {
                    json.WriteStartObject();
                    json.WriteString("version", version);
                    json.WriteNumber("release", counter);
                    json.WriteString("state", state);
                    json.WriteBoolean("runs", runs);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteStartArray("failed");
                foreach (long counter in failed)
                {
                    json.WriteNumberValue(counter);
                }
                json.WriteEndArray();
            });
            return;
        }
        StringBuilder text = new();
        if (from is not null)
        {
            ByteSize free = new(store.Storage.FreeBytes);
            text.Append($"{standing.Running.Edition} {standing.Running.Version}; updates from {from}; {free} free\n");
        }
        foreach ((string version, long counter, string state, bool runs) in rows)
        {
            string number = counter == 0 ? "-" : counter.ToString(CultureInfo.InvariantCulture);
            text.Append(string.Create(CultureInfo.InvariantCulture, $"{(runs ? '*' : ' ')} {number,6}  {version,-20} {state}\n"));
        }
        foreach (long counter in failed)
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"  {counter,6}  did not prove good\n"));
        }
        Say(text.ToString());
    }

    private static string NameOf(PublishedRelease release) => string.Create(
        CultureInfo.InvariantCulture, $"{release.Release.Edition} {release.Release.Version} (release {release.Counter})");

    private static string Row(string what, string way, long bytes, long size) =>
        string.Create(CultureInfo.InvariantCulture, $"  {what,-24} {way,-8} {bytes,14} of {size} bytes\n");

    private static string WordOf(LayerWay way) => way switch { LayerWay.Nothing => "nothing", LayerWay.Blocks => "blocks", _ => "whole" };

    private static string WordOf(BootImageState state) =>
        state switch { BootImageState.OnTrial => "on trial", BootImageState.Proven => "proven", _ => "failed" };

    private static void WriteRelease(Utf8JsonWriter json, PublishedRelease release)
    {
        json.WriteString("edition", release.Release.Edition);
        json.WriteString("version", release.Release.Version);
        json.WriteNumber("release", release.Counter);
    }

    private void Json(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        Say(Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n");
    }

    private void Say(string text, int stream = 1)
    {
        if (say is not null)
        {
            say(text, stream);
            return;
        }
        OpenFile.Standard(stream).Write(Encoding.UTF8.GetBytes(text)); // which stays open
    }
}
