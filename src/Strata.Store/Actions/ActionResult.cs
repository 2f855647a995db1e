using System.Text;
using Strata.Core;

namespace Strata.Store.Actions;

/// <summary>One thing a piece of work produced.</summary>
/// <param name="Name">
/// What it is: <c>image</c>, <c>hash-tree</c>. Letters, digits and <c>. _ + - / : @ ~ = ,</c>; no leading slash; at most 255.
/// </param>
/// <param name="Digest">The object of the store that holds it.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record ActionOutput(string Name, Sha256Digest Digest, long Size);

/// <summary>What a piece of work produced: objects of the store and a few short notes.</summary>
/// <remarks>
/// Outputs and notes are kept sorted by name. Notes are for facts that a later step needs without opening an object, such as a root hash.
/// </remarks>
public sealed class ActionResult
{
    /// <summary>Most outputs of one result.</summary>
    public const int MostOutputs = 65_536;

    /// <summary>Most notes of one result.</summary>
    public const int MostNotes = 256;

    /// <summary>Longest value of a note, in UTF-16 units.</summary>
    public const int LongestNote = 4096;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Takes outputs and notes.</summary>
    /// <exception cref="ArgumentException">
    /// A name occurs twice or is no name, a size is negative, or there is too much of something.
    /// </exception>
    public ActionResult(IEnumerable<ActionOutput> outputs, IEnumerable<KeyValuePair<string, string>>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        SortedDictionary<string, ActionOutput> byName = new(StringComparer.Ordinal);
        foreach (ActionOutput output in outputs)
        {
            ActionNames.ThrowIfNoName(output.Name);
            if (output.Size < 0 || !byName.TryAdd(output.Name, output) || byName.Count > MostOutputs)
            {
                throw new ArgumentException(
                    $"output '{output.Name}' of {output.Size} bytes: sizes are not negative, names occur once, at most {MostOutputs}",
                    nameof(outputs));
            }
        }
        SortedDictionary<string, string> sorted = new(StringComparer.Ordinal);
        foreach ((string name, string value) in notes ?? [])
        {
            ActionNames.ThrowIfNoName(name);
            s_strictUtf8.GetByteCount(value); // half a surrogate pair could not be written down
            if (value.Length > LongestNote || !sorted.TryAdd(name, value) || sorted.Count > MostNotes)
            {
                throw new ArgumentException(
                    $"note '{name}' of {value.Length} characters: at most {LongestNote}, names occur once, at most {MostNotes}",
                    nameof(notes));
            }
        }
        Outputs = [.. byName.Values];
        Notes = sorted.AsReadOnly();
    }

    /// <summary>The outputs, sorted by name.</summary>
    public IReadOnlyList<ActionOutput> Outputs { get; }

    /// <summary>The notes, sorted by name.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; }

    /// <summary>The output of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ActionOutput this[string name] =>
        Outputs.FirstOrDefault(o => o.Name == name) ?? throw new KeyNotFoundException($"the result has no output '{name}'");
}
