namespace Strata.Images.Steps;

/// <summary>Which results may come from a cache that several machines share, and which are always worked out here (decision 72).</summary>
/// <remarks>
/// A shared result decides what is in the image, and nothing else: it takes long to make, all that it needs lies in its own outputs, and
/// its key names everything that decides it. A new step is put into one of the two tables.
/// </remarks>
public static class SharedSteps
{
    /// <summary>By name of the step: outputs and notes that whoever asks for the result reads by name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Taken { get; } = new Dictionary<string,
    IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["kernel-config"] = ["config"], // or the tools and the source would be unpacked only to find out the key of the kernel
        ["kernel"] = ["config", "kernel", "link-map", "log", "plain-size", "release", "system-map", "vmlinux"],
        ["device-program"] = ["program"],
        ["own-build"] = ["outputs"],
        ["layer"] = ["image", "index", "manifest"],
        ["oci-layer"] = ["diff-id", "layer"],
        ["initramfs"] = ["initramfs"],
        ["uki"] = ["uki"],
        ["disk"] = ["disk", "measurements"],
        ["iso"] = ["iso", "measurements"],
        ["qcow2"] = ["qcow2", "measurements"],
        ["vmdk"] = ["vmdk", "measurements"],
        ["vhdx"] = ["vhdx", "measurements"],
        ["vdi"] = ["vdi", "measurements"],
        ["pxe"] = ["SHA256SUMS", "boot.ipxe", "initrd.img", "vmlinuz"],
        ["edition"] = ["manifest", "uki"], // with it and the next nothing is fetched from an archive
        ["container"] = ["manifest", "oci"],
    };

    /// <summary>By name of the step: why its results stay here.</summary>
    public static IReadOnlyDictionary<string, string> Kept { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["signature"] = "whom an archive's signature is believed is decided by the keys of this machine",
        ["resolve"] = "which packages are taken follows from indexes whose signatures were checked here",
        ["vouched-packages"] = "that an index was signed which lists a lock's tools is for this machine to judge",
        ["list-package"] = "the package is here anyway, and reading it takes less than asking",
        ["licences"] = "reading a file takes less than asking",
        ["stock-aliases"] = "it says what to put into a profile, which goes further than one image",
        ["image-cache"] = "the packages are here anyway, and their programs take little longer than asking",
        ["module-index"] = "the modules are here anyway, and depmod takes less than asking",
        ["init-modules"] = "the modules are here anyway, and decompressing some dozens takes less than asking",
        ["kernel-module-sizes"] = "a number that a budget is compared with",
        ["sdk-version"] = "it tells what is installed on this machine",
        ["shares"] = "compressing what is here anyway takes less than asking for each package",
        ["surface"] = "a measurement is made by who reports it",
    };

    /// <summary>
    /// Steps that turn packages, kernel and programs into an image: who rebuilds one to compare it believes no kept result of these.
    /// What is compiled has its own sources as its key, and takes long; a store of one's own that is empty does it again too.
    /// </summary>
    public static IReadOnlySet<string> OfTheImage { get; } = new HashSet<string>(
        Taken.Keys.Except(["kernel-config", "kernel", "device-program", "own-build"])
            .Concat(["licences", "image-cache", "init-modules", "module-index", "shares"]), StringComparer.Ordinal);
}
