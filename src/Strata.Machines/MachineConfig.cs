using System.Text;
using Strata.Core;

namespace Strata.Machines;

/// <summary>A virtual machine as a value: what it boots and what hardware it has. Nothing of it is host state.</summary>
public sealed record MachineConfig
{
    /// <summary>Least memory accepted, in MiB: below it not even firmware starts.</summary>
    public const int MinimumMemoryMiB = 8;

    /// <summary>Most memory accepted, in MiB (1 TiB): more is a typing error.</summary>
    public const int MaximumMemoryMiB = 1024 * 1024;

    /// <summary>Most processors accepted.</summary>
    public const int MaximumCpus = 64;

    /// <summary>Most disks accepted, with the one booted from.</summary>
    public const int MaximumDisks = 8;

    /// <summary>Most free room behind an image (<see cref="BootMedium.Disk.RoomBytes"/>), in bytes: 1 TiB.</summary>
    public const long MaximumRoomBytes = 1L << 40;

    /// <summary>What it boots from.</summary>
    public required BootMedium Boot { get; init; }

    /// <summary>The board.</summary>
    public Board Board { get; init; } = Board.Q35;

    /// <summary>The firmware. A directly loaded kernel is usually started with <see cref="Firmware.Bios"/>.</summary>
    public Firmware Firmware { get; init; } = Firmware.Uefi;

    /// <summary>True for UEFI firmware with Secure Boot. Without keys in its variables it is in setup mode and starts everything.</summary>
    public bool HasSecureBoot { get; init; }

    /// <summary>
    /// File that keeps the variables of UEFI firmware from one start of the machine to the next; made at the end of the first. Null keeps
    /// none.
    /// </summary>
    public string? FirmwareVariables { get; init; }

    /// <summary>Memory in MiB, 8 to 1,048,576.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>
    /// Memory in MiB with which the image is known to boot, for who tells that it was too little; null when nobody knows.
    /// </summary>
    public int? EnoughMemoryMiB { get; init; }

    /// <summary>Processors, 1 to 64.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>
    /// Words that follow the kernel command line of the image: at most <see cref="MaximumKernelWords"/> printable ASCII characters. A UKI gets them as
    /// firmware data (SMBIOS type 11), which systemd's stub from version 254 on appends.
    /// </summary>
    public string KernelWords { get; init; } = "";

    /// <summary>
    /// True gives the kernel of an emulated guest the board's <see cref="Board.EmulationWords"/> behind all others, where
    /// <see cref="KernelWords"/> reach it and its line has room for them.
    /// </summary>
    public bool EasesEmulation { get; init; }

