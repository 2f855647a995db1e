namespace Strata.Updates.Applying;

/// <summary>Who is told how an update goes on, and what it needs of its surroundings.</summary>
public sealed class ApplySteps
{
    private byte[] _buffer = [];

    /// <summary>Lets time pass before something is asked again.</summary>
    public required Action<TimeSpan> Wait { get; init; }

    /// <summary>Told what begins: <c>layer base</c>, and how many bytes the plan has for it.</summary>
    public Action<string, long>? WhenBegun { get; init; }

    /// <summary>Told after each piece how many bytes were fetched in all.</summary>
    public Action<long>? WhenFetched { get; init; }

    /// <summary>Told what a person should know although it goes on.</summary>
    public Action<string>? WhenNoticed { get; init; }

    /// <summary>Bytes that were fetched, of what an update consists of.</summary>
    public long FetchedBytes { get; private set; }

    internal void Begun(string what, long bytes) => WhenBegun?.Invoke(what, bytes);

    internal void Noticed(string what) => WhenNoticed?.Invoke(what);

    internal void Fetched(int bytes)
    {
        FetchedBytes += bytes;
        WhenFetched?.Invoke(FetchedBytes);
    }

    /// <summary>Room for a block, again and again.</summary>
    internal Span<byte> Buffer(int bytes)
    {
        if (_buffer.Length < bytes)
        {
            _buffer = new byte[bytes];
        }
        return _buffer.AsSpan(0, bytes);
    }
}
