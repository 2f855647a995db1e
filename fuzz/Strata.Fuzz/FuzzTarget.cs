using System.Text;
using Strata.Core;

namespace Strata.Fuzz;

/// <summary>Reads one input. Returns for what it takes, throws one of <see cref="FuzzTarget.Allowed"/> for what it refuses.</summary>
internal delegate void FuzzRead(ReadOnlySpan<byte> input);

/// <summary>
/// A reader of bytes that come from outside, and the rule that it has to keep: whatever the bytes, only documented exceptions leave it.
/// </summary>
/// <param name="Name">What people call it on the command line.</param>
/// <param name="Read">Reads one input, and may check more: that what was read is written as the same bytes again (<see
/// cref="Property"/>).</param>
/// <param name="Seeds">Sound inputs, made by our writers or taken from the repository; the same ones in every run.</param>
internal sealed record FuzzTarget(string Name, FuzzRead Read, Func<IEnumerable<byte[]>> Seeds)
{
    /// <summary>The types whose reading methods run here; a test compares them with the readers that there are.</summary>
    public required IReadOnlyList<Type> Readers { get; init; }

    /// <summary>What may leave for bad input.</summary>
    public IReadOnlyList<Type> Allowed { get; init; } = [typeof(ImageFormatException)];

    /// <summary>Words of the format.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>
    /// Inputs that <c>./test</c> reads, after the seeds; ten times as many with <c>--all</c>. Fewer where one takes milliseconds.
    /// </summary>
    public int Runs { get; init; } = 1500;

    /// <summary>Longest input that is made, in bytes.</summary>
    public int MostBytes { get; init; } = 64 << 10;

    /// <summary>Most bytes that one execution may allocate, all its garbage counted.</summary>
    public long MostAllocated { get; init; } = 96 << 20;

    /// <summary>Longest time of one execution. Far above what any needs: what comes near it grows faster than its input.</summary>
    public TimeSpan MostTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A target that reads text.</summary>
    public static FuzzTarget OfText(string name, Action<string> read, Func<IEnumerable<string>> seeds,
        params IReadOnlyList<Type> readers) => new(
        name, input => read(Encoding.UTF8.GetString(input)), () => seeds().Select(Encoding.UTF8.GetBytes)) { Readers = readers };

    /// <summary>A target that reads a stream.</summary>
    public static FuzzTarget OfStream(string name, Action<Stream> read, Func<IEnumerable<byte[]>> seeds,
        params IReadOnlyList<Type> readers) => new(
        name, input => read(new MemoryStream(input.ToArray(), writable: false)), seeds) { Readers = readers };
}