    /// <summary>
    /// What the guest is given by its firmware: texts by name, which systemd and what reads like it find as credentials (SMBIOS type 11,
    /// <c>io.systemd.credential.binary:</c>; systemd.system-credentials(7)).
    /// </summary>
    public IReadOnlyDictionary<string, string> Credentials { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Most of them.</summary>
    public const int MaximumCredentials = 16;

    /// <summary>Most characters of <see cref="KernelWords"/>.</summary>
    public const int MaximumKernelWords = 1024;

    /// <summary>Disks beside the one booted from, in the order the guest finds them.</summary>
    public IReadOnlyList<DiskConfig> Disks { get; init; } = [];

    /// <summary>The network card, or null for none.</summary>
    public NetworkConfig? Network { get; init; }

    /// <summary>
    /// Network cards besides that one, 0 to 7, all plugged into one switch of their own that leads nowhere: parts of the guest can talk to
    /// each other.
    /// </summary>
    public int SwitchedCards { get; init; }

    /// <summary>Most of them.</summary>
    public const int MaximumSwitchedCards = 7;

    /// <summary>Network cards on wires between guests, at most 8; the guest finds them after the others.</summary>
    public IReadOnlyList<WiredCard> WiredCards { get; init; } = [];

    /// <summary>Most of them.</summary>
    public const int MaximumWiredCards = 8;

    /// <summary>What the clock of the machine says when it starts, in UTC; that of the host when null.</summary>
    public DateOnly? Clock { get; init; }

    /// <summary>False for a machine without a device that gives random numbers.</summary>
    public bool HasEntropy { get; init; } = true;

    /// <summary>Where the screen goes.</summary>
    public Graphics Graphics { get; init; } = Graphics.None;

    /// <summary>
    /// Screens, 1 to 4, each with a graphics adapter of its own, when there are graphics. The first is that of the firmware; a VNC server
    /// shows it alone.
    /// </summary>
    public int Screens { get; init; } = 1;

    /// <summary>Most of them.</summary>
    public const int MaximumScreens = 4;

    /// <summary>True for a machine with a TPM 2.0 (<see cref="MachineOptions.TpmTools"/>).</summary>
    public bool HasTpm { get; init; }

    /// <summary>
    /// Folder that keeps what the TPM knows from one start of the machine to the next; made when missing. Null makes a new TPM at each.
    /// </summary>
    public string? TpmState { get; init; }

    /// <summary>True lets the guest reboot; false ends the machine instead, so that a boot loop ends too.</summary>
    public bool AllowReboot { get; init; }

    /// <summary>
    /// True lets a kernel that panics restart the guest, as <c>panic=</c> on its command line asks; false ends the machine then.
    /// </summary>
    public bool GoesOnAfterPanic { get; init; }

    /// <summary>Passed to QEMU after everything else, as they are.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>Everything that is wrong with the values, without looking at the host.</summary>
    public IEnumerable<string> Problems()
    {
        if (MemoryMiB is < MinimumMemoryMiB or > MaximumMemoryMiB)
        {
            yield return $"memory is {MemoryMiB} MiB, allowed {MinimumMemoryMiB}..{MaximumMemoryMiB}";
        }
        if (Cpus is < 1 or > MaximumCpus)
        {
            yield return $"cpus is {Cpus}, allowed 1..{MaximumCpus}";
        }
        if (KernelWords.Length > MaximumKernelWords || KernelWords.Any(c => c is < ' ' or > '~'))
        {
            yield return $"the words for the kernel are not at most {MaximumKernelWords} printable ASCII characters";
        }
        if (Credentials.Count > MaximumCredentials)
        {
            yield return $"there are {Credentials.Count} credentials, allowed {MaximumCredentials}";
        }
        foreach (string name in Credentials.Keys.Where(n => n.Length is 0 or > 255 || !n.All(IsOfName)))
        {
            yield return $"a credential is called '{name}', expected at most 255 letters, digits, dots, hyphens and underscores";
        }
        if (KernelWords.Length > 0 && Boot is not BootMedium.Kernel && Firmware != Firmware.Uefi)
        {
            yield return "words for the kernel reach an image through UEFI firmware only";
        }
        foreach (string problem in PathProblems().Concat(BootProblems()).Concat(DiskProblems()).Concat(NetworkProblems()))
        {
            yield return problem;
        }
        if (Screens is < 1 or > MaximumScreens)
        {
            yield return $"there are {Screens} screens, allowed 1..{MaximumScreens}";
        }
        if (HasTpm && Board.TpmDevice is null)
        {
            yield return $"a {Board} has no TPM; use {Others(b => b.TpmDevice is not null)}, or no TPM";
        }
        if (!Board.HasPci && Graphics != Graphics.None)
        {
            yield return $"a {Board} has no graphics adapter; use {Others(b => b.HasPci)}, or no graphics";
        }
        if (ExtraArguments.Any(a => a.Contains('\0', StringComparison.Ordinal)))
        {
            yield return "an extra QEMU argument contains a zero character";
        }
    }

    /// <summary>Checks the values and that the files are there.</summary>
    /// <exception cref="StrataException">Something is wrong; all problems are named.</exception>
    public void ThrowIfInvalid()
    {
        string[] problems =
        [
            .. Problems(),
            .. Files().Where(f => f.Length > 0 && !File.Exists(f)).Select(f => $"there is no file {f}"),
        ];
        if (problems.Length > 0)
        {
            throw new StrataException($"cannot start a machine: {string.Join("; ", problems)}");
        }
    }

    private string Others(Func<Board, bool> have) =>
        string.Join(" or ", Board.All.Where(b => b.Architecture == Board.Architecture && have(b)));

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';

    private IEnumerable<string> Files() => Boot.Files.Concat(Disks.Select(d => d.Path));

    private IEnumerable<string> PathProblems()
    {
        foreach (string path in Files())
        {
            if (path.Length == 0)
            {
                yield return "the path of an image is empty";
            }
            else if (path.AsSpan().IndexOfAny('\0', '\n') >= 0)
            {
                yield return $"the path of an image contains a control character: '{path.ReplaceLineEndings(" ")}'";
            }
        }
    }

    private IEnumerable<string> BootProblems()
    {
        if (Boot is BootMedium.Uki && Firmware != Firmware.Uefi)
        {
            yield return "a UKI is a UEFI program and needs the firmware uefi";
        }
        if (Boot is BootMedium.Net net)
        {
            if (Network is null)
            {
                yield return "a machine that boots from the network needs a network card";
            }
            else if (Network.Restrict)
            {
                yield return "a machine that boots from the network must reach this host, where the files are served; its network must be open";
            }
            foreach (string name in net.Served.Keys.Where(n => n.Length == 0 || n.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))).Order(StringComparer.Ordinal))
            {
                yield return $"'{name}' is not a name of letters, digits, dots, hyphens and underscores under which a file can be served";
            }
            if (!net.Served.ContainsKey(net.Script) || (Firmware == Firmware.Uefi && !net.Served.ContainsKey(BootMedium.Net.UefiProgram)))
            {
                yield return $"among the files for the network are not both the script '{net.Script}' and, for UEFI, {BootMedium.Net.UefiProgram}";
            }
        }
        if (!Board.StartsMedia && Boot is not BootMedium.Kernel)
        {
            yield return $"a {Board} can only boot a kernel directly; use {Others(b => b.StartsMedia)} for other images";
        }
        if (Board.Uefi is null && Firmware == Firmware.Uefi)
        {
            yield return $"a {Board} has no UEFI firmware; use the firmware bios";
        }
        if (HasSecureBoot && (Firmware != Firmware.Uefi || Board.SecureUefi is null))
        {
            yield return $"Secure Boot needs UEFI firmware of {Others(b => b.SecureUefi is not null)}";
        }
        if (Boot is BootMedium.Kernel kernel)
        {
            int length = Encoding.UTF8.GetByteCount(kernel.CommandLine) + (KernelWords.Length > 0 ? 1 + KernelWords.Length : 0);
            if (length > BootMedium.Kernel.MaximumCommandLine)
            {
                yield return $"the kernel command line has {length} bytes, allowed {BootMedium.Kernel.MaximumCommandLine}";
            }
            if (kernel.CommandLine.Any(char.IsControl))
            {
                yield return "the kernel command line contains a control character";
            }
        }
    }

    private IEnumerable<string> DiskProblems()
    {
        DiskBus[] buses = [.. Disks.Select(d => d.Bus), .. Boot is BootMedium.Disk disk ? [disk.Bus] : Array.Empty<DiskBus>()];
        if (buses.Length > MaximumDisks)
        {
            yield return $"there are {buses.Length} disks, allowed {MaximumDisks}";
        }
        if (Boot is BootMedium.Disk { RoomBytes: < 0 or > MaximumRoomBytes } roomy)
        {
            yield return $"there are {roomy.RoomBytes} bytes of room behind the image, allowed 0..{MaximumRoomBytes}";
        }
        int ide = buses.Count(b => b == DiskBus.Sata) + (Boot is BootMedium.Iso ? 1 : 0);
        if (Board.HasPci && ide > Board.IdePorts)
        {
            yield return $"{ide} disks and CD-ROMs need a SATA or IDE port, {Board} has {Board.IdePorts}";
        }
        if (!Board.HasPci && buses.Any(b => b != DiskBus.Virtio))
        {
            yield return $"a {Board} has virtio disks only";
        }
    }

    private IEnumerable<string> NetworkProblems()
    {
        foreach (PortForward forward in Network?.Forwards ?? [])
        {
            if (forward.GuestPort is < 1 or > 65535)
            {
                yield return $"forwarded guest port is {forward.GuestPort}, allowed 1..65535";
            }
            if (forward.HostPort is < 0 or > 65535)
            {
                yield return $"forwarded host port is {forward.HostPort}, allowed 0..65535";
            }
        }
        if (SwitchedCards is < 0 or > MaximumSwitchedCards)
        {
            yield return $"there are {SwitchedCards} switched network cards, allowed 0..{MaximumSwitchedCards}";
        }
        if (SwitchedCards > 0 && Network is null)
        {
            yield return "network cards besides the first need a first one";
        }
        if (WiredCards.Count > MaximumWiredCards)
        {
            yield return $"there are {WiredCards.Count} network cards on wires, allowed {MaximumWiredCards}";
        }
        if (Network is { FrameSocket: not null, Forwards.Count: > 0 })
        {
            yield return "ports are forwarded by QEMU's own network only";
        }
        IEnumerable<int> twice = (Network?.Forwards ?? []).GroupBy(f => f.HostPort).Where(g => g.Key != 0 && g.Count() > 1).Select(g => g.Key);
        foreach (int port in twice.Order())
        {
            yield return $"host port {port} is forwarded twice";
        }
        twice = (Network?.Forwards ?? []).GroupBy(f => f.GuestPort).Where(g => g.Count() > 1).Select(g => g.Key);
        foreach (int port in twice.Order())
        {
            yield return $"guest port {port} is forwarded twice";
        }
    }
}
