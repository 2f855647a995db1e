using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Signing;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Trust.Firmware;
using Strata.Updates.Trials;

namespace Strata.Images.Boot;

/// <summary>What lies in the EFI system partition for the boot program that an edition asks for.</summary>
internal static class EspTree
{
    private const int LargestProgram = 16 << 20;
    private static readonly Origin s_origin = new(null, null, "EFI system partition");

    /// <summary>The files.</summary>
    /// <param name="edition">Says which boot program.</param>
    /// <param name="uki">The unified kernel image.</param>
    /// <param name="tools">Gives the tools, which have boot programs; asked only when one is taken.</param>
    /// <param name="signer">Signs boot programs; <paramref name="uki"/> is signed already.</param>
    public static FileTree Of(Edition edition, ActionOutput uki, Func<ToolTree> tools, ImageSigner? signer = null)
    {
        FileTree tree = new();
        FileContent bootable = new StoredContent(uki.Size, uki.Digest);
        if (edition.Boot == BootProgram.Uki)
        {
            Add(edition.Architecture.FallbackProgram, bootable);
            return tree;
        }
        // UAPI.1: the boot program finds UKIs by their folder; it starts the newest at once, and a key held down shows its menu
        byte[] program = SystemdBoot(edition.Architecture, tools());
        Add(edition.Architecture.FallbackProgram, new InlineContent(signer?.Sign(program) ?? program));
        Add(EntryOf(edition), bootable);
        Add(GuestPath.Parse("/loader/loader.conf"), new InlineContent("timeout 0\neditor no\n"u8.ToArray()));
        foreach ((string name, byte[] content) in signer?.Enrolment ?? new Dictionary<string, byte[]>())
        {
            Add(GuestPath.Parse($"/{Enrolment.Folder}/{name}"), new InlineContent(content));
        }
        return tree;

        void Add(GuestPath path, FileContent content) =>
            tree.Add(path, new FileNode { Permissions = Modes.Program, Content = content }, s_origin);
    }

    /// <summary>Name of an edition's UKI beside those of other versions: one that has proven good.</summary>
    private static GuestPath EntryOf(Edition edition) =>
        GuestPath.Parse($"/{BootEntries.Folder}/{BootEntry.Proven(BootEntry.NameOf(edition.Name, edition.Version))}");

    /// <summary>The boot program of the tools, as it is before anybody signs it.</summary>
    /// <exception cref="StrataException">The tools have none.</exception>
    public static byte[] SystemdBoot(GuestArchitecture architecture, ToolTree tools)
    {
        string name = $"systemd-boot{architecture.EfiName.ToLowerInvariant()}.efi";
        FileInfo file = new(tools.PathOf("usr/lib/systemd/boot/efi/" + name));
        return file.Exists && file.Length <= LargestProgram
            ? File.ReadAllBytes(file.FullName)
            : throw new StrataException(
                $"cannot make a medium that systemd-boot starts: the toolbox has no {name} of a sensible size",
                "Package 'systemd-boot-efi' should bring it; see toolbox/tools.yaml.");
    }
}
