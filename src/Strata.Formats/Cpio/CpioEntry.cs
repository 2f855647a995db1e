namespace Strata.Formats.Cpio;

/// <summary>One entry of a cpio archive in the "newc" format, as it stands in its header.</summary>
/// <param name="Name">Name without a leading slash; <c>.</c> for the root.</param>
/// <param name="Mode">File type and permissions, as <c>st_mode</c> of Linux.</param>
/// <param name="Inode">Inode number; entries of one number are names of one object.</param>
/// <param name="Uid">Numeric owner.</param>
/// <param name="Gid">Numeric group.</param>
/// <param name="Links">How many names the object has.</param>
/// <param name="Modified">Time stamp, seconds since 1970.</param>
/// <param name="Size">Length of the content in bytes; 0 for further names of one object.</param>
/// <param name="DeviceMajor">Major number of a device.</param>
/// <param name="DeviceMinor">Minor number of a device.</param>
public readonly record struct CpioEntry(
    string Name, uint Mode, uint Inode, uint Uid, uint Gid, uint Links, uint Modified, uint Size, uint DeviceMajor, uint DeviceMinor);
