using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Strata.Device.Posix;

namespace Strata.Device.Confinement;

/// <summary>
/// All that posix_spawn(3) wants to know of a program, in memory of the C library: whoever starts it from a thread that has given up
/// its rights needs neither the framework nor its collector for that.
/// </summary>
/// <remarks>
/// The program gets the default action and no block for every signal, and no open file but its three streams and what it is handed:
/// everything of this process is closed on exec, and a duplicate onto its own number is not (posix_spawn_file_actions_adddup2(3)).
/// </remarks>
internal sealed unsafe class ChildStart : IDisposable
{
    private const int MostOpaque = 1024; // bytes; posix_spawnattr_t has 336 and posix_spawn_file_actions_t 80 in glibc, less in musl
    private const int SignalSet = 128; // sigset_t
    private const short DefaultActions = 0x04; // POSIX_SPAWN_SETSIGDEF
    private const short NoBlocks = 0x08; // POSIX_SPAWN_SETSIGMASK

    private readonly List<nint> _memory = [];

    /// <summary>Prepares a start.</summary>
    /// <param name="start">The program, its arguments, its whole environment and its folder.</param>
    /// <param name="streams">Its standard streams, which it gets as 0, 1 and 2; null for our own.</param>
    /// <param name="descriptors">Open files that it gets under the same numbers.</param>
    /// <exception cref="PosixException">A name is too long, or memory is short.</exception>
    public ChildStart(ProcessStartInfo start, IReadOnlyList<SafeHandle?> streams, IReadOnlyList<SafeFileHandle> descriptors)
    {
        try
        {
            Path = Text(HostProgram.Find(start.FileName));
            Arguments = Texts([start.FileName, .. start.ArgumentList]);
            Environment = Texts([.. start.Environment.Where(v => v.Value is not null).Select(v => $"{v.Key}={v.Value}")]);
            Attributes = Memory(MostOpaque);
            Check(Libc.InitializeAttributes(Attributes));
            byte* signals = Memory(SignalSet);
            Check(Libc.SetSignalMask(Attributes, signals));
            new Span<byte>(signals, SignalSet).Fill(0xFF);
            Check(Libc.SetSignalDefaults(Attributes, signals));
            Check(Libc.SetAttributeFlags(Attributes, DefaultActions | NoBlocks));
            Actions = Memory(MostOpaque);
            Check(Libc.InitializeActions(Actions));
            for (int i = 0; i < streams.Count; i++)
            {
                Hand(streams[i], i);
            }
            foreach (SafeFileHandle descriptor in descriptors)
            {
                Hand(descriptor, null);
            }
            if (start.WorkingDirectory is not "")
            {
                Check(Libc.AddChangeDirectory(Actions, Text(start.WorkingDirectory)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The program's path.</summary>
    public byte* Path { get; }

    /// <summary>Its name and its arguments, behind them null.</summary>
    public byte** Arguments { get; }

    /// <summary>Its environment, behind it null.</summary>
    public byte** Environment { get; }

    /// <summary>posix_spawnattr_t.</summary>
    public byte* Attributes { get; private set; }

    /// <summary>posix_spawn_file_actions_t.</summary>
    public byte* Actions { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Actions is not null)
        {
            _ = Libc.DestroyActions(Actions);
            Actions = null;
        }
        if (Attributes is not null)
        {
            _ = Libc.DestroyAttributes(Attributes);
            Attributes = null;
        }
        foreach (nint block in _memory)
        {
            NativeMemory.Free((void*)block);
        }
        _memory.Clear();
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new PosixException(error);
        }
    }

    private void Hand(SafeHandle? handle, int? number)
    {
        if (handle is not null)
        {
            int ours = (int)handle.DangerousGetHandle(); // whoever starts keeps it open
            Check(Libc.AddDuplicate(Actions, ours, number ?? ours));
        }
    }

    private byte** Texts(IReadOnlyList<string> texts)
    {
        byte** pointers = (byte**)Memory((texts.Count + 1) * sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            pointers[i] = Text(texts[i]);
        }
        return pointers;
    }

    private byte* Text(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("a text for a program has a character 0");
        }
        byte[] bytes = PosixText.Of(text);
        byte* copy = Memory(bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    private byte* Memory(int size)
    {
        byte* block = (byte*)NativeMemory.AllocZeroed((nuint)size);
        _memory.Add((nint)block);
        return block;
    }
}
