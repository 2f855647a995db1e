using System.Security.Cryptography;
using Strata.Device.Posix;
using Strata.Init.Reports;

namespace Strata.Init.Sealed;

/// <summary>Asks whoever sits at one of the consoles. What is typed is not shown, and no question waits for ever.</summary>
/// <param name="screen">All consoles.</param>
/// <param name="seconds">How long nobody may type anything.</param>
internal sealed class KeyQuestion(Screen screen, int seconds)
{
    /// <summary>Longest answer in bytes.</summary>
    public const int MostBytes = 512;

    private const int PauseMilliseconds = 30;
    private const int LongestFactor = 5; // of the seconds: somebody who leans on a key does not stop the start either

    /// <summary>Asks; null when nobody answered in time.</summary>
    /// <param name="text">What is asked, without a line end.</param>
    public byte[]? Ask(string text)
    {
        List<Terminal> terminals = [];
        byte[] keys = new byte[64];
        TypedLine line = new();
        try
        {
            foreach (string path in seconds > 0 ? screen.Paths : [])
            {
                if (Terminal.TryOpen(path) is Terminal terminal)
                {
                    terminals.Add(terminal);
                }
            }
            screen.Write(text);
            long begin = Environment.TickCount64;
            for (long last = begin; terminals.Count > 0; Thread.Sleep(PauseMilliseconds))
            {
                foreach (Terminal terminal in terminals)
                {
                    int count = terminal.TryRead(keys);
                    string echo = "";
                    foreach (byte key in keys.AsSpan(0, count))
                    {
                        echo += line.Type(key);
                        if (line.IsEnded)
                        {
                            screen.Write(echo + "\n");
                            return line.Take();
                        }
                    }
                    if (count > 0)
                    {
                        last = Environment.TickCount64;
                        screen.Write(echo);
                    }
                }
                long now = Environment.TickCount64;
                if (now - last > seconds * 1000L || now - begin > seconds * 1000L * LongestFactor)
                {
                    break;
                }
            }
            screen.Write("\n");
            return null;
        }
        finally
        {
            line.Clear();
            CryptographicOperations.ZeroMemory(keys);
            foreach (Terminal terminal in terminals)
            {
                terminal.Dispose();
            }
        }
    }
}
