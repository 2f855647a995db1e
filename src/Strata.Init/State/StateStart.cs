using System.Buffers;
using System.Text.Json;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Init.Sealed;
using Strata.Updates.State;

namespace Strata.Init.State;

/// <summary>What a start does about state: reads what is to be kept, opens it, brings it into the root, and reports.</summary>
internal static class StateStart
{
    /// <summary>Where the running system finds what became of its state. Form: <c>docs/state.md</c>.</summary>
    public const string ReportPath = "/run/strata/state.json";

    // written by the running system: the security version of a start that was good
    private const string ProvenFile = StatePlan.OwnFolder + "/proven";
    private const int MostProven = 32;

    private const string ReportFormat = "strata-state-report-1";

    /// <summary>Reads what is to be kept; null when the initrd says nothing of it.</summary>
    /// <exception cref="BootException">The boot image is damaged.</exception>
    public static StatePlan? ReadPlan()
    {
        try
        {
            return Files.TryRead(StatePlan.InitrdPath, StatePlan.MaxBytes + 1) is byte[] text ? StatePlanText.Read(text) : null;
        }
        catch (ImageFormatException e)
        {
            throw new BootException(
                $"cannot learn what is to be kept: {StatePlan.InitrdPath}: {e.Message}", [],
                ["The boot image is damaged; build or write it anew."]);
        }
    }

    /// <summary>
    /// Opens the state, deletes what is in it when that was asked for, and has the kernel take the seed that lies there; null when the
    /// system starts without.
    /// </summary>
    /// <param name="plan">What is to be kept.</param>
    /// <param name="options">What was asked.</param>
    /// <param name="screen">Told about waiting.</param>
    /// <param name="bootPartition">The partition that the firmware started from, or empty GUID.</param>
    /// <param name="devices">The disks that are here.</param>
    /// <param name="storeDisk">The disk that layers come from; null when they come from none.</param>
    /// <param name="phase">The TPM, while it opens; null when nothing is encrypted.</param>
    /// <param name="note">Gets what is not as it should be, a sentence each.</param>
    /// <exception cref="BootException">Several partitions may be meant.</exception>
    public static OpenedState? Open(
        StatePlan plan, BootOptions options, Screen screen, Guid bootPartition, BlockDevices devices, string? storeDisk,
        BootPhase? phase, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(note);
        if (options.IsKiosk || options.Changes == ChangesKind.None)
        {
            note($"the state of this machine is left out: '{(options.IsKiosk ? "kiosk" : "ro")}' on the kernel command line asks that no "
                + "change outlives a restart");
            return null;
        }
        StatePlace place = new StateFinder(options, screen, bootPartition).Find(devices, storeDisk);
        using EncryptedState? encrypted =
            phase is null ? null : new EncryptedState(plan.Encryption, phase, options.AskSeconds, screen, note);
        OpenedState? state = new StateOpener(plan.Edition, note, screen.Tell, encrypted).Open(place);
        if (state is not null)
        {
            FactoryReset.Do(state, options.IsReset, bootPartition, devices, note);
            MachineSecrets.BringSeed(state.Folder, note);
            encrypted?.RaiseFloor(Files.TryRead($"{state.Folder}/{(plan.IsEverything ? "upper" : "kept")}{ProvenFile}", MostProven));
        }
        else if (options.IsReset)
        {
            note("strata.reset on the kernel command line is left out: there is no state that could be reset");
        }
        return state;
    }

    /// <summary>Brings into the root what is kept, and writes the report.</summary>
    /// <param name="root">The root of the system: <c>/</c>, or where it is mounted.</param>
    /// <param name="state">The state; null when the system starts without.</param>
    /// <param name="plan">What is to be kept.</param>
    /// <param name="problems">All that was not as it should be in this start; what comes now is added by <paramref name="note"/>.</param>
    /// <param name="note">Gets what is not as it should be, a sentence each.</param>
    public static void Bring(string root, OpenedState? state, StatePlan plan, IReadOnlyList<string> problems, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(plan);
        IReadOnlyList<string> kept = [];
        if (state is not null)
        {
            kept = plan.IsEverything ? ["/"] : KeptFolders.Mount(root, state, plan, note);
            MachineSecrets.BringIdentity(root, state.Folder, note);
        }
        Files.Write(ReportPath, Report(state, kept, problems));
    }

    private static byte[] Report(OpenedState? state, IReadOnlyList<string> kept, IReadOnlyList<string> problems)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", ReportFormat);
            json.WriteString("device", state?.Device.Name ?? "");
            if (state is { OpenedBy.Length: > 0 })
            {
                json.WriteString("opened", state.OpenedBy);
            }
            Texts(json, "kept", kept);
            Texts(json, "problems", problems);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
