using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Settings.Needs;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Composition.Effects;

/// <summary>
/// Asks the tree of an image for what a machine's words need.
/// </summary>
internal static class MachineNeeds
{
    /// <summary>What of a tree decides which words it can honour, and which files they become.</summary>
    public static ImageFacts FactsOf(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ImageFacts(
            InitOf(context.Blueprint) == InitSystemKind.Systemd, p => Has(context.Tree, p), m => HasModule(context, m),
            f => NamesBelow(context.Tree, f));
    }

    /// <summary>Looks for everything.</summary>
    /// <exception cref="StrataException">Something is missing; all of it is named.</exception>
    public static void Check(EffectContext context, MachineWords words)
    {
        FaultList faults = new();
        WordNeeds.Check(words, FactsOf(context), faults);
        if (faults.Any)
        {
            throw new StrataException(
                $"cannot make the machine what 'machine' says:\n  {string.Join("\n  ", faults.Faults)}",
                "docs/machines.md says what each word needs.");
        }
    }

    /// <summary>What works, and may not be what was meant; as full sentences.</summary>
    public static IReadOnlyList<string> Warnings(Blueprint blueprint, FileTree tree)
    {
        MachineWords words = blueprint.Machine;
        bool hasSsh = Has(tree, ImageFacts.Dropbear) || Has(tree, ImageFacts.OpenSsh);
        List<string> warnings = [];
        int port = words.Ssh?.Port ?? SshWords.UsualPort;
        if (words.Firewall is FirewallWords firewall && hasSsh && !firewall.Allow.Any(a => a.Covers("tcp", port)))
        {
            warnings.Add(
                $"the firewall lets nobody in over SSH: nothing below 'allow' covers port {port}, and an SSH server is in the image; "
                + "add 'ssh: {}' there");
        }
        if (words.Ssh is { AllowsPasswords: false, Users: { } allowed } && hasSsh
            && !words.Users.Any(u => u.SshKeys.Count > 0 && allowed.Any(a => a.Text == u.Name.Text)))
        {
            warnings.Add(
                "nobody can come in over SSH yet: none of the users that 'ssh' lets in has 'ssh-keys', and passwords let nobody in");
        }
        return warnings;
    }

    /// <summary>The init system of an edition; null for a container image.</summary>
    public static InitSystemKind? InitOf(Blueprint blueprint) =>
        blueprint.Capabilities.FirstOrDefault(c => c.InitSystem is not null)?.InitSystem!.Kind;

    /// <summary>True when a path is there, or a link leads there.</summary>
    public static bool Has(FileTree tree, string path) => tree.TryResolve(GuestPath.Parse(path), out _);

    // a module in the image, or part of the kernel itself
    private static bool HasModule(EffectContext context, string name) =>
        context is { Kernel: KernelFiles kernel, Modules: KernelModules modules }
        && ((modules.Has(name) && !modules.Names.Contains(name)) || context.Tree.Entries.Any(e =>
            e.Path.IsAtOrBelow(kernel.ModuleFolder) && e.Path.Name.StartsWith(name + ".ko", StringComparison.Ordinal)));

    private static IEnumerable<string> NamesBelow(FileTree tree, string folder)
    {
        GuestPath path = GuestPath.Parse(folder);
        return tree.Entries.Where(e => e.Node is not DirectoryNode && e.Path != path && e.Path.IsAtOrBelow(path))
            .Select(e => e.Path.ToString()[(folder.Length + 1)..]);
    }
}
