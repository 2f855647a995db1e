using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.State;

/// <summary>Reads and writes a <see cref="StatePlan"/> in its one canonical form.</summary>
public static class StatePlanText
{
    private const string Format = "state plan";

    /// <summary>The bytes; they end in a line feed.</summary>
    /// <exception cref="ArgumentException">The plan breaks a rule.</exception>
    public static byte[] Write(StatePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(plan));
        }
        return CanonicalForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("format", StatePlan.CurrentFormat);
            json.WriteString("edition", plan.Edition);
            json.WriteString("init", plan.Init);
            json.WriteBoolean("everything", plan.IsEverything);
            json.WriteString("encrypt", Word(plan.Encryption));
            json.WriteStartArray("folders");
            foreach (KeptFolder folder in plan.Folders)
            {
                json.WriteStartObject();
                json.WriteString("path", folder.Path);
                json.WriteNumber("user", folder.User);
                json.WriteNumber("group", folder.Group);
                json.WriteNumber("mode", folder.Mode);
                json.WriteNumber("limit", folder.Limit);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Reads the whole of a text and refuses every text but the canonical one.</summary>
    /// <exception cref="ImageFormatException">It is too long, another format, breaks a rule, or is written in another way.</exception>
    public static StatePlan Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > StatePlan.MaxBytes)
        {
            throw new ImageFormatException(Format, 0, $"it has {text.Length} bytes, allowed are {StatePlan.MaxBytes}");
        }
        CanonicalCursor json = new(text, Format);
        json.StartObject();
        if (json.Text("format") != StatePlan.CurrentFormat)
        {
            throw json.Fault($"its format is another one than {StatePlan.CurrentFormat}, the one this program reads");
        }
        string edition = json.Text("edition");
        string init = json.Text("init");
        bool isEverything = json.Flag("everything");
        StateEncryption encryption = json.Text("encrypt") switch
        {
            "" => StateEncryption.None,
            "tpm" => StateEncryption.Tpm,
            "passphrase" => StateEncryption.Passphrase,
            _ => throw json.Fault("it is encrypted in a way that this program does not know"),
        };
        json.StartArray("folders");
        List<KeptFolder> folders = [];
        while (json.NextObject())
        {
            if (folders.Count > StatePlan.MostFolders)
            {
                throw json.Fault($"it keeps more than {StatePlan.MostFolders + 1} folders");
            }
            folders.Add(new KeptFolder(
                json.Text("path"), Small(ref json, "user"), Small(ref json, "group"), (int)Small(ref json, "mode"), json.Number("limit")));
            json.EndObject();
        }
        json.EndObject();
        json.End();
        StatePlan plan = new() { Edition = edition, Init = init, IsEverything = isEverything, Encryption = encryption, Folders = folders };
        foreach (string problem in plan.Problems())
        {
            throw new ImageFormatException(Format, 0, problem);
        }
        CanonicalForm.Require(text, Write(plan), Format);
        return plan;
    }

    /// <summary>The word of a blueprint for it; empty for none.</summary>
    public static string Word(StateEncryption encryption) => encryption switch
    {
        StateEncryption.Tpm => "tpm",
        StateEncryption.Passphrase => "passphrase",
        _ => "",
    };

    private static uint Small(ref CanonicalCursor json, string member) =>
        json.Number(member) is long value and <= int.MaxValue ? (uint)value : throw json.Fault($"{member} is larger than {int.MaxValue}");
}
