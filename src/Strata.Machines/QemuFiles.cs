using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>Every path a command line mentions beside the images: the tools' data and the machine's private files.</summary>
internal sealed record QemuFiles
{
    /// <summary>Folders in which QEMU looks for firmware, option ROMs and keymaps.</summary>
    public required IReadOnlyList<string> DataFolders { get; init; }

    /// <summary>OVMF's code, read only.</summary>
    public required string FirmwareCode { get; init; }

    /// <summary>OVMF's variable store as the package has it; every machine gets a copy.</summary>
    public required string FirmwareVariablesTemplate { get; init; }

    /// <summary>Folder of one machine, removed at its end. A program of the toolbox may write only here.</summary>
    public required string PrivateFolder { get; init; }

    /// <summary>The machine's own variable store.</summary>
    public string FirmwareVariables => Path.Combine(PrivateFolder, "vars.fd");

    /// <summary>UNIX socket of the machine protocol; Strata listens.</summary>
    public string QmpSocket => Path.Combine(PrivateFolder, "qmp");

    /// <summary>UNIX socket of the serial line; Strata listens.</summary>
    public string SerialSocket => Path.Combine(PrivateFolder, "serial");

    /// <summary>UNIX socket on which QEMU serves the screen (<see cref="Graphics.Vnc"/>); VNC knows no password worth the name.</summary>
    public string VncSocket => Path.Combine(PrivateFolder, "vnc");

    /// <summary>Folder that the emulated network serves by TFTP.</summary>
    public string TftpFolder => Path.Combine(PrivateFolder, "tftp");

    /// <summary>Port of 127.0.0.1 at which files for the guest are served by HTTP; 0 for none.</summary>
    public int ServedPort { get; init; }

    /// <summary>Address of a served file as the guest sees it: 10.0.2.2 is this host's loopback in QEMU's user network.</summary>
    public string AddressOf(string name) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"http://10.0.2.2:{ServedPort}/{name}");

    /// <summary>Where QEMU writes its process id.</summary>
    public string ProcessIdFile => Path.Combine(PrivateFolder, "pid");

    /// <summary>Paths of Debian's packages <c>qemu-system-x86</c>, <c>seabios</c>, <c>ipxe-qemu</c> and <c>ovmf</c> in a tree.</summary>
    public static QemuFiles In(ToolTree tree, string privateFolder)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return new QemuFiles
        {
            DataFolders = tree.QemuDataFolders,
            FirmwareCode = tree.PathOf("usr/share/OVMF/OVMF_CODE_4M.fd"),
            FirmwareVariablesTemplate = tree.PathOf("usr/share/OVMF/OVMF_VARS_4M.fd"),
            PrivateFolder = privateFolder,
        };
    }
}
