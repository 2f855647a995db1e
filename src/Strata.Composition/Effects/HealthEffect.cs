using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Writes down for the machine what has to be well before a release on trial counts as good.</summary>
internal sealed class HealthEffect : IEffect
{
    /// <inheritdoc/>
    public string Name => "health";

    /// <inheritdoc/>
    public string Description => "Writes what has to be well on a machine before a release on trial counts as good";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Blueprint.Edition.Health is EditionHealth health)
        {
            context.Put(
                this, EditionHealth.File, new FileNode { Permissions = Modes.File, Content = new InlineContent(health.Plan.Write()) });
        }
    }
}
