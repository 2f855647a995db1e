using System.Text.Encodings.Web;
using System.Text.Json;

namespace Strata.Inventory.Bills;

/// <summary>The form of JSON that bills have, in whichever standard: indented, lines ended by a line feed, texts as they are.</summary>
internal static class BillJson
{
    // no page of HTML is ever made of it
    private static readonly JsonWriterOptions s_form = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n",
    };

    /// <summary>Writes a document.</summary>
    /// <param name="target">Where; stays open.</param>
    /// <param name="write">Writes its one value.</param>
    public static void Write(Stream target, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(write);
        using (Utf8JsonWriter json = new(target, s_form))
        {
            write(json);
        }
        target.Write("\n"u8);
    }
}
