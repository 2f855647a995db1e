using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Puts the programs of the device that capabilities take where they want them.</summary>
internal sealed class DeviceProgramsEffect : IEffect
{
    private const int Mode = Modes.Program;

    /// <inheritdoc/>
    public string Name => "device-programs";

    /// <inheritdoc/>
    public string Description => "Compiles the programs of Strata's own that capabilities take, for the edition's processor";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (Capability capability in context.Part is Capability part ? [part] : context.Blueprint.Capabilities)
        {
            foreach (TakenProgram taken in capability.DevicePrograms)
            {
                // not in place of what is there: a package's file would be lost without a word
                context.Tree.Add(
                    taken.Path,
                    new FileNode { Permissions = Mode, Content = context.Programs[taken.Program] },
                    EffectContext.OriginOf(this, capability.Name));
            }
        }
    }
}
