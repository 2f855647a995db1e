using Strata.Core;

namespace Strata.Machines;

/// <summary>What has to lie in the private folder of a machine before QEMU starts.</summary>
internal static class MachineFolder
{
    /// <summary>Puts it there.</summary>
    /// <exception cref="StrataException">The toolbox lacks a part, or a file cannot be written.</exception>
    public static async Task PrepareAsync(MachineConfig config, QemuFiles files, CancellationToken cancellationToken)
    {
        await FirmwareAsync(config, files, cancellationToken);
        await NetAsync(config, files, cancellationToken);
        await CredentialsAsync(config, files, cancellationToken);
        await DiskOverlay.PrepareAsync(config, files, cancellationToken);
    }

    private static async Task FirmwareAsync(MachineConfig config, QemuFiles files, CancellationToken cancellationToken)
    {
        if (config.Firmware != Firmware.Uefi)
        {
            return;
        }
        foreach (string part in (string[])[files.FirmwareCode, files.FirmwareVariablesTemplate])
        {
            if (!File.Exists(part))
            {
                throw new StrataException($"cannot start a machine with UEFI: the toolbox has no {part}");
            }
        }
        string template = File.Exists(config.FirmwareVariables) ? config.FirmwareVariables : files.FirmwareVariablesTemplate;
        byte[] variables = await File.ReadAllBytesAsync(template, cancellationToken);
        await File.WriteAllBytesAsync(files.FirmwareVariables, variables, cancellationToken);
    }

    /// <summary>The strings of firmware that hold credentials.</summary>
    private static async Task CredentialsAsync(MachineConfig config, QemuFiles files, CancellationToken cancellationToken)
    {
        foreach ((int number, (string name, string text)) in config.Credentials.Index())
        {
            string value = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
            await File.WriteAllTextAsync(files.CredentialFile(number), $"io.systemd.credential.binary:{name}={value}", cancellationToken);
        }
    }

    /// <summary>
    /// What UEFI firmware finds by TFTP: the iPXE program and its script, which leads on to the script that is served by HTTP.
    /// </summary>
    private static async Task NetAsync(MachineConfig config, QemuFiles files, CancellationToken cancellationToken)
    {
        if (config.Boot is not BootMedium.Net net || config.Firmware != Firmware.Uefi)
        {
            return;
        }
        Directory.CreateDirectory(files.TftpFolder);
        byte[] program = await File.ReadAllBytesAsync(net.Served[BootMedium.Net.UefiProgram], cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(files.TftpFolder, BootMedium.Net.UefiProgram), program, cancellationToken);
        string script = $"#!ipxe\ndhcp\nchain {files.AddressOf(net.Script)}\n";
        await File.WriteAllTextAsync(Path.Combine(files.TftpFolder, BootMedium.Net.UefiScript), script, cancellationToken);
    }
}
