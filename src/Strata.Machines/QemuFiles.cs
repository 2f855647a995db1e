using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>Every path a command line mentions beside the images: the tools' data and the machine's private files.</summary>
internal sealed record QemuFiles
{
    /// <summary>Folders in which QEMU looks for firmware, option ROMs and keymaps.</summary>
    public required IReadOnlyList<string> DataFolders { get; init; }

    /// <summary>The board's UEFI firmware, read only; empty for a board without.</summary>
    public required string FirmwareCode { get; init; }

    /// <summary>The firmware's variable store as the package has it; every machine gets a copy. Empty for a board without UEFI.</summary>
    public required string FirmwareVariablesTemplate { get; init; }

    /// <summary>Folder of one machine, removed at its end. A program of the toolbox may write only here.</summary>
    public required string PrivateFolder { get; init; }

    /// <summary>The machine's own variable store.</summary>
    public string FirmwareVariables => Path.Combine(PrivateFolder, "vars.fd");

    /// <summary>What takes the guest's changes to an image with room behind it (<see cref="DiskOverlay"/>).</summary>
    public string BootOverlay => Path.Combine(PrivateFolder, "boot.qcow2");

    /// <summary>Where the text of a credential is for firmware: not among the arguments, which everybody on this host can read.</summary>
    public string CredentialFile(int number) =>
        Path.Combine(PrivateFolder, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"credential{number}"));

    /// <summary>UNIX socket on which QEMU serves the screen (<see cref="Graphics.Vnc"/>); VNC knows no password worth the name.</summary>
    public string VncSocket => Path.Combine(PrivateFolder, "vnc");

    /// <summary>Number of the descriptor behind which the TPM is (<see cref="TpmProcess"/>); empty for none.</summary>
    public string TpmDescriptor { get; init; } = "";

    /// <summary>Where the TPM's state is that nobody keeps.</summary>
    public string TpmState => Path.Combine(PrivateFolder, "tpm");

    /// <summary>Where the TPM's program writes its process id.</summary>
    public string TpmProcessIdFile => Path.Combine(PrivateFolder, "tpm.pid");

    /// <summary>Folder that the emulated network serves by TFTP.</summary>
    public string TftpFolder => Path.Combine(PrivateFolder, "tftp");

    /// <summary>Port of 127.0.0.1 at which files for the guest are served by HTTP; 0 for none.</summary>
    public int ServedPort { get; init; }

    /// <summary>Address of a served file as the guest sees it: 10.0.2.2 is this host's loopback in QEMU's user network.</summary>
    public string AddressOf(string name) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"http://10.0.2.2:{ServedPort}/{name}");

    /// <summary>What QEMU calls images that were opened for it, by their paths; others by their paths.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>What QEMU calls an image.</summary>
    public string NameOf(string image) => Images.GetValueOrDefault(image, image);

    /// <summary>QEMU's arguments about the descriptors behind <see cref="Images"/>.</summary>
    public IReadOnlyList<string> ImageArguments { get; init; } = [];

    /// <summary>Where QEMU writes its process id.</summary>
    public string ProcessIdFile => Path.Combine(PrivateFolder, "pid");

    /// <summary>Paths of Debian's packages of QEMU and of the board's firmware in a tree.</summary>
    public static QemuFiles In(ToolTree tree, Board board, string privateFolder, bool hasSecureBoot = false)
    {
        ArgumentNullException.ThrowIfNull(tree);
        UefiFirmware? firmware = hasSecureBoot ? board.SecureUefi : board.Uefi;
        return new QemuFiles
        {
            DataFolders = tree.QemuDataFolders,
            FirmwareCode = firmware is null ? "" : tree.PathOf(firmware.Code),
            FirmwareVariablesTemplate = firmware is null ? "" : tree.PathOf(firmware.Variables),
            PrivateFolder = privateFolder,
        };
    }
}
