namespace Strata.Formats.Gpt;

/// <summary>Type of a partition: what it is for, told by a fixed GUID.</summary>
/// <param name="Name">Short name, as in blueprints and messages.</param>
/// <param name="Id">The GUID.</param>
public sealed record PartitionType(string Name, Guid Id)
{
    /// <summary>EFI system partition (UEFI 2.10 §5.3.3, Table 5-7).</summary>
    public static PartitionType Esp { get; } = Of("esp", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

    /// <summary>Extended boot loader partition (UAPI.1).</summary>
    public static PartitionType Xbootldr { get; } = Of("xbootldr", "bc13c2ff-59e6-4262-a352-b275fd6f7172");

    /// <summary>Place for the second stage of a BIOS boot loader.</summary>
    public static PartitionType BiosBoot { get; } = Of("bios-boot", "21686148-6449-6e6f-744e-656564454649");

    /// <summary>Linux data of any kind (UAPI.2).</summary>
    public static PartitionType LinuxGeneric { get; } = Of("linux-generic", "0fc63daf-8483-4772-8e79-3d69d8477de4");

    /// <summary>Variable data, <c>/var</c> (UAPI.2).</summary>
    public static PartitionType Var { get; } = Of("var", "4d21b016-b534-45c2-a9fb-5c16e091fd2d");

    /// <summary>Home folders (UAPI.2).</summary>
    public static PartitionType Home { get; } = Of("home", "933ac7e1-2eb4-4f13-b844-0e14e2aef915");

    /// <summary>Swap space (UAPI.2).</summary>
    public static PartitionType Swap { get; } = Of("swap", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f");

    /// <summary>Root file system, x86-64 (UAPI.2).</summary>
    public static PartitionType RootX64 { get; } = Of("root-x86-64", "4f68bce3-e8cd-4db1-96e7-fbcaf984b709");

    /// <summary>dm-verity data of the root file system, x86-64 (UAPI.2).</summary>
    public static PartitionType RootX64Verity { get; } = Of("root-x86-64-verity", "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5");

    /// <summary>Signature of the verity root hash of the root file system, x86-64 (UAPI.2).</summary>
    public static PartitionType RootX64VeritySig { get; } = Of("root-x86-64-verity-sig", "41092b05-9fc8-4523-994f-2def0408b176");

    /// <summary><c>/usr</c>, x86-64 (UAPI.2).</summary>
    public static PartitionType UsrX64 { get; } = Of("usr-x86-64", "8484680c-9521-48c6-9c11-b0720656f69e");

    /// <summary>dm-verity data of <c>/usr</c>, x86-64 (UAPI.2).</summary>
    public static PartitionType UsrX64Verity { get; } = Of("usr-x86-64-verity", "77ff5f63-e7b6-4633-acf4-1565b864c0e6");

    /// <summary>Signature of the verity root hash of <c>/usr</c>, x86-64 (UAPI.2).</summary>
    public static PartitionType UsrX64VeritySig { get; } = Of("usr-x86-64-verity-sig", "e7bb33fb-06cf-4e81-8273-e543b413e2e2");

    /// <summary>Root file system, 64-bit ARM (UAPI.2).</summary>
    public static PartitionType RootArm64 { get; } = Of("root-arm64", "b921b045-1df0-41c3-af44-4c6f280d3fae");

    /// <summary>dm-verity data of the root file system, 64-bit ARM (UAPI.2).</summary>
    public static PartitionType RootArm64Verity { get; } = Of("root-arm64-verity", "df3300ce-d69f-4c92-978c-9bfb0f38d820");

    /// <summary>Signature of the verity root hash of the root file system, 64-bit ARM (UAPI.2).</summary>
    public static PartitionType RootArm64VeritySig { get; } = Of("root-arm64-verity-sig", "6db69de6-29f4-4758-a7a5-962190f00ce3");

    /// <summary><c>/usr</c>, 64-bit ARM (UAPI.2).</summary>
    public static PartitionType UsrArm64 { get; } = Of("usr-arm64", "b0e01050-ee5f-4390-949a-9101b17104e9");

    /// <summary>dm-verity data of <c>/usr</c>, 64-bit ARM (UAPI.2).</summary>
    public static PartitionType UsrArm64Verity { get; } = Of("usr-arm64-verity", "6e11a4e7-fbca-4ded-b9e9-e1a512bb664e");

    /// <summary>Signature of the verity root hash of <c>/usr</c>, 64-bit ARM (UAPI.2).</summary>
    public static PartitionType UsrArm64VeritySig { get; } = Of("usr-arm64-verity-sig", "c23ce4ff-44bd-4b00-b2d4-b41b3419e02a");

    /// <summary>All types above.</summary>
    public static IReadOnlyList<PartitionType> All { get; } =
    [
        Esp, Xbootldr, BiosBoot, LinuxGeneric, Var, Home, Swap,
        RootX64, RootX64Verity, RootX64VeritySig, UsrX64, UsrX64Verity, UsrX64VeritySig,
        RootArm64, RootArm64Verity, RootArm64VeritySig, UsrArm64, UsrArm64Verity, UsrArm64VeritySig,
    ];

    /// <summary>Name of a type GUID; the GUID itself when it is none of ours.</summary>
    public static string NameOf(Guid id) => All.FirstOrDefault(t => t.Id == id)?.Name ?? id.ToString();

    private static PartitionType Of(string name, string id) => new(name, Guid.Parse(id));
}
