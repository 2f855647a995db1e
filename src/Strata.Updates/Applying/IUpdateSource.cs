using Strata.Core;
using Strata.Updates.Layers;

namespace Strata.Updates.Applying;

/// <summary>Gets bytes of a file, in order.</summary>
/// <param name="bytes">The next ones; they are somebody else's after the call.</param>
public delegate void TakeBytes(ReadOnlySpan<byte> bytes);

/// <summary>
/// Where releases are published: a server, or a folder. Nothing of it is believed: whoever asks compares digests, of metadata by their
/// rules.
/// </summary>
public interface IUpdateSource
{
    /// <summary>What messages call it: its address or its folder.</summary>
    string Name { get; }

    /// <summary>A small file; null when it is not there.</summary>
    /// <param name="path">Below what is published: <c>metadata/timestamp.json</c>.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="SourceException">It cannot be had, or it is longer.</exception>
    byte[]? TryRead(string path, int most);

    /// <summary>Reads some neighbouring bytes of a file: all of them, or it throws; some may have been taken then.</summary>
    /// <param name="path">Below what is published.</param>
    /// <param name="range">Which.</param>
    /// <param name="take">Gets them; what it throws ends the transfer.</param>
    /// <exception cref="SourceException">They cannot be had.</exception>
    void Read(string path, ByteRange range, TakeBytes take);

    /// <summary>Reads a file from its beginning, for sources that give no ranges.</summary>
    /// <param name="path">Below what is published.</param>
    /// <param name="most">It ends after so many bytes, if the file does not.</param>
    /// <param name="take">Gets them; what it throws ends the transfer.</param>
    /// <exception cref="SourceException">They cannot be had.</exception>
    void ReadAll(string path, long most, TakeBytes take);
}

/// <summary>What is to be done about a source that does not give what was asked.</summary>
public enum SourceFault
{
    /// <summary>Ask again: a connection broke, a server has too much to do, or other bytes came than those that were meant.</summary>
    Passing,

    /// <summary>It gives whole files alone.</summary>
    NoRanges,

    /// <summary>Asking again does not help: the file is not there, or somebody else answers.</summary>
    Lasting,
}

/// <summary>A source did not give what was asked.</summary>
/// <param name="fault">What is to be done.</param>
/// <param name="message">What was asked, and what came.</param>
/// <param name="hint">What a person can try.</param>
public sealed class SourceException(SourceFault fault, string message, string? hint = null) : StrataException(message, hint)
{
    /// <summary>What is to be done.</summary>
    public SourceFault Fault => fault;
}
