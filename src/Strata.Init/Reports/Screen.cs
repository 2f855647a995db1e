using System.Text;
using Strata.Device.Posix;

namespace Strata.Init.Reports;

/// <summary>
/// All consoles of the kernel: with <c>console=tty0 console=ttyS0</c> the person in front of the machine and the one at the serial line
/// both see what is wrong. (<c>/dev/console</c> is only the last one.)
/// </summary>
internal sealed class Screen
{
    private const string Prefix = "strata: ";

    private readonly List<string> _names = [];
    private readonly List<OpenFile> _consoles = [OpenFile.StandardError()];

    /// <summary>Whether <see cref="Tell"/> is silent.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Paths of the consoles that are open.</summary>
    public IReadOnlyList<string> Paths => _names;

    /// <summary>Opens the consoles; before, there is only what the kernel opened for us.</summary>
    public void Open()
    {
        List<OpenFile> opened = [];
        foreach (string name in ConsoleNames(Files.ReadText("/sys/class/tty/console/active")))
        {
            if (OpenFile.TryOpenForWriting("/dev/" + name) is OpenFile console)
            {
                opened.Add(console);
                _names.Add("/dev/" + name);
            }
        }
        if (opened.Count > 0)
        {
            _consoles.Clear(); // the descriptor 2 stays open: it is passed on
            _consoles.AddRange(opened);
        }
    }

    /// <summary>Names out of <c>/sys/class/tty/console/active</c>.</summary>
    public static IReadOnlyList<string> ConsoleNames(string active)
    {
        ArgumentNullException.ThrowIfNull(active);
        List<string> names = [];
        foreach (string name in active.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!name.Contains('/', StringComparison.Ordinal) && !name.Contains('.', StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }
        return names;
    }

    /// <summary>Tells what is being done.</summary>
    public void Tell(string text)
    {
        if (!IsQuiet)
        {
            Write(Prefix + text + "\n");
        }
    }

    /// <summary>Tells what is wrong, quiet or not, and leaves it in the kernel's log too.</summary>
    public void Warn(string text)
    {
        Write(Prefix + text + "\n");
        Log(text);
    }

    /// <summary>Writes a text of several lines as it is.</summary>
    public void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        foreach (OpenFile console in _consoles)
        {
            try
            {
                console.Write(bytes);
            }
            catch (PosixException)
            {
                // a console that is gone must not keep the others from hearing
            }
        }
    }

    /// <summary>Waits until everything is really out: a restart would cut off what a slow serial line still has to send.</summary>
    public void Drain()
    {
        foreach (OpenFile console in _consoles)
        {
            console.Drain();
        }
    }

    private static void Log(string text)
    {
        using OpenFile? log = OpenFile.TryOpenForWriting("/dev/kmsg");
        try
        {
            log?.Write(Encoding.UTF8.GetBytes("<5>" + Prefix + text + "\n")); // notice: kept, not shown a second time under 'quiet'
        }
        catch (PosixException)
        {
            // the screen has it
        }
    }
}
