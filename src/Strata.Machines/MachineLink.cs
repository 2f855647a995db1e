using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;
using Strata.Machines.Serial;

namespace Strata.Machines;

/// <summary>
/// The two lines between Strata and a QEMU. QEMU inherits their ends, so nothing has to be waited for or tried again, and it needs no right
/// to sockets.
/// </summary>
internal sealed class MachineLink : IDisposable
{
    /// <summary>What to try when QEMU refuses.</summary>
    public const string RefusedHint = "'strata doctor' tells what this host can run; extra QEMU arguments are passed as they are.";

    private readonly SocketPair _qmp;
    private readonly SocketPair _serial;

    private MachineLink(SocketPair qmp, SocketPair serial)
    {
        _qmp = qmp;
        _serial = serial;
    }

    /// <summary>The machine protocol.</summary>
    public NetworkStream Qmp => _qmp.Ours;

    /// <summary>The serial line.</summary>
    public NetworkStream Serial => _serial.Ours;

    /// <summary>What QEMU has to inherit.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors => [_qmp.Theirs, _serial.Theirs];

    /// <summary>QEMU's arguments about them.</summary>
    public IReadOnlyList<string> Arguments => ArgumentsFor(NumberOf(_serial.Theirs), NumberOf(_qmp.Theirs));

    /// <summary>Lays both lines.</summary>
    /// <exception cref="StrataException">The kernel refuses.</exception>
    public static MachineLink Lay()
    {
        SocketPair? qmp = null;
        try
        {
            qmp = SocketPair.Make();
            return new MachineLink(qmp, SocketPair.Make());
        }
        catch (PosixException e)
        {
            qmp?.Dispose();
            throw new StrataException($"cannot talk to a machine: {e.Message}", innerException: e);
        }
    }

    /// <summary>QEMU's name of a descriptor that it inherits.</summary>
    public static string NumberOf(SafeFileHandle descriptor) => descriptor.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);

    /// <summary>The sentence for a QEMU that does not start.</summary>
    public static string RefusedMessage(string said) =>
        $"cannot start the machine: QEMU {(said.Length == 0 ? "ended without a word" : $"said '{said}'")}";

    /// <summary>QEMU has its ends, and ours shall tell when it is gone.</summary>
    public void HandedOver()
    {
        _qmp.Theirs.Dispose();
        _serial.Theirs.Dispose();
    }

    /// <summary>Moves everything the guest writes into the log until QEMU closes the line.</summary>
    public async Task PumpAsync(SerialLog log)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await Serial.ReadAsync(buffer)) > 0)
            {
                log.Append(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // a killed QEMU resets the connection: that is the end of the log
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _qmp.Dispose();
        _serial.Dispose();
    }

    /// <summary>The guest starts with 'cont', so that no event of a short life is missed.</summary>
    internal static IReadOnlyList<string> ArgumentsFor(string serial, string qmp) =>
    [
        "-chardev", $"socket,id=serial0,server=off,fd={serial}",
        "-serial", "chardev:serial0",
        "-chardev", $"socket,id=qmp0,server=off,fd={qmp}",
        "-mon", "chardev=qmp0,mode=control",
        "-S",
    ];
}
