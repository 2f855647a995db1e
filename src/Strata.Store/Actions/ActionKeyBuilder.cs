using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Store.Actions;

/// <summary>Collects the named inputs of a piece of work into an <see cref="ActionKey"/>.</summary>
/// <remarks>
/// <para>
/// The encoding (docs/formats/store.md, "Action keys") is injective: every length is written before what it measures and every value
/// carries its
/// type, so that two different sets of inputs never give the same bytes. Inputs are sorted by name: the order of the calls does not matter.
/// The order <em>inside</em> a list does.
/// </para>
/// <para>Everything that can change the result must be an input: options, versions of tools, the digest of the tool itself.</para>
/// </remarks>
public sealed class ActionKeyBuilder
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SortedDictionary<string, byte[]> _inputs = new(StringComparer.Ordinal);
    private readonly string _step;
    private readonly int _version;

    /// <summary>Starts a key.</summary>
    /// <param name="step">What is done: 1..64 of <c>a-z 0-9 . _ + -</c>.</param>
    /// <param name="version">At least 1; raised whenever the code of the step changes what comes out.</param>
    public ActionKeyBuilder(string step, int version)
    {
        ActionNames.ThrowIfNoStep(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        _step = step;
        _version = version;
    }

    /// <summary>Adds a content.</summary>
    /// <exception cref="ArgumentException">The name is taken or no name (<see cref="ActionNames"/>).</exception>
    public ActionKeyBuilder Add(string name, Sha256Digest value) => Add(name, 'd', value.Bytes);

    /// <summary>Adds a text; it must be valid UTF-16.</summary>
    /// <exception cref="ArgumentException">The name is taken or no name, or the text has half a surrogate pair.</exception>
    public ActionKeyBuilder Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, 's', s_strictUtf8.GetBytes(value));
    }

    /// <summary>Adds a number.</summary>
    /// <exception cref="ArgumentException">The name is taken or no name.</exception>
    public ActionKeyBuilder Add(string name, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Add(name, 'i', bytes);
    }

    /// <summary>Adds a choice.</summary>
    /// <exception cref="ArgumentException">The name is taken or no name.</exception>
    public ActionKeyBuilder Add(string name, bool value) => Add(name, 'b', [value ? (byte)1 : (byte)0]);

    /// <summary>Adds contents whose order matters; sort them first when it does not.</summary>
    /// <exception cref="ArgumentException">The name is taken or no name.</exception>
    public ActionKeyBuilder Add(string name, IEnumerable<Sha256Digest> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArrayBufferWriter<byte> bytes = new();
        foreach (Sha256Digest value in values)
        {
            bytes.Write(value.Bytes);
        }
        return Add(name, 'D', bytes.WrittenSpan);
    }

    /// <summary>Adds texts whose order matters; sort them first when it does not.</summary>
    /// <exception cref="ArgumentException">The name is taken or no name, or a text has half a surrogate pair.</exception>
    public ActionKeyBuilder Add(string name, IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArrayBufferWriter<byte> bytes = new();
        foreach (string value in values)
        {
            WriteSized(bytes, s_strictUtf8.GetBytes(value));
        }
        return Add(name, 'S', bytes.WrittenSpan);
    }

    /// <summary>The key of everything added so far.</summary>
    public ActionKey Build() => new(_step, _version, Sha256Digest.Of(Encode()));

    /// <summary>The bytes that are hashed.</summary>
    internal byte[] Encode()
    {
        ArrayBufferWriter<byte> bytes = new();
        bytes.Write("strata-action 1\n"u8);
        WriteSized(bytes, s_strictUtf8.GetBytes(_step));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(sizeof(int)), _version);
        bytes.Advance(sizeof(int));
        foreach ((string name, byte[] value) in _inputs)
        {
            WriteSized(bytes, s_strictUtf8.GetBytes(name));
            WriteSized(bytes, value);
        }
        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteSized(ArrayBufferWriter<byte> bytes, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(sizeof(int)), value.Length);
        bytes.Advance(sizeof(int));
        bytes.Write(value);
    }

    private ActionKeyBuilder Add(string name, char type, ReadOnlySpan<byte> value)
    {
        ActionNames.ThrowIfNoName(name);
        byte[] typed = [(byte)type, .. value];
        return _inputs.TryAdd(name, typed) ? this : throw new ArgumentException($"the input '{name}' was added before", nameof(name));
    }
}
