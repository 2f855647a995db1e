using System.Text.Json;
using Strata.Agent.Machines;
using Strata.Agent.Trials;
using Strata.Core;
using Strata.Updates.Applying;
using Strata.Updates.Releases;

namespace Strata.Agent.Updating;

/// <summary>The release that runs, with its layers: among those of the store the one whose layers the early init mounted.</summary>
internal static class RunningRelease
{
    private const string Report = "/run/strata/boot.json"; // of the early init: docs/formats/boot.md
    private const int MostBytes = 1 << 20;

    /// <summary>Finds it.</summary>
    /// <exception cref="StrataException">It is none of those that the store has.</exception>
    public static Release Of(MachineFolder machine, DeviceStore store)
    {
        RunningSystem running = RunningSystem.Of(machine);
        StoreReleases releases = store.ReadReleases();
        List<string>? images = machine.TryRead(Report, MostBytes) is byte[] report ? ImagesOf(report) : null;
        Release? found = releases.Built is Release built && IsIt(built, running, images) ? built : null;
        foreach (PublishedRelease release in releases.Recorded)
        {
            found = IsIt(release.Release, running, images) ? release.Release : found;
        }
        return found ?? throw new StrataException(
            $"cannot find {running.Edition} {running.Version}, which runs, in the store of this machine",
            "It was started from another medium. Start the machine from its own disk.");
    }

    private static bool IsIt(Release release, RunningSystem running, List<string>? images)
    {
        if (release.Edition != running.Edition || release.Version != running.Version
            || (images is not null && images.Count != release.Layers.Count))
        {
            return false;
        }
        for (int i = 0; i < images?.Count; i++)
        {
            if (images[i] != release.Layers[i].Image.ToString())
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Images of the layers that a report names, lowest first; null when it is none.</summary>
    internal static List<string>? ImagesOf(byte[] report)
    {
        List<string> images = [];
        Utf8JsonReader json = new(report);
        try
        {
            while (json.Read())
            {
                // layers[].image: an object in a list in the object
                if (json.CurrentDepth == 3 && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("image"u8)
                    && json.Read() && json.TokenType == JsonTokenType.String)
                {
                    images.Add(json.GetString()!);
                }
            }
            return images;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
