using System.Diagnostics;

namespace Strata.Machines.Network;

/// <summary>What a scan asks for.</summary>
public enum WireProtocol
{
    /// <summary>TCP over IPv4.</summary>
    Tcp,

    /// <summary>UDP over IPv4.</summary>
    Udp,

    /// <summary>TCP over IPv6.</summary>
    Tcp6,

    /// <summary>UDP over IPv6.</summary>
    Udp6,
}

/// <summary>What is known of the 65,535 ports of one protocol while they are asked. One side asks, another one tells of answers.</summary>
/// <param name="window">Questions under way at most.</param>
/// <param name="tries">How often a port is asked that keeps silent.</param>
internal sealed class PortStates(int window = PortStates.CardWindow, int tries = 3) : IDisposable
{
    /// <summary>As many questions as a network card of QEMU has room for.</summary>
    private const int CardWindow = 256;

    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(400);

    private readonly byte[] _states = new byte[65536]; // by port: 0 unknown, 1 closed, 2 open
    private readonly bool[] _asked = new bool[65536];
    private readonly SemaphoreSlim _bell = new(0, 1);
    private readonly Lock _lock = new();
    private int _answers;

    /// <summary>Tells of an answer; what is open stays open, for what closes after it was open is the end of that.</summary>
    public void Answered(int port, bool isOpen)
    {
        lock (_lock)
        {
            _answers += _states[port] == 0 ? 1 : 0;
            _states[port] = isOpen ? (byte)2 : Math.Max(_states[port], (byte)1);
            if (_bell.CurrentCount == 0)
            {
                _bell.Release();
            }
        }
    }

    /// <summary>Asks every port, those that keep silent several times.</summary>
    /// <param name="ask">Asks one.</param>
    /// <param name="cancellationToken">Gives up; what is known until then stays.</param>
    public async Task AskAllAsync(Func<int, Task> ask, CancellationToken cancellationToken)
    {
        int[] ports = [.. Enumerable.Range(1, 65535)];
        for (int turn = 0; turn < tries && ports.Length > 0; turn++)
        {
            int begun = Answers;
            int sent = 0;
            int given = 0; // up: silence for long enough
            foreach (int port in ports)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await ask(port);
                _asked[port] = true;
                sent++;
                if (sent - given - (Answers - begun) >= window)
                {
                    given += await SilentAsync(window / 2, () => sent - given - (Answers - begun), cancellationToken);
                }
            }
            await SilentAsync(0, () => sent - given - (Answers - begun), cancellationToken);
            ports = [.. ports.Where(p => StateOf(p) == 0)];
        }
    }

    /// <summary>What is known.</summary>
    /// <param name="problem">Why not every port was asked; null when all were.</param>
    public WireScan Result(string? problem)
    {
        int[] asked = [.. Enumerable.Range(1, 65535).Where(p => _asked[p])];
        int[] silent = [.. asked.Where(p => StateOf(p) == 0)];
        return new WireScan([.. asked.Where(p => StateOf(p) == 2)], asked.Count(p => StateOf(p) == 1), silent, asked.Length, problem);
    }

    /// <inheritdoc/>
    public void Dispose() => _bell.Dispose();

    private int Answers => Volatile.Read(ref _answers);

    private byte StateOf(int port) => Volatile.Read(ref _states[port]);

    /// <summary>Waits until no more than some questions are under way, or until nothing was answered for a while: then those are silent.</summary>
    private async Task<int> SilentAsync(int most, Func<int> underWay, CancellationToken cancellationToken)
    {
        int before = Answers;
        long since = Stopwatch.GetTimestamp();
        while (underWay() > most)
        {
            await _bell.WaitAsync(s_silence / 4, cancellationToken);
            if (Answers != before)
            {
                (before, since) = (Answers, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) >= s_silence)
            {
                return underWay();
            }
        }
        return 0;
    }
}

/// <summary>What a scan from outside found.</summary>
/// <param name="Open">Ports on which somebody listens, ascending; of UDP those that answered something.</param>
/// <param name="Closed">How many said that nobody does.</param>
/// <param name="Silent">Ports that were asked and said nothing, ascending: filtered, or of UDP perhaps somebody who does not answer nonsense.</param>
/// <param name="Asked">How many were asked.</param>
/// <param name="Problem">Why not all; null when all were.</param>
public sealed record WireScan(IReadOnlyList<int> Open, int Closed, IReadOnlyList<int> Silent, int Asked, string? Problem);
